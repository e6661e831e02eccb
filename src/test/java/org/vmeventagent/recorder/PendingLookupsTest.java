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

class PendingLookupsTest {
    private final AtomicLong tooLate = new AtomicLong();
    private final AgentMetrics metrics = new AgentMetrics() {
        @Override
        public void lookedUp(String result) {
            tooLate.addAndGet(result.equals("late") ? 1 : 0);
        }
    };
    private final PendingLookups lookups = new PendingLookups(Duration.ofMillis(50), Duration.ofSeconds(60), metrics);

    @Test
    void givesTheEventsOwnAnswer() {
        assertEquals(Events.metadata(1), lookups.to(started(Events.answered(Events.metadata(1)))));
    }

    @Test
    void waitsForAnAnswerThatIsUnderWay() {
        PendingLookups patient = new PendingLookups(Duration.ofSeconds(20), Duration.ofSeconds(60), metrics);
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        lookup.completeOnTimeout(Events.metadata(1), 20, TimeUnit.MILLISECONDS);

        assertEquals(Events.metadata(1), patient.to(started(lookup)));
    }

    @Test
    void aBurstOfLockedDomainsIsWaitedForOnce() {
        List<DomainEvent> burst = new ArrayList<>();
        for (int domain = 0; domain < 100; domain++) {
            burst.add(Events.started(domain, Events.unanswered(), Events.CLOCK.now()));
        }
        long began = System.nanoTime();
        burst.forEach(event -> assertNull(lookups.to(event)));

        assertWithin(Duration.ofSeconds(1), began);
        assertEquals(100, tooLate.get());
    }

    @Test
    void aLockedDomainIsNotWaitedForAgain() {
        assertNull(lookups.to(started(Events.unanswered())));
        long began = System.nanoTime();
        for (int event = 0; event < 100; event++) {
            assertNull(lookups.to(started(Events.unanswered())));
        }

        assertWithin(Duration.ofSeconds(1), began);
    }

    @Test
    void aLockedDomainIsWaitedForAgainAfterAWhile() {
        PendingLookups forgiving = new PendingLookups(Duration.ofSeconds(20), Duration.ZERO, metrics);
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        lookup.completeOnTimeout(Events.metadata(1), 20, TimeUnit.MILLISECONDS);
        assertNull(new PendingLookups(Duration.ofMillis(1), Duration.ZERO, metrics).to(started(Events.unanswered())));

        assertEquals(Events.metadata(1), forgiving.to(started(lookup)));
    }

    @Test
    void aLateAnswerGoesWithTheDomainsNextEvent() {
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        assertNull(lookups.to(started(lookup)));
        assertNull(lookups.to(Events.reboot(1)), "not answered yet");
        lookup.complete(Events.metadata(1));

        assertNull(lookups.to(Events.reboot(2)), "another domain");
        assertEquals(Events.metadata(1), lookups.to(Events.reboot(1)));
        assertNull(lookups.to(Events.reboot(1)), "once");
    }

    @Test
    void aLateAnswerSaysNothingOfWhetherTheDomainExists() {
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        assertNull(lookups.to(started(lookup)));
        lookup.complete(new LookupResult(LookupResult.Status.NO_DOMAIN, null, Events.CLOCK.now()));

        assertNull(lookups.to(Events.stopped(1)));
    }

    @Test
    void anAnswerOfItsOwnIsNewerThanALateOne() {
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        assertNull(lookups.to(started(lookup)));
        LookupResult own = new LookupResult(LookupResult.Status.NO_METADATA, null, Events.CLOCK.now());
        assertEquals(own, lookups.to(started(Events.answered(own))));
        lookup.complete(Events.metadata(1));

        assertNull(lookups.to(Events.reboot(1)));
    }

    @Test
    void aFailedLookupIsNoAnswer() {
        assertNull(lookups.to(
                started(Events.answered(new LookupResult(LookupResult.Status.FAILED, null, Events.CLOCK.now())))));
        assertNull(lookups.to(started(CompletableFuture.failedFuture(new IllegalStateException("broken")))));
    }

    private static DomainEvent started(Future<LookupResult> lookup) {
        return Events.started(1, lookup, Events.CLOCK.now());
    }

    private static void assertWithin(Duration limit, long began) {
        assertTrue(System.nanoTime() - began < limit.toNanos(), "took longer than " + limit);
    }
}
