package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.metrics.AgentMetrics;

class LookupTimeoutTest {
    private final AtomicLong tooLate = new AtomicLong();
    private final AgentMetrics metrics = new AgentMetrics() {
        @Override
        public void lookedUp(String result, long nanos) {
            tooLate.addAndGet(result.equals("late") ? 1 : 0);
        }
    };
    private final LookupTimeout lookupTimeout =
            new LookupTimeout(Duration.ofMillis(50), Duration.ofSeconds(60), metrics);

    @Test
    void givesTheEventsOwnAnswer() {
        assertEquals(Events.metadata(1), lookupTimeout.answerTo(started(Events.answered(Events.metadata(1)))));
    }

    @Test
    void waitsForAnAnswerThatIsUnderWay() {
        LookupTimeout patient = new LookupTimeout(Duration.ofSeconds(20), Duration.ofSeconds(60), metrics);
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        lookup.completeOnTimeout(Events.metadata(1), 20, TimeUnit.MILLISECONDS);

        assertEquals(Events.metadata(1), patient.answerTo(started(lookup)));
    }

    @Test
    void aBurstOfLockedDomainsIsWaitedForOnce() {
        List<DomainEvent> burst = new ArrayList<>();
        for (int domain = 0; domain < 100; domain++) {
            burst.add(Events.started(domain, Events.unanswered(), Events.CLOCK.now()));
        }
        long began = System.nanoTime();
        burst.forEach(event -> assertNull(lookupTimeout.answerTo(event)));

        assertWithin(Duration.ofSeconds(1), began);
        assertEquals(100, tooLate.get());
    }

    @Test
    void aLockedDomainIsNotWaitedForAgain() {
        assertNull(lookupTimeout.answerTo(started(Events.unanswered())));
        long began = System.nanoTime();
        for (int event = 0; event < 100; event++) {
            assertNull(lookupTimeout.answerTo(started(Events.unanswered())));
        }

        assertWithin(Duration.ofSeconds(1), began);
    }

    @Test
    void aLockedDomainIsWaitedForAgainAfterAWhile() {
        LookupTimeout forgiving = new LookupTimeout(Duration.ofSeconds(20), Duration.ZERO, metrics);
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        lookup.completeOnTimeout(Events.metadata(1), 20, TimeUnit.MILLISECONDS);
        assertNull(
                new LookupTimeout(Duration.ofMillis(1), Duration.ZERO, metrics).answerTo(started(Events.unanswered())));

        assertEquals(Events.metadata(1), forgiving.answerTo(started(lookup)));
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

    private static DomainEvent started(Future<LookupResult> lookup) {
        return Events.started(1, lookup, Events.CLOCK.now());
    }

    private static void assertWithin(Duration limit, long began) {
        assertTrue(System.nanoTime() - began < limit.toNanos(), "took longer than " + limit);
    }
}
