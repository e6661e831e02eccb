package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.time.Moment;

class LookupTimeoutTest {
    private static final long MS = 1_000_000;
    private static final Duration PAUSE = Duration.ofSeconds(60);

    private final AtomicLong tooLate = new AtomicLong();
    private final AgentMetrics metrics = new AgentMetrics() {
        @Override
        public void lookedUp(String result, long nanos) {
            tooLate.addAndGet(result.equals("late") ? 1 : 0);
        }
    };
    private final LookupTimeout lookupTimeout = new LookupTimeout(Duration.ofMillis(50), PAUSE, metrics);

    @Test
    void givesTheEventsOwnAnswer() {
        assertEquals(Events.metadata(1), lookupTimeout.answerTo(started(Events.answered(Events.metadata(1)))));
        assertEquals(0, tooLate.get());
    }

    @Test
    void anAnswerIsWaitedForFromWhenTheEventCame() {
        DomainEvent event = started(Events.unanswered());
        long came = event.observedAt().nanos();

        assertEquals(40 * MS, lookupTimeout.left(event, true, came + 10 * MS));
        assertEquals(0, lookupTimeout.left(event, true, came + 60 * MS));
        assertEquals(490 * MS, lookupTimeout.left(event, false, came + 10 * MS), "it would have no identity at all");
    }

    @ParameterizedTest
    @CsvSource({"1, 10", "199, 1990", "201, 2000", "1999, 2000", "5000, 5000"})
    void theFirstAnswerOfADomainIsWaitedForLongerWithinTwoSeconds(long timeout, long first) {
        DomainEvent event = started(Events.unanswered());

        assertEquals(
                first * MS,
                new LookupTimeout(Duration.ofMillis(timeout), PAUSE, metrics)
                        .left(event, false, event.observedAt().nanos()));
    }

    @Test
    void nothingIsWaitedForThatIsAnsweredOrWasNotAsked() {
        for (CompletableFuture<LookupResult> lookup : Arrays.asList(
                Events.answered(Events.metadata(1)), null, CompletableFuture.<LookupResult>failedFuture(new Error()))) {
            DomainEvent event = started(lookup);
            assertEquals(0, lookupTimeout.left(event, false, event.observedAt().nanos()));
        }
    }

    @Test
    void aLateDomainIsWaitedForAgainAfterAWhile() {
        assertNull(lookupTimeout.answerTo(started(Events.unanswered())));
        DomainEvent event = started(Events.unanswered());
        long now = System.nanoTime();

        assertEquals(0, lookupTimeout.left(event, true, now), "late a moment ago");
        assertTrue(lookupTimeout.left(
                        Events.started(2, Events.unanswered(), event.observedAt()),
                        true,
                        event.observedAt().nanos())
                > 0);
        DomainEvent later =
                Events.started(1, Events.unanswered(), new Moment(Instant.now(), now + PAUSE.toNanos() + 1));
        assertEquals(50 * MS, lookupTimeout.left(later, true, later.observedAt().nanos()));
        assertEquals(1, tooLate.get());
    }

    @Test
    void aLateAnswerGoesWithTheDomainsNextEvent() {
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        assertNull(lookupTimeout.answerTo(started(lookup)));
        assertNull(lookupTimeout.answerTo(Events.reboot(1)), "not answered yet");
        lookup.complete(Events.metadata(1));

        assertNull(lookupTimeout.answerTo(Events.reboot(2)), "another domain");
        assertEquals(Events.metadata(1), lookupTimeout.answerTo(Events.reboot(1)));
        assertNull(lookupTimeout.answerTo(Events.reboot(1)), "once");
    }

    @Test
    void aLateAnswerSaysNothingOfWhetherTheDomainExists() {
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        assertNull(lookupTimeout.answerTo(started(lookup)));
        lookup.complete(new LookupResult(LookupResult.Status.NO_DOMAIN, null, Events.CLOCK.now()));

        assertNull(lookupTimeout.answerTo(Events.stopped(1)));
    }

    @Test
    void anAnswerOfItsOwnIsNewerThanALateOne() {
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        assertNull(lookupTimeout.answerTo(started(lookup)));
        LookupResult own = new LookupResult(LookupResult.Status.NO_METADATA, null, Events.CLOCK.now());
        assertEquals(own, lookupTimeout.answerTo(started(Events.answered(own))));
        lookup.complete(Events.metadata(1));

        assertNull(lookupTimeout.answerTo(Events.reboot(1)));
    }

    @Test
    void aFailedLookupIsNoAnswer() {
        assertNull(lookupTimeout.answerTo(
                started(Events.answered(new LookupResult(LookupResult.Status.FAILED, null, Events.CLOCK.now())))));
        assertNull(
                lookupTimeout.answerTo(started(CompletableFuture.failedFuture(new IllegalStateException("broken")))));
    }

    private static DomainEvent started(CompletableFuture<LookupResult> lookup) {
        return Events.started(1, lookup, Events.CLOCK.now());
    }
}
