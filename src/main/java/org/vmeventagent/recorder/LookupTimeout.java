package org.vmeventagent.recorder;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.metrics.AgentMetrics;

/**
 * How long the answers to look-ups are waited for: a locked domain may take seconds.
 *
 * <p>The time runs from when the event came. It is longer for a domain of which nothing was ever read: its event would have
 * no identity at all. A domain whose answer came too late is not waited for again for a while; the answer that comes later
 * goes with the domain's next event. The recorder's thread owns it.
 */
final class LookupTimeout {
    /** How many times as long the first answer of a domain is waited for, within {@link #MOST}. */
    private static final int FIRST = 10;

    private static final Duration MOST = Duration.ofSeconds(2);

    private final long timeout;
    private final long firstTimeout;
    private final long pause;
    private final AgentMetrics metrics;
    private final Map<DomainKey, Late> late = new HashMap<>();

    /**
     * A look-up that was not waited for any longer.
     *
     * @param since by {@link System#nanoTime}, when a wait for this domain last ran out
     */
    private record Late(CompletableFuture<LookupResult> lookup, long since) {}

    LookupTimeout(Duration timeout, Duration pause, AgentMetrics metrics) {
        this.timeout = timeout.toNanos();
        this.firstTimeout = Math.max(this.timeout, Math.min(FIRST * this.timeout, MOST.toNanos()));
        this.pause = pause.toNanos();
        this.metrics = metrics;
    }

    /**
     * How much longer this event is to wait for the answer to its look-up.
     *
     * @param isKnown whether the domain's metadata was ever read
     * @return nanoseconds; 0 for not at all
     */
    long left(DomainEvent event, boolean isKnown, long now) {
        Late earlier = late.get(DomainKey.of(event));
        if (event.lookup() == null || event.lookup().isDone() || (earlier != null && now - earlier.since() < pause)) {
            return 0;
        }
        return Math.max(0, event.observedAt().nanos() + (isKnown ? timeout : firstTimeout) - now);
    }

    /** The answer that goes with this event; null when there is none yet, or none was started. */
    @Nullable LookupResult answerTo(DomainEvent event) {
        DomainKey key = DomainKey.of(event);
        Late earlier = late.get(key);
        LookupResult answer = null;
        if (event.lookup() != null) {
            answer = own(key, event, event.lookup(), earlier);
        }
        return answer == null && earlier != null ? identity(key, earlier) : answer;
    }

    /** Whether an answer is late. */
    boolean isWaiting() {
        return !late.isEmpty();
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
            DomainKey key, DomainEvent event, CompletableFuture<LookupResult> lookup, @Nullable Late earlier) {
        LookupResult answer = answer(lookup);
        long now = System.nanoTime();
        long waited = now - event.observedAt().nanos();
        if (answer == null) {
            metrics.lookedUp("late", waited);
            long since = earlier == null || now - earlier.since() >= pause ? now : earlier.since();
            late.put(key, new Late(lookup, since));
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
        LookupResult answer = answer(earlier.lookup());
        if (answer == null) {
            return null;
        }
        late.remove(key, earlier);
        return answer.status() == LookupResult.Status.METADATA || answer.status() == LookupResult.Status.NO_METADATA
                ? answer
                : null;
    }

    private static @Nullable LookupResult answer(CompletableFuture<LookupResult> lookup) {
        return lookup.isDone() && !lookup.isCompletedExceptionally() ? lookup.join() : null;
    }
}
