package org.vmeventagent.recorder;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.metrics.AgentMetrics;

/**
 * Waits for the answers to look-ups, but not long: a locked domain may take seconds and must not delay the others.
 *
 * <p>The time runs from when the event came, so that a burst of events waits once, not once each. A domain whose
 * answer came too late is not waited for again for a while; the answer that comes later goes with the domain's next
 * event. The recorder's thread owns it.
 */
final class LookupTimeout {
    private final long timeout;
    private final long pause;
    private final AgentMetrics metrics;
    private final Map<DomainKey, Late> late = new HashMap<>();

    /**
     * A look-up that was not waited for any longer.
     *
     * @param since by {@link System#nanoTime}, when a wait for this domain last ran out
     */
    private record Late(Future<LookupResult> lookup, long since) {}

    LookupTimeout(Duration timeout, Duration pause, AgentMetrics metrics) {
        this.timeout = timeout.toNanos();
        this.pause = pause.toNanos();
        this.metrics = metrics;
    }

    /** The answer that goes with this event; null when there is none in time, or none was started. */
    @Nullable LookupResult answerTo(DomainEvent event) {
        DomainKey key = new DomainKey(event.connectionUri(), event.uuid());
        Late earlier = late.get(key);
        LookupResult answer = null;
        if (event.lookup() != null) {
            answer = own(key, event, event.lookup(), earlier);
        }
        return answer == null && earlier != null ? identity(key, earlier) : answer;
    }

    /** The answers that came too late for their events and that no later event has taken; each is given once. */
    Map<DomainKey, LookupResult> arrived() {
        Map<DomainKey, LookupResult> arrived = new HashMap<>();
        for (Map.Entry<DomainKey, Late> entry : List.copyOf(late.entrySet())) {
            if (entry.getValue().lookup().isDone()) {
                LookupResult lookup = identity(entry.getKey(), entry.getValue());
                if (lookup != null) {
                    arrived.put(entry.getKey(), lookup);
                }
            }
        }
        return arrived;
    }

    /** What is known of the domain is newer than what a late answer could say. */
    void forget(DomainKey key) {
        late.remove(key);
    }

    private @Nullable LookupResult own(
            DomainKey key, DomainEvent event, Future<LookupResult> lookup, @Nullable Late earlier) {
        boolean waits = earlier == null || System.nanoTime() - earlier.since() >= pause;
        long begun = System.nanoTime();
        LookupResult answer = within(lookup, waits ? event.observedAt().nanos() + timeout - begun : 0);
        long waited = System.nanoTime() - begun;
        if (answer == null) {
            metrics.lookedUp("late", waited);
            late.put(key, new Late(lookup, waits || earlier == null ? System.nanoTime() : earlier.since()));
            return null;
        }
        metrics.lookedUp(answer.status().name().toLowerCase(Locale.ROOT), waited);
        if (answer.status() == LookupResult.Status.FAILED) {
            return null;
        }
        late.remove(key);
        return answer;
    }

    /** A late answer says who a domain is; whether the domain existed then is of no use now. */
    private @Nullable LookupResult identity(DomainKey key, Late earlier) {
        LookupResult answer = within(earlier.lookup(), 0);
        if (answer == null) {
            return null;
        }
        late.remove(key, earlier);
        return answer.status() == LookupResult.Status.METADATA || answer.status() == LookupResult.Status.NO_METADATA
                ? answer
                : null;
    }

    private static @Nullable LookupResult within(Future<LookupResult> lookup, long nanos) {
        try {
            return lookup.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException | CancellationException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
