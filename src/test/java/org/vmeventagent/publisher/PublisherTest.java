package org.vmeventagent.publisher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.rig.ProgressWatch;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.StoreFailures;
import org.vmeventagent.time.AgentClock;

@Timeout(30)
class PublisherTest {
    /** For how many milliseconds the agent had run before. */
    private static final long RAN = 3_600_000;

    private static final Duration SOON = Duration.ofSeconds(10);

    private final MemoryOutbox outbox = new MemoryOutbox();
    private final MemoryBroker broker = new MemoryBroker();
    private final CapturedLog log = CapturedLog.open();
    private final Counted metrics = new Counted();
    private Publisher publisher = publisher(List.of("t"), 0, Duration.ofSeconds(60));

    /** What the metrics got of one routing key, and of the broker. */
    private static final class Counted implements AgentMetrics {
        private final AtomicInteger up = new AtomicInteger();
        private final AtomicInteger published = new AtomicInteger();
        private final AtomicInteger again = new AtomicInteger();
        private final AtomicInteger confirmed = new AtomicInteger();
        private final AtomicInteger returned = new AtomicInteger();
        private final AtomicInteger nacked = new AtomicInteger();

        @Override
        public void brokerUp(String broker) {
            up.incrementAndGet();
        }

        @Override
        public void published(String routingKey, boolean before) {
            (before ? again : published).incrementAndGet();
        }

        @Override
        public void confirmed(String routingKey, int rows) {
            confirmed.addAndGet(rows);
        }

        @Override
        public void returned(String routingKey) {
            returned.incrementAndGet();
        }

        @Override
        public void nacked(String routingKey, int messages) {
            nacked.addAndGet(messages);
        }
    }

    private Publisher publisher(List<String> topics, int drainRate, Duration confirmTimeout) {
        return publisher(topics, drainRate, Duration.ofDays(1), confirmTimeout);
    }

    private Publisher publisher(
            List<String> topics, int drainRate, Duration unroutableMaxAge, Duration confirmTimeout) {
        return publisher(topics, drainRate, unroutableMaxAge, confirmTimeout, Duration.ZERO);
    }

    private Publisher publisher(
            List<String> topics,
            int drainRate,
            Duration unroutableMaxAge,
            Duration confirmTimeout,
            Duration reconnectSplay) {
        PublisherConfig config = new PublisherConfig(
                OsloEnvelope.MESSAGINGV2,
                topics,
                List.of(),
                List.of("info", "error"),
                8,
                reconnectSplay,
                Duration.ofMillis(50),
                drainRate,
                Duration.ofMillis(200),
                unroutableMaxAge,
                confirmTimeout);
        return new Publisher(config, outbox, broker, metrics, AgentClock.system(RAN));
    }

    @AfterEach
    void close() {
        publisher.close();
        log.close();
    }

    private static List<String> messages(String key, int from, int to) {
        List<String> messages = new ArrayList<>();
        for (int i = from; i <= to; i++) {
            messages.add(key + ' ' + i);
        }
        return messages;
    }

    @Test
    void sendsRowsInOrderAndReleasesThem() throws InterruptedException {
        outbox.add("info", 20);
        publisher.start();
        assertTrue(publisher.flush(SOON));
        assertEquals(messages("t.info", 1, 20), broker.taken());
        assertEquals(20, outbox.acknowledged("t.info"));
        assertEquals(20, outbox.released("info"));
        assertTrue(publisher.connected());
    }

    @Test
    void aTopicOfFiltersGetsWhatIsForItAloneAndHoldsUpNothing() throws InterruptedException {
        publisher = new Publisher(
                new PublisherConfig(
                        OsloEnvelope.MESSAGINGV2,
                        List.of("t", "u"),
                        List.of("alarms", "u"),
                        List.of("info", "error"),
                        8,
                        Duration.ZERO,
                        Duration.ofMillis(50),
                        0,
                        Duration.ofMillis(200),
                        Duration.ofDays(1),
                        SOON),
                outbox,
                broker,
                metrics,
                AgentClock.system(RAN));
        broker.missing("alarms.info", true);
        outbox.add("info", 20);
        outbox.addFor("alarms", "error", 2);
        outbox.addFor("u", "info", 1);
        outbox.add("error", 1);
        publisher.start();

        assertTrue(publisher.flush(SOON), "nothing waits for alarms.info");
        assertEquals(messages("t.info", 1, 20), taken("t.info"));
        assertEquals(messages("u.info", 1, 20), taken("u.info").subList(0, 20));
        assertEquals(List.of("u.info 23"), taken("u.info").subList(20, 21));
        assertEquals(messages("alarms.error", 21, 22), taken("alarms.error"));
        assertEquals(List.of("t.error 24"), taken("t.error"));
        assertEquals(45, broker.taken().size());
        assertEquals(45, metrics.confirmed.get());
        assertEquals(23, outbox.released("info"));
        assertEquals(24, outbox.released("error"));
        assertEquals(List.of(), outbox.dropped());
    }

    private List<String> taken(String key) {
        return broker.taken().stream()
                .filter(message -> message.startsWith(key + ' '))
                .toList();
    }

    @Test
    void countsWhatTheBrokerRefusesAndReturnsAndWhatIsSentAgain() throws InterruptedException {
        outbox.add("info", 20);
        broker.refuse("t.info 13", 1);
        broker.giveBack("t.info 20", 1);
        publisher.start();
        assertTrue(publisher.flush(SOON));

        assertEquals(1, metrics.up.get());
        assertEquals(20, metrics.published.get(), "for the first time");
        assertEquals(2, metrics.again.get());
        assertEquals(20, metrics.confirmed.get());
        assertEquals(1, metrics.nacked.get());
        assertEquals(1, metrics.returned.get());
    }

    @Test
    void continuesAtTheAckPosition() throws InterruptedException {
        outbox.add("info", 10);
        outbox.acknowledge("t.info", 7);
        publisher = publisher(List.of("t"), 0, SOON);
        publisher.start();
        assertTrue(publisher.flush(SOON));
        assertEquals(messages("t.info", 8, 10), broker.taken());
    }

    @Test
    void refusedRowGoesBeforeAnythingNewerAndNothingTwice() throws InterruptedException {
        outbox.add("info", 30);
        broker.refuse("t.info 13", 2);
        publisher.start();
        assertTrue(publisher.flush(SOON));
        List<String> taken = broker.taken();
        assertEquals(30, taken.size());
        assertEquals(messages("t.info", 14, 19), taken.subList(12, 18), "in flight when the refusal came");
        assertEquals("t.info 13", taken.get(18));
        assertEquals(messages("t.info", 20, 30), taken.subList(19, 30));
        assertEquals(1, log.at(Level.WARN).size(), log.all());
    }

    @Test
    void aChannelThatRefusesIsNotTriedAgain() throws InterruptedException {
        outbox.add("info", 30);
        broker.sour("t.info 3");
        publisher.start();
        assertTrue(publisher.flush(SOON));
        assertEquals(30, broker.taken().size());
        assertEquals("t.info 3", broker.taken().get(2));
        assertEquals(1, broker.opened());
        assertEquals(1, log.at(Level.WARN).size(), log.all());
    }

    @Test
    void returnedRowIsNotLost() throws InterruptedException {
        outbox.add("info", 10);
        broker.giveBack("t.info 2", 3);
        publisher.start();
        await().atMost(SOON).until(() -> outbox.acknowledged("t.info") == 10);
        assertEquals(10, broker.taken().size());
        assertEquals(List.of("t.info waits: returned"), log.at(Level.WARN));
    }

    @Test
    void keyWithoutQueueWaitsAndOthersGoOn() throws InterruptedException {
        broker.missing("t.error", true);
        outbox.add("error", 3);
        outbox.add("info", 3);
        publisher.start();
        await().atMost(SOON).until(() -> outbox.acknowledged("t.info") == 6);
        assertFalse(publisher.flush(SOON), "says that not all went");
        assertEquals(0, outbox.released("error"));
        outbox.add("info", 2);
        await().atMost(SOON).until(() -> outbox.acknowledged("t.info") == 8);
        broker.missing("t.error", false);
        await().atMost(SOON).until(() -> outbox.acknowledged("t.error") == 3);
        assertEquals(3, outbox.released("error"));
        assertEquals(List.of("t.error waits: no queue t.error"), log.at(Level.WARN));
        assertTrue(log.all().contains("t.error goes on after "), log.all());
    }

    @Test
    void anotherConnectionCanBeAskedForAndNothingIsReportedAsLost() throws InterruptedException {
        outbox.add("info", 3);
        publisher.start();
        assertTrue(publisher.flush(SOON));
        broker.configure();
        publisher.reconnect();
        await().atMost(SOON).until(() -> log.all().contains("Replacing the connection"));
        outbox.add("info", 3);
        assertTrue(publisher.flush(SOON));
        assertEquals(messages("t.info", 1, 6), broker.taken());
        assertEquals(List.of(), log.at(Level.WARN));
        assertEquals(
                2,
                log.at(Level.INFO).stream()
                        .filter(line -> line.startsWith("Connected to"))
                        .count());
    }

    @Test
    void configurationThatChangesWhileAConnectionIsOpenedIsNotLost() throws InterruptedException {
        broker.configureWhileOpening();
        outbox.add("info", 3);
        publisher.start();
        assertTrue(publisher.flush(SOON));
        assertEquals(2, broker.opened());
        assertEquals(messages("t.info", 1, 3), broker.taken());
        assertTrue(
                log.all().contains("Replacing the connection to the broker: the configuration has changed"), log.all());
    }

    @Test
    void writeThatStandsIsCutAndSentAgain() throws InterruptedException {
        publisher = publisher(List.of("t"), 0, Duration.ofSeconds(2));
        broker.readNothing();
        outbox.add("info", 3);
        publisher.start();
        assertTrue(publisher.flush(SOON));
        assertEquals(2, broker.opened());
        assertEquals(messages("t.info", 1, 3), broker.taken());
        assertEquals(
                List.of(
                        "Lost the connection to the broker; notifications wait in the outbox: it has read nothing for 1 s; see its alarms:"
                                + " rabbitmqctl status"),
                log.at(Level.WARN));
    }

    @Test
    void anotherConfigurationCutsAWriteThatStands() throws InterruptedException {
        broker.readNothing();
        outbox.add("info", 3);
        publisher.start();
        await().atMost(SOON).until(publisher::connected);
        broker.configure();
        publisher.reconnect();
        assertTrue(publisher.flush(SOON));
        assertEquals(2, broker.opened());
        assertEquals(messages("t.info", 1, 3), broker.taken());
    }

    @Test
    void brokerThatSaysMoreThanItWasAskedForIsDisconnected() throws InterruptedException {
        broker.chatter(100_000);
        outbox.add("info", 3);
        publisher.start();
        assertTrue(publisher.flush(SOON));
        assertEquals(
                List.of(
                        "Lost the connection to the broker; notifications wait in the outbox: it sends more than it was asked for"),
                log.at(Level.WARN));
        assertTrue(broker.opened() > 1);
    }

    @Test
    void bytesOnTheWayAreBounded() throws InterruptedException {
        publisher = publisher(List.of("t", "u"), 0, SOON);
        outbox.add("info", 20);
        publisher.start();
        assertTrue(publisher.flush(SOON));
        broker.silent(true);
        outbox.add("info", 8, System.currentTimeMillis(), "x".repeat(100_000));
        await().atMost(SOON).until(() -> broker.silenced() > 2);
        ProgressWatch.awaitTwo(publisher::sinceLastProgress);
        assertEquals(3, broker.silenced(), "messages of 100 kB, of both keys together");
    }

    @Test
    void rowsThatWaitedTooLongForAQueueAreDroppedAndCounted() {
        publisher = publisher(List.of("t"), 0, Duration.ofMillis(600), SOON);
        broker.missing("t.error", true);
        long longAgo = RAN - 60_000;
        outbox.add("error", 100, longAgo, "");
        outbox.add("error", 2, RAN + 60_000, "");
        outbox.add("info", 3, longAgo, "");
        publisher.start();
        await().atMost(SOON).until(() -> outbox.acknowledged("t.info") == 105);
        assertEquals(0, outbox.released("error"), "old as they are, they wait: the queue may come");
        await().atMost(SOON).until(() -> outbox.released("error") == 100);
        assertEquals(LongStream.rangeClosed(1, 100).boxed().toList(), outbox.dropped());
        String dropped = "Dropped 100 notifications that waited longer than 0 s for a queue of t.error,";
        await().atMost(SOON).until(() -> log.at(Level.WARN).stream().anyMatch(line -> line.startsWith(dropped)));
        broker.missing("t.error", false);
        await().atMost(SOON).until(() -> outbox.acknowledged("t.error") == 102);
        assertFalse(broker.taken().contains("t.error 100"));
        assertTrue(broker.taken().contains("t.error 101"));
    }

    @Test
    void rowIsReleasedWhenEveryTopicHasIt() throws InterruptedException {
        publisher = publisher(List.of("t", "u"), 0, SOON);
        broker.missing("u.info", true);
        outbox.add("info", 5);
        publisher.start();
        await().atMost(SOON).until(() -> outbox.acknowledged("t.info") == 5);
        assertFalse(publisher.flush(SOON));
        assertEquals(0, outbox.released("info"));
        broker.missing("u.info", false);
        await().atMost(SOON).until(() -> outbox.released("info") == 5);
    }

    @Test
    void lostConnectionIsReplacedAndUnconfirmedRowsAreSentAgain() throws InterruptedException {
        publisher.start();
        await().atMost(SOON).until(publisher::connected);
        broker.silent(true);
        outbox.add("info", 5);
        await().atMost(SOON).until(() -> log.all().contains("Connected"));
        broker.cut();
        await().atMost(SOON).until(() -> broker.opened() == 2);
        broker.silent(false);
        broker.cut();
        await().atMost(SOON).until(() -> outbox.acknowledged("t.info") == 5);
        assertEquals(messages("t.info", 1, 5), broker.taken());
    }

    @Test
    void brokerThatNeverConfirmsIsDisconnected() {
        publisher = publisher(List.of("t"), 0, Duration.ofMillis(100));
        broker.silent(true);
        outbox.add("info", 1);
        publisher.start();
        await().atMost(SOON).until(() -> broker.opened() > 1);
        broker.silent(false);
        await().atMost(SOON).until(() -> outbox.acknowledged("t.info") == 1);
    }

    /** What is live goes by numbers, whatever the rows' times are. */
    @ParameterizedTest
    @ValueSource(longs = {1_000, -300_000})
    void backlogIsThrottledAndLiveRowsAreNot(long later) {
        publisher = publisher(List.of("t"), 1, SOON);
        outbox.add("error", 30);
        publisher.start();
        await().atMost(SOON).until(publisher::connected);
        outbox.add("info", 100, RAN + later, "");
        await().atMost(SOON).until(() -> outbox.acknowledged("t.info") == 130);
        assertTrue(outbox.acknowledged("t.error") < 30, "live rows don't wait for another key's backlog");
    }

    @Test
    void rowThatIsNoObjectIsLeftOut() throws InterruptedException {
        outbox.add("info", 1);
        outbox.add(new OutboxRow(2, "info", null, "id", 0, "broken".getBytes(StandardCharsets.US_ASCII)));
        outbox.add("info", 1);
        publisher.start();
        assertTrue(publisher.flush(SOON));
        assertEquals(List.of("t.info 1", "t.info 3"), broker.taken());
        assertEquals(1, log.at(Level.ERROR).size());
    }

    @Test
    void makesProgressWhileItWaitsForTheBroker() {
        publisher = publisher(List.of("t"), 0, Duration.ofDays(1));
        broker.silent(true);
        outbox.add("info", 1);
        publisher.start();
        await().atMost(SOON).until(() -> broker.silenced() == 1);
        ProgressWatch.awaitTwo(publisher::sinceLastProgress);
    }

    @Test
    void isNotStuckWhileItWaitsByDesign() {
        publisher.start();
        await().atMost(SOON).until(publisher::connected);
        await().atMost(SOON).until(() -> publisher.sinceLastProgress().isZero());
        publisher.close();
        publisher = publisher(List.of("t"), 0, SOON, SOON, Duration.ofDays(365));
        publisher.start();
        await().atMost(SOON).until(() -> publisher.sinceLastProgress().isZero());
        assertFalse(publisher.connected());
    }

    @Test
    void closesAtOnceWhileItWaits() {
        publisher.start();
        await().atMost(SOON).until(publisher::connected);
        long begun = System.nanoTime();
        publisher.close();
        publisher.close();
        assertTrue(System.nanoTime() - begun < Duration.ofSeconds(2).toNanos());
        assertFalse(publisher.connected());
    }

    @Test
    void outboxThatCannotBeReadIsNoFaultOfTheBroker() throws InterruptedException {
        publisher.start();
        await().atMost(SOON).until(publisher::connected);
        outbox.beforeRead(() -> {
            throw StoreFailures.busy(Path.of("/x/agent.db"));
        });
        outbox.add("info", 3);
        await().atMost(SOON).until(() -> !log.at(Level.WARN).isEmpty());
        assertFalse(publisher.flush(Duration.ofMillis(1)));
        assertTrue(publisher.connected());

        outbox.beforeRead(() -> {});
        assertTrue(publisher.flush(SOON));
        assertEquals(messages("t.info", 1, 3), broker.taken());
        assertEquals(1, broker.opened());
        assertEquals(
                List.of("The outbox can't be read, trying again every second; the connection to the broker stays:"
                        + " /x/agent.db: another process keeps it locked"),
                log.at(Level.WARN));
        assertEquals(List.of(), log.at(Level.ERROR));
    }

    @Test
    void errorDoesNotEndThePublisher() throws InterruptedException {
        AtomicInteger left = new AtomicInteger(2);
        outbox.beforeRead(() -> {
            if (left.getAndDecrement() > 0) {
                throw new OutOfMemoryError("unable to create native thread: possibly out of memory");
            }
        });
        outbox.add("info", 3);
        publisher.start();
        await().atMost(SOON).until(() -> outbox.acknowledged("t.info") == 3);

        assertEquals(messages("t.info", 1, 3), broker.taken());
        assertEquals(1, log.at(Level.ERROR).size(), log.all());
        assertTrue(
                log.at(Level.ERROR)
                        .get(0)
                        .startsWith("The publisher failed unexpectedly and is tried again: no further thread"),
                log.all());
        assertEquals(List.of(), log.at(Level.WARN));
    }
}
