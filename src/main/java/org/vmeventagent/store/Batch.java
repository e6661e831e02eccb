package org.vmeventagent.store;

import java.util.List;
import java.util.Map;

/**
 * What is committed together, or not at all.
 *
 * @param rows for the outbox
 * @param kept rows of the inventory to write, see {@link InventoryRow#metadata}
 * @param forgotten keys of inventory rows to delete
 * @param counters name to new value; {@link Store#SEQUENCE} is one of them
 * @param dropUpTo rows of the outbox up to this number are given up, whatever their priority; 0 for none
 */
public record Batch(
        List<OutboxRow> rows,
        List<InventoryRow> kept,
        List<String> forgotten,
        Map<String, Long> counters,
        long dropUpTo) {

    /** Carries nothing but what {@link Outbox#acknowledge} and {@link Outbox#release} left to be kept. */
    public static final Batch EMPTY = new Batch(List.of(), List.of(), List.of(), Map.of());

    public Batch {
        rows = List.copyOf(rows);
        kept = List.copyOf(kept);
        forgotten = List.copyOf(forgotten);
        counters = Map.copyOf(counters);
    }

    /** A batch that drops nothing. */
    public Batch(List<OutboxRow> rows, List<InventoryRow> kept, List<String> forgotten, Map<String, Long> counters) {
        this(rows, kept, forgotten, counters, 0);
    }
}
