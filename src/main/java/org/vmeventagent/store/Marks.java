package org.vmeventagent.store;

import java.util.HashMap;
import java.util.Map;

/**
 * How far each routing key is acknowledged, and what of it is not on disk yet. Thread-safe.
 *
 * <p>What a crash takes from here is sent again: a duplicate, never a loss.
 */
final class Marks {
    private final Map<String, Long> marks;
    private final Map<String, Long> raised = new HashMap<>();
    private final Map<String, Long> released = new HashMap<>();

    /**
     * What the next commit is to keep.
     *
     * @param raised routing key to mark
     * @param released priority to the last number nobody wants any more
     */
    record Pending(Map<String, Long> raised, Map<String, Long> released) {
        Pending {
            raised = Map.copyOf(raised);
            released = Map.copyOf(released);
        }
    }

    Marks(Map<String, Long> kept) {
        this.marks = new HashMap<>(kept);
    }

    synchronized long of(String routingKey) {
        return marks.getOrDefault(routingKey, 0L);
    }

    /** A mark never runs backwards. */
    synchronized void raise(String routingKey, long upTo) {
        if (upTo > of(routingKey)) {
            marks.put(routingKey, upTo);
            raised.put(routingKey, upTo);
        }
    }

    synchronized void release(String priority, long upTo) {
        released.merge(priority, upTo, Math::max);
    }

    synchronized Pending pending() {
        return new Pending(raised, released);
    }

    synchronized boolean isPending() {
        return !raised.isEmpty() || !released.isEmpty();
    }

    /** What was raised further in the meantime stays pending. */
    synchronized void committed(Pending pending) {
        pending.raised().forEach(raised::remove);
        pending.released().forEach(released::remove);
    }
}
