package org.vmeventagent.recorder;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.Look;
import org.vmeventagent.inventory.DomainKey;

/**
 * Waits for the answers to look-ups, but not long: a locked domain may take seconds and must not delay the others.
 *
 * <p>The time runs from when the event was heard, so that a burst of events waits once, not once each. A domain whose
 * answer came too late is not waited for again for a while; the answer that comes later goes with the domain's next
 * event. The recorder's thread owns it.
 */
final class Answers {
    private final long timeout;
    private final long pause;
    private final RecorderListener listener;
    private final Map<DomainKey, Late> late = new HashMap<>();

    /**
     * A look-up that was not waited for any longer.
     *
     * @param since by {@link System#nanoTime}, when a wait for this domain last ran out
     */
    private record Late(Future<Look> look, long since) {}

    Answers(Duration timeout, Duration pause, RecorderListener listener) {
        this.timeout = timeout.toNanos();
        this.pause = pause.toNanos();
        this.listener = listener;
    }

    /** The answer that goes with this event; null when there is none in time, or nothing was asked. */
    @Nullable Look to(DomainEvent event) {
        DomainKey key = new DomainKey(event.connectionUri(), event.uuid());
        Late earlier = late.get(key);
        Look answer = null;
        if (event.look() != null) {
            answer = own(key, event, event.look(), earlier);
        }
        return answer == null && earlier != null ? identity(key, earlier) : answer;
    }

    /** The answers that came too late for their events and that no later event has taken; each is given once. */
    Map<DomainKey, Look> arrived() {
        Map<DomainKey, Look> arrived = new HashMap<>();
        for (Map.Entry<DomainKey, Late> entry : List.copyOf(late.entrySet())) {
            if (entry.getValue().look().isDone()) {
                Look look = identity(entry.getKey(), entry.getValue());
                if (look != null) {
                    arrived.put(entry.getKey(), look);
                }
            }
        }
        return arrived;
    }

    /** What is known of the domain is newer than what a late answer could say. */
    void forget(DomainKey key) {
        late.remove(key);
    }

    private @Nullable Look own(DomainKey key, DomainEvent event, Future<Look> look, @Nullable Late earlier) {
        boolean waits = earlier == null || System.nanoTime() - earlier.since() >= pause;
        Look answer = within(look, waits ? event.observedAt().nanos() + timeout - System.nanoTime() : 0);
        if (answer == null) {
            listener.lookupLate();
            late.put(key, new Late(look, waits || earlier == null ? System.nanoTime() : earlier.since()));
            return null;
        }
        if (answer.answer() == Look.Answer.FAILED) {
            return null;
        }
        late.remove(key);
        return answer;
    }

    /** A late answer says who a domain is; whether the domain existed then is of no use now. */
    private @Nullable Look identity(DomainKey key, Late earlier) {
        Look answer = within(earlier.look(), 0);
        if (answer == null) {
            return null;
        }
        late.remove(key, earlier);
        return answer.answer() == Look.Answer.METADATA || answer.answer() == Look.Answer.NO_METADATA ? answer : null;
    }

    private static @Nullable Look within(Future<Look> look, long nanos) {
        try {
            return look.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException | CancellationException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
