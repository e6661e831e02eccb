package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.inventory.DomainKey;

class ParkedEventsTest {
    private static final long PATIENCE = TimeUnit.MINUTES.toNanos(1);

    private final List<DomainEvent> recorded = new ArrayList<>();
    /** Those that have waited long enough. */
    private final Set<DomainEvent> late = new HashSet<>();

    private final AtomicInteger woken = new AtomicInteger();
    private final ParkedEvents parked = new ParkedEvents(this::left, recorded::add, woken::incrementAndGet);

    private final CompletableFuture<LookupResult> lookup = Events.unanswered();
    private final DomainEvent defined = Events.defined(1, lookup);
    private final DomainEvent started = Events.started(1);
    private final DomainEvent other = Events.started(2);

    private long left(DomainEvent event) {
        return event.lookup() == null || event.lookup().isDone() || late.contains(event) ? 0 : PATIENCE;
    }

    @Test
    void otherDomainsPassOneThatWaits() {
        receive(defined, started, other);

        assertEquals(List.of(other), recorded);
        assertEquals(Optional.of(defined.observedAt()), parked.oldest());
        assertEquals(PATIENCE, parked.nanosUntilDue(Long.MAX_VALUE));
        assertEquals(1, parked.nanosUntilDue(1));
    }

    @Test
    void theAnswerLetsItAndWhatCameBehindItGoOn() {
        receive(defined, started, other);
        parked.release();
        assertEquals(0, woken.get());
        lookup.complete(Events.metadata(1));
        assertEquals(1, woken.get());
        parked.release();

        assertEquals(List.of(other, defined, started), recorded);
        assertEquals(Optional.empty(), parked.oldest());
        assertEquals(7, parked.nanosUntilDue(7));
    }

    @Test
    void itDoesNotWaitLongerThanItIsToWait() {
        receive(defined, started);
        late.add(defined);
        assertEquals(0, parked.nanosUntilDue(7));
        parked.release();

        assertEquals(List.of(defined, started), recorded);
    }

    @Test
    void anEventBehindItMayWaitForAnAnswerOfItsOwn() {
        CompletableFuture<LookupResult> second = Events.unanswered();
        DomainEvent again = Events.defined(1, second);
        receive(defined, again);
        lookup.complete(Events.metadata(1));
        parked.release();
        assertEquals(List.of(defined), recorded);
        second.complete(Events.metadata(1));
        assertEquals(2, woken.get());
        parked.release();

        assertEquals(List.of(defined, again), recorded);
    }

    @Test
    void aFlushWaitsForTheAnswers() {
        receive(defined, started);
        lookup.completeOnTimeout(Events.metadata(1), 20, TimeUnit.MILLISECONDS);
        parked.flush();

        assertEquals(List.of(defined, started), recorded);
    }

    @Test
    void aFlushOfOneDomainLeavesTheOthers() {
        DomainEvent waiting = Events.defined(2, Events.unanswered());
        receive(defined, waiting);
        lookup.complete(Events.metadata(1));
        parked.flush(DomainKey.of(Events.started(3)));
        assertEquals(List.of(), recorded);
        parked.flush(DomainKey.of(defined));

        assertEquals(List.of(defined), recorded);
        assertEquals(Optional.of(waiting.observedAt()), parked.oldest());
    }

    @Test
    void tooManyGoOnWithoutTheirAnswers() {
        receive(defined);
        for (int i = 1; i < ParkedEvents.MOST; i++) {
            receive(started);
        }
        assertEquals(List.of(), recorded);
        receive(started);

        assertEquals(ParkedEvents.MOST + 1, recorded.size());
        assertEquals(defined, recorded.get(0));
        assertEquals(Optional.empty(), parked.oldest());
    }

    private void receive(DomainEvent... events) {
        List.of(events).forEach(parked::receive);
    }
}
