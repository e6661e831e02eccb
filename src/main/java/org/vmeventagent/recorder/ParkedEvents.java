package org.vmeventagent.recorder;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.time.Moment;

/**
 * Events whose look-up is not answered yet, and what came of their domains behind them, in order. Those of all other domains
 * pass them, so a domain that is locked delays only itself. The recorder's thread owns it.
 */
final class ParkedEvents {
    /** Events at most; then all of them go on without their answers. */
    static final int MOST = 10_000;

    private final ToLongFunction<DomainEvent> left;
    private final Consumer<DomainEvent> record;
    private final Runnable wake;
    private final Map<DomainKey, Queue<DomainEvent>> parked = new LinkedHashMap<>();
    private int size;

    /**
     * Empty.
     *
     * @param left for how many nanoseconds an event is to wait yet, 0 for not at all
     * @param record takes the events that wait no longer; fails only where the recorder ends
     * @param wake called by any thread when something may have come for {@link #release}
     */
    ParkedEvents(ToLongFunction<DomainEvent> left, Consumer<DomainEvent> record, Runnable wake) {
        this.left = left;
        this.record = record;
        this.wake = wake;
    }

    /** Records the event, or parks it. */
    void receive(DomainEvent event) {
        Queue<DomainEvent> before = parked.get(DomainKey.of(event));
        if (before != null) {
            before.add(event);
        } else if (left.applyAsLong(event) > 0) {
            parked.put(DomainKey.of(event), new ArrayDeque<>(List.of(event)));
            wakeForAnswer(event);
        } else {
            record.accept(event);
            return;
        }
        size++;
        if (size > MOST) {
            List.copyOf(parked.keySet()).forEach(key -> recordAll(key, false));
        }
    }

    /** Records what has its answer, or has waited long enough. */
    void release() {
        for (Iterator<Queue<DomainEvent>> domains = parked.values().iterator(); domains.hasNext(); ) {
            Queue<DomainEvent> events = domains.next();
            int before = events.size();
            while (!events.isEmpty() && left.applyAsLong(events.element()) == 0) {
                recordFirst(events);
            }
            if (events.isEmpty()) {
                domains.remove();
            } else if (events.size() < before) {
                wakeForAnswer(events.element());
            }
        }
    }

    /** Records all of it, and waits for the answers as long as they are to be waited for. */
    void flush() {
        List.copyOf(parked.keySet()).forEach(this::flush);
    }

    /** The same, of one domain. */
    void flush(DomainKey key) {
        recordAll(key, true);
    }

    /** When the oldest of them was observed. */
    Optional<Moment> oldest() {
        return parked.values().stream()
                .map(events -> events.element().observedAt())
                .min((one, other) -> Long.compare(one.nanos(), other.nanos()));
    }

    /** How long until {@link #release} has something to record though no answer comes, {@code most} at most. */
    long nanosUntilDue(long most) {
        return parked.values().stream()
                .mapToLong(events -> left.applyAsLong(events.element()))
                .reduce(most, Math::min);
    }

    private void recordAll(DomainKey key, boolean waits) {
        Queue<DomainEvent> events = parked.get(key);
        if (events == null) {
            return;
        }
        while (!events.isEmpty()) {
            if (waits) {
                await(events.element());
            }
            recordFirst(events);
        }
        parked.remove(key);
    }

    private void recordFirst(Queue<DomainEvent> events) {
        size--;
        record.accept(events.remove());
    }

    private void wakeForAnswer(DomainEvent event) {
        if (event.lookup() != null) {
            var unused = event.lookup().whenComplete((answer, failure) -> wake.run());
        }
    }

    private void await(DomainEvent event) {
        long nanos = left.applyAsLong(event);
        if (nanos > 0 && event.lookup() != null) {
            try {
                event.lookup().get(nanos, TimeUnit.NANOSECONDS);
            } catch (TimeoutException | ExecutionException | CancellationException e) {
                return; // it goes on without
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
