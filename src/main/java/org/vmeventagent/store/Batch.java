package org.vmeventagent.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is committed together, or not at all.
 *
 * @param rows for the outbox
 * @param kept rows of the inventory to write, see {@link InventoryRow#metadata}
 * @param forgotten keys of inventory rows to delete
 * @param connections rows to write
 * @param counters name to new value; {@link Store#SEQUENCE} is one of them
 * @param reportedDrops which of {@link Store#unreportedDrops} the rows report
 */
public record Batch(
        List<OutboxEntry> rows,
        List<InventoryRow> kept,
        List<String> forgotten,
        List<ConnectionRow> connections,
        Map<String, Long> counters,
        DroppedRows reportedDrops) {

    /** Carries nothing but what {@link Outbox#acknowledge} and {@link Outbox#release} left to be kept. */
    public static final Batch EMPTY = new Batch(List.of(), List.of(), List.of(), Map.of());

    public Batch {
        rows = List.copyOf(rows);
        kept = List.copyOf(kept);
        forgotten = List.copyOf(forgotten);
        connections = List.copyOf(connections);
        counters = Map.copyOf(counters);
    }

    /** A batch that reports no drops, and says nothing of connections. */
    public Batch(List<OutboxEntry> rows, List<InventoryRow> kept, List<String> forgotten, Map<String, Long> counters) {
        this(rows, kept, forgotten, counters, DroppedRows.NONE);
    }

    /** A batch that says nothing of connections. */
    public Batch(
            List<OutboxEntry> rows,
            List<InventoryRow> kept,
            List<String> forgotten,
            Map<String, Long> counters,
            DroppedRows reportedDrops) {
        this(rows, kept, forgotten, List.of(), counters, reportedDrops);
    }

    Batch withRows(List<OutboxEntry> others) {
        return new Batch(others, kept, forgotten, connections, counters, reportedDrops);
    }

    Batch withoutRows() {
        return withRows(List.of());
    }

    /** Both as one: to commit it leaves what committing one after the other would leave. */
    Batch plus(Batch later) {
        List<OutboxEntry> both = new ArrayList<>(rows);
        both.addAll(later.rows);
        Map<String, InventoryRow> domains = new LinkedHashMap<>();
        kept.forEach(row -> domains.put(row.key(), row));
        Set<String> gone = new LinkedHashSet<>(forgotten);
        for (InventoryRow row : later.kept) {
            String begun = gone.remove(row.key()) ? "" : null;
            domains.merge(
                    row.key(),
                    row.metadata() == null ? new InventoryRow(row.key(), row.domain(), begun) : row,
                    (before, now) -> now.metadata() == null
                            ? new InventoryRow(now.key(), now.domain(), before.metadata())
                            : now);
        }
        later.forgotten.forEach(domains::remove);
        gone.addAll(later.forgotten);
        Map<String, ConnectionRow> open = new LinkedHashMap<>();
        connections.forEach(row -> open.put(row.uri(), row));
        later.connections.forEach(row -> open.put(row.uri(), row));
        Map<String, Long> numbers = new HashMap<>(counters);
        numbers.putAll(later.counters);
        return new Batch(
                both,
                List.copyOf(domains.values()),
                List.copyOf(gone),
                List.copyOf(open.values()),
                numbers,
                reportedDrops.plus(later.reportedDrops));
    }
}
