package org.vmeventagent.publisher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.publisher.RetryingDelivery.State;

/** The states of a routing key, one step after the other, by a clock of its own. */
class RetryingDeliveryTest {
    private static final Duration PROBE = Duration.ofSeconds(1);
    private static final Duration UNROUTABLE_MAX_AGE = Duration.ofSeconds(10);
    private static final int RUN_MS = 1_000_000;

    private final MemoryOutbox outbox = new MemoryOutbox();
    private final MemoryBroker broker = new MemoryBroker();
    private final List<Runnable> notes = new ArrayList<>();
    private final BrokerClient.Connection connection = broker.open(new Notes(), () -> {});
    private final TokenBucket unlimited = new TokenBucket(0, () -> 0);
    private final RetryingDelivery publisher = publisher();
    private long now;

    private RetryingDelivery publisher() {
        PublisherConfig config = new PublisherConfig(
                OsloEnvelope.MESSAGINGV2,
                List.of("t"),
                List.of(),
                List.of("info"),
                8,
                Duration.ZERO,
                Duration.ofSeconds(1),
                0,
                PROBE,
                UNROUTABLE_MAX_AGE,
                Duration.ofSeconds(60));
        return new RetryingDelivery("t", "info", config, outbox, new Publisher.Counters(AgentMetrics.NONE));
    }

    /** One turn, so long after the one before: opens, sends, and takes what the broker answers. */
    private State after(Duration time) throws BrokerException {
        now += time.toNanos();
        publisher.open(connection, now);
        publisher.send(outbox, unlimited, 0, now, () -> 1 << 20);
        List.copyOf(notes).forEach(Runnable::run);
        notes.clear();
        publisher.acknowledge(outbox, now);
        return publisher.state();
    }

    private BrokerProblem.@Nullable Kind problem() {
        BrokerProblem problem = publisher.problem();
        return problem == null ? null : problem.kind();
    }

    @Test
    void sendsAsSoonAsItHasAChannel() throws BrokerException {
        assertEquals(State.CLOSED, publisher.state());
        outbox.add("info", 1);
        assertEquals(State.SENDING, after(Duration.ZERO));
        assertEquals(List.of("t.info 1"), broker.taken());
    }

    @Test
    void nackedOneBacksOffAndProbesUntilAProbeIntervalWentWell() throws BrokerException {
        outbox.add("info", 1);
        broker.refuse("t.info 1", 2);
        assertEquals(State.BACKING_OFF, after(Duration.ZERO));
        assertEquals(BrokerProblem.Kind.NACKED, problem());
        assertEquals(State.BACKING_OFF, after(Duration.ofMillis(199)));
        assertEquals(State.BACKING_OFF, after(Duration.ofMillis(1)), "nacked again");
        assertEquals(State.BACKING_OFF, after(Duration.ofMillis(399)));
        assertEquals(State.PROBING, after(Duration.ofMillis(1)));
        assertEquals(List.of("t.info 1"), broker.taken());
        assertFalse(publisher.isWaiting());
        assertEquals(State.PROBING, after(PROBE.minusMillis(401)));
        assertEquals(State.SENDING, after(Duration.ofMillis(1)), "a probe interval after the last nack");
        assertNull(problem());
    }

    @Test
    void missingQueueIsLookedForAtEachProbe() throws BrokerException {
        outbox.add("info", 1);
        broker.missing("t.info", true);
        assertEquals(State.WAITING, after(Duration.ZERO));
        assertEquals(BrokerProblem.Kind.UNROUTABLE, problem());
        broker.missing("t.info", false);
        assertEquals(State.WAITING, after(PROBE.minusMillis(1)));
        assertEquals(State.SENDING, after(Duration.ofMillis(1)));
        assertNull(problem());
    }

    @Test
    void aConnectionThatEndsWhileAChannelIsOpenedIsNoProblemOfTheKey() throws BrokerException {
        outbox.add("info", 1);
        broker.unreachable(true);
        assertEquals(State.CLOSED, after(Duration.ZERO));
        assertNull(problem(), "the connection reports it");
        assertEquals(State.WAITING, after(PROBE), "it seems open still");
        assertEquals(BrokerProblem.Kind.UNREACHABLE, problem());
        broker.unreachable(false);
        publisher.connectionOpened(now);
        assertEquals(State.SENDING, after(Duration.ZERO));
        assertNull(problem());
    }

    @Test
    void aConnectionThatEndsAfterItsChannelDidIsNoProblemOfTheKeyEither() throws BrokerException {
        outbox.add("info", 1);
        broker.giveBack("t.info 1", 1);
        assertEquals(State.CLOSED, after(Duration.ZERO), "its channel was closed");
        broker.unreachable(true);
        assertEquals(State.CLOSED, after(Duration.ZERO));
        assertNull(problem(), "the connection reports it");
    }

    @Test
    void returnedOneIsSentAgainAtOnceAndThenAtEachProbe() throws BrokerException {
        outbox.add("info", 1);
        broker.giveBack("t.info 1", 2);
        assertEquals(State.CLOSED, after(Duration.ZERO));
        assertNull(problem(), "a binding that was just made needs no line");
        assertEquals(State.WAITING, after(Duration.ZERO));
        assertEquals(BrokerProblem.Kind.UNROUTABLE, problem());
        assertEquals(State.WAITING, after(PROBE.minusMillis(1)));
        assertEquals(State.SENDING, after(Duration.ofMillis(1)), "confirmed a probe interval after the last return");
        assertEquals(List.of("t.info 1"), broker.taken());
    }

    @Test
    void anotherConnectionIsAnotherChance() throws BrokerException {
        outbox.add("info", 1);
        broker.refuse("t.info 1", 1);
        assertEquals(State.BACKING_OFF, after(Duration.ZERO));
        publisher.connectionOpened(now);
        assertEquals(State.WAITING, publisher.state(), "what was logged as wrong still is");
        assertEquals(State.SENDING, after(Duration.ZERO));
        assertNull(problem());
    }

    @Test
    void rowsForOtherTopicsArePassedAlsoWithoutAQueue() throws BrokerException {
        outbox.addFor("x", "info", 100);
        outbox.add("info", 1);
        outbox.addFor("x", "info", 1);
        outbox.addFor("t", "info", 1);
        broker.missing("t.info", true);
        for (int i = 0; i < 10; i++) {
            assertEquals(State.WAITING, after(Duration.ZERO));
        }
        assertEquals(100, outbox.acknowledged("t.info"));
        assertFalse(publisher.isDrained());
        broker.missing("t.info", false);
        for (int i = 0; i < 5; i++) {
            assertEquals(State.SENDING, after(PROBE));
        }
        assertEquals(List.of("t.info 101", "t.info 103"), broker.taken());
        assertEquals(103, outbox.acknowledged("t.info"));
        assertTrue(publisher.isDrained());
    }

    @Test
    void onlyItsOwnRowsAreDroppedForWantOfAQueue() throws BrokerException {
        outbox.add("info", 1);
        outbox.addFor("x", "info", 1);
        outbox.add("info", 1);
        broker.missing("t.info", true);
        assertEquals(State.WAITING, after(Duration.ZERO));
        for (int i = 0; i < 4; i++) {
            after(UNROUTABLE_MAX_AGE);
            publisher.dropUnroutable(outbox, now, RUN_MS);
        }
        after(Duration.ZERO);
        assertEquals(List.of(1L, 3L), outbox.dropped());
        assertEquals(3, outbox.acknowledged("t.info"));
    }

    @Test
    void timeInWhichAQueueNacksIsNoneInWhichItIsMissing() throws BrokerException {
        outbox.add("info", 1);
        broker.refuse("t.info 1", Integer.MAX_VALUE);
        for (int i = 0; i < 2 * UNROUTABLE_MAX_AGE.toSeconds(); i++) {
            assertEquals(State.BACKING_OFF, after(Duration.ofSeconds(1)));
            assertFalse(publisher.dropUnroutable(outbox, now, RUN_MS), "it has a queue");
        }
        broker.missing("t.info", true);
        assertEquals(State.WAITING, after(Duration.ofSeconds(1)));
        assertFalse(publisher.dropUnroutable(outbox, now, RUN_MS));
        assertEquals(State.WAITING, after(UNROUTABLE_MAX_AGE.minusMillis(1)));
        assertFalse(publisher.dropUnroutable(outbox, now, RUN_MS));
        assertEquals(State.WAITING, after(Duration.ofMillis(1)));
        assertTrue(publisher.dropUnroutable(outbox, now, RUN_MS));
        assertEquals(List.of(1L), outbox.dropped());
    }

    /** Keeps what the broker says until the turn is over, as the session does. */
    private final class Notes implements BrokerClient.Listener {
        @Override
        public void confirmed(BrokerClient.Channel channel, long tag, boolean multiple) {
            notes.add(() -> publisher.confirm(tag, multiple, true, now, RUN_MS));
        }

        @Override
        public void nacked(BrokerClient.Channel channel, long tag, boolean multiple) {
            notes.add(() -> publisher.confirm(tag, multiple, false, now, RUN_MS));
        }

        @Override
        public void returned(BrokerClient.Channel channel, byte[] body, BrokerProblem problem) {
            notes.add(() -> publisher.returned(OsloEnvelope.MESSAGINGV2.uniqueIdIn(body), problem));
        }

        @Override
        public void channelClosed(BrokerClient.Channel channel, BrokerProblem problem) {
            notes.add(() -> publisher.channelClosed(problem, now));
        }

        @Override
        public void connectionClosed(BrokerProblem problem) {}

        @Override
        public void blocked(String reason) {}

        @Override
        public void unblocked() {}
    }
}
