package org.vmeventagent.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What the disk has not taken yet: batches that were recorded all the same, as one. Bounded by the bytes of its rows;
 * beyond that rows are dropped in {@link DropOrder}, down to nine tenths. Beside the rows it holds at most what the
 * inventory has. Thread-safe: the writer's thread fills and empties it, the publisher's reads and releases.
 */
final class MemoryBuffer {
    private final long maxBytes;
    private final TreeMap<Long, OutboxEntry> rows = new TreeMap<>();
    /** Numbers of rows that are dropped under a routing key, and may be wanted under another one. */
    private final Set<Long> droppedSequences = new HashSet<>();
    /** Without rows. */
    private Batch rest = Batch.EMPTY;

    private DroppedRows dropped = DroppedRows.NONE;
    private boolean empty = true;
    private long bytes;
    private long agentBytes;

    MemoryBuffer(long mostBytes) {
        this.maxBytes = mostBytes;
    }

    /** Returns what was dropped to make room; it is part of {@link #dropped} from now on. */
    synchronized DroppedRows add(Batch batch) {
        empty = false;
        rest = rest.plus(batch.withoutRows());
        for (OutboxEntry outboxEntry : batch.rows()) {
            rows.put(outboxEntry.row().sequence(), outboxEntry);
            count(outboxEntry, 1);
        }
        DroppedRows gone = makeRoom();
        dropped = dropped.plus(gone);
        return gone;
    }

    /** More that was dropped and is to be reported. */
    synchronized void addDropped(DroppedRows more) {
        empty = false;
        dropped = dropped.plus(more);
    }

    /** What is here, with another batch behind it. */
    synchronized Batch with(Batch later) {
        return rest.withRows(List.copyOf(rows.values())).plus(later);
    }

    /** Rows that nobody takes under one of their routing keys: they are lost once they are released unsaved. */
    synchronized void drop(Collection<Long> numbers) {
        numbers.stream().filter(rows::containsKey).forEach(droppedSequences::add);
    }

    /** What was dropped, and is unreported and on no disk. */
    synchronized DroppedRows dropped() {
        return dropped;
    }

    /** All of it is on disk. */
    synchronized void saved() {
        rows.clear();
        droppedSequences.clear();
        rest = Batch.EMPTY;
        dropped = DroppedRows.NONE;
        empty = true;
        bytes = 0;
        agentBytes = 0;
    }

    synchronized boolean isEmpty() {
        return empty;
    }

    synchronized List<OutboxRow> rows(String priority, long after, int most) {
        return rows.tailMap(after, false).values().stream()
                .map(OutboxEntry::row)
                .filter(row -> row.priority().equals(priority))
                .limit(most)
                .toList();
    }

    synchronized void release(String priority, long upTo) {
        List<DroppedRows.Row> released = remove(
                rows.headMap(upTo, true).values().iterator(),
                outboxEntry -> outboxEntry.row().priority().equals(priority),
                Long.MIN_VALUE);
        released.removeIf(row -> !droppedSequences.remove(row.sequence()));
        dropped = dropped.plus(DroppedRows.of(released));
    }

    /** The number of its oldest row; a number greater than any while there is none. */
    synchronized long first() {
        return rows.isEmpty() ? Long.MAX_VALUE : rows.firstKey();
    }

    synchronized int count() {
        return rows.size();
    }

    private DroppedRows makeRoom() {
        if (bytes <= maxBytes) {
            return DroppedRows.NONE;
        }
        Map<String, Long> latest = new HashMap<>();
        rows.forEach((sequence, outboxEntry) -> {
            if (outboxEntry.dropPriority() == DropPriority.STATE) {
                latest.put(outboxEntry.subject(), sequence);
            }
        });
        List<DroppedRows.Row> gone = new ArrayList<>();
        for (DropOrder step : DropOrder.values()) {
            Predicate<OutboxEntry> included = outboxEntry ->
                    step.includes(outboxEntry, isSuperseded(outboxEntry, latest), agentBytes > maxBytes / 10);
            gone.addAll(remove(rows.values().iterator(), included, maxBytes / 10 * 9));
        }
        return DroppedRows.of(gone);
    }

    private static boolean isSuperseded(OutboxEntry outboxEntry, Map<String, Long> latest) {
        return latest.getOrDefault(outboxEntry.subject(), 0L)
                > outboxEntry.row().sequence();
    }

    /** Removes rows until so many bytes are left, or there are no more such rows. */
    private List<DroppedRows.Row> remove(Iterator<OutboxEntry> from, Predicate<OutboxEntry> which, long enough) {
        List<DroppedRows.Row> removed = new ArrayList<>();
        while (bytes > enough && from.hasNext()) {
            OutboxEntry outboxEntry = from.next();
            if (which.test(outboxEntry)) {
                from.remove();
                count(outboxEntry, -1);
                removed.add(new DroppedRows.Row(
                        outboxEntry.row().sequence(), outboxEntry.name(), outboxEntry.subject(), size(outboxEntry)));
            }
        }
        return removed;
    }

    private void count(OutboxEntry outboxEntry, int sign) {
        bytes += sign * size(outboxEntry);
        agentBytes += outboxEntry.dropPriority() == DropPriority.AGENT ? sign * size(outboxEntry) : 0;
    }

    private static long size(OutboxEntry outboxEntry) {
        return (long) DroppedRows.Row.BESIDE_BODY + outboxEntry.row().body().length;
    }
}
