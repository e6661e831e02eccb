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
 * @param settled what the rows tell of {@link Store#loss}
 */
public record Batch(
        List<Entry> rows, List<InventoryRow> kept, List<String> forgotten, Map<String, Long> counters, Loss settled) {

    /** Carries nothing but what {@link Outbox#acknowledge} and {@link Outbox#release} left to be kept. */
    public static final Batch EMPTY = new Batch(List.of(), List.of(), List.of(), Map.of());

    public Batch {
        rows = List.copyOf(rows);
        kept = List.copyOf(kept);
        forgotten = List.copyOf(forgotten);
        counters = Map.copyOf(counters);
    }

    /** A batch that settles nothing. */
    public Batch(List<Entry> rows, List<InventoryRow> kept, List<String> forgotten, Map<String, Long> counters) {
        this(rows, kept, forgotten, counters, Loss.NONE);
    }
}
