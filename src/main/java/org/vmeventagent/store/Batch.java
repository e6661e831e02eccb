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
 * @param counters name to new value; {@link Store#SEQUENCE} is one of them
 * @param lost what was given up before it came into the outbox
 * @param settled what the rows tell of {@link Store#loss}
 */
public record Batch(
        List<Entry> rows,
        List<InventoryRow> kept,
        List<String> forgotten,
        Map<String, Long> counters,
        Loss lost,
        Loss settled) {

    /** Carries nothing but what {@link Outbox#acknowledge} and {@link Outbox#release} left to be kept. */
    public static final Batch EMPTY = new Batch(List.of(), List.of(), List.of(), Map.of());

    public Batch {
        rows = List.copyOf(rows);
        kept = List.copyOf(kept);
        forgotten = List.copyOf(forgotten);
        counters = Map.copyOf(counters);
    }

    /** A batch in which nothing was lost. */
    public Batch(List<Entry> rows, List<InventoryRow> kept, List<String> forgotten, Map<String, Long> counters) {
        this(rows, kept, forgotten, counters, Loss.NONE, Loss.NONE);
    }

    /** Both, as if they were committed one after the other. */
    Batch then(Batch later) {
        List<Entry> allRows = new ArrayList<>(rows);
        allRows.addAll(later.rows);
        Map<String, InventoryRow> inventory = new LinkedHashMap<>();
        kept.forEach(row -> inventory.put(row.key(), row));
        later.kept.forEach(row -> inventory.merge(
                row.key(),
                row,
                (before, now) ->
                        now.metadata() == null ? new InventoryRow(now.key(), now.life(), before.metadata()) : now));
        Set<String> gone = new LinkedHashSet<>(forgotten);
        later.kept.forEach(row -> gone.remove(row.key()));
        gone.addAll(later.forgotten);
        Map<String, Long> values = new HashMap<>(counters);
        values.putAll(later.counters);
        return new Batch(
                allRows,
                List.copyOf(inventory.values()),
                List.copyOf(gone),
                values,
                lost.plus(later.lost),
                settled.withoutSubjects(later.lost.subjects()).plus(later.settled));
    }

    /** Without the rows that nobody wants any more. */
    Batch without(Map<String, Long> released) {
        List<Entry> wanted = rows.stream()
                .filter(entry -> entry.row().sequence()
                        > released.getOrDefault(entry.row().priority(), 0L))
                .toList();
        return new Batch(wanted, kept, forgotten, counters, lost, settled);
    }

    /** Without the oldest rows that are too many for that room; they are lost then. */
    Batch within(long bytes) {
        long excess = rows.stream().map(Given::of).mapToLong(Given::bytes).sum() - bytes;
        List<Given> gone = new ArrayList<>();
        List<Entry> left = new ArrayList<>(rows.size());
        for (Entry entry : rows) {
            if (excess > 0 && entry.rank() != Rank.NOTICE) {
                Given given = Given.of(entry);
                excess -= given.bytes();
                gone.add(given);
            } else {
                left.add(entry);
            }
        }
        if (gone.isEmpty()) {
            return this;
        }
        Loss more = Loss.of(gone);
        return new Batch(left, kept, forgotten, counters, lost.plus(more), settled.withoutSubjects(more.subjects()));
    }
}
