package org.vmeventagent.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How far each routing key is acknowledged, and what of it is not on disk yet. Thread-safe.
 *
 * <p>What a crash takes from here is sent again: a duplicate, never a loss.
 */
final class AckPositions {
    private final Map<String, Long> positions = new HashMap<>();
    private final Map<String, Long> raised = new HashMap<>();
    private final Map<String, Long> released = new HashMap<>();
    private final List<Long> dropped = new ArrayList<>();
    private long changes;

    /**
     * What the next commit is to keep.
     *
     * @param raised routing key to ack position
     * @param released priority to the last number nobody wants any more
     * @param dropped numbers that waited too long for somebody who takes them; among those that are released, or will be
     */
    record Pending(Map<String, Long> raised, Map<String, Long> released, List<Long> dropped) {
        Pending {
            raised = Map.copyOf(raised);
            released = Map.copyOf(released);
            dropped = List.copyOf(dropped);
        }
    }

    AckPositions(Map<String, Long> kept) {
        keep(kept);
    }

    /** These are on disk, and no others. */
    synchronized void keep(Map<String, Long> kept) {
        positions.clear();
        positions.putAll(kept);
    }

    synchronized long of(String routingKey) {
        return positions.getOrDefault(routingKey, 0L);
    }

    /** An ack position never falls. */
    synchronized void raise(String routingKey, long upTo) {
        if (upTo > of(routingKey)) {
            positions.put(routingKey, upTo);
            raised.put(routingKey, upTo);
            changes++;
        }
    }

    synchronized void release(String priority, long upTo) {
        released.merge(priority, upTo, Math::max);
        changes++;
    }

    /** How often something was raised or released. */
    synchronized long changes() {
        return changes;
    }

    synchronized void drop(List<Long> numbers) {
        dropped.addAll(numbers);
    }

    synchronized Pending pending() {
        return new Pending(raised, released, dropped);
    }

    synchronized boolean isPending() {
        return !raised.isEmpty() || !released.isEmpty() || !dropped.isEmpty();
    }

    /** What was raised further in the meantime stays pending. */
    synchronized void committed(Pending pending) {
        pending.raised().forEach(raised::remove);
        pending.released().forEach(released::remove);
        dropped.subList(0, pending.dropped().size()).clear();
    }
}
