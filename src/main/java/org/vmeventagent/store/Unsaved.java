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
 * beyond that rows go in the order of {@link Bounds}, down to nine tenths. Beside the rows it holds at most what the
 * inventory has. Thread-safe: the writer's thread fills and empties it, the publisher's reads and releases.
 */
final class Unsaved {
    private final long mostBytes;
    private final TreeMap<Long, Entry> rows = new TreeMap<>();
    /** Numbers of rows that are given up under a routing key, and may be wanted under another one. */
    private final Set<Long> givenUp = new HashSet<>();
    /** Without rows. */
    private Batch rest = Batch.EMPTY;

    private Loss lost = Loss.NONE;
    private boolean empty = true;
    private long bytes;
    private long ownBytes;

    Unsaved(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Returns what was given up to make room; it is part of {@link #lost} from now on. */
    synchronized Loss add(Batch batch) {
        empty = false;
        rest = rest.plus(batch.withoutRows());
        for (Entry entry : batch.rows()) {
            rows.put(entry.row().sequence(), entry);
            count(entry, 1);
        }
        Loss gone = makeRoom();
        lost = lost.plus(gone);
        return gone;
    }

    /** Owes something more. */
    synchronized void owe(Loss more) {
        empty = false;
        lost = lost.plus(more);
    }

    /** What is here, with another batch behind it. */
    synchronized Batch with(Batch later) {
        return rest.withRows(List.copyOf(rows.values())).plus(later);
    }

    /** Rows that nobody takes under one of their routing keys: they are lost once they are released unsaved. */
    synchronized void giveUp(Collection<Long> numbers) {
        numbers.stream().filter(rows::containsKey).forEach(givenUp::add);
    }

    /** What was given up and is on no disk. */
    synchronized Loss lost() {
        return lost;
    }

    /** All of it is on disk. */
    synchronized void saved() {
        rows.clear();
        givenUp.clear();
        rest = Batch.EMPTY;
        lost = Loss.NONE;
        empty = true;
        bytes = 0;
        ownBytes = 0;
    }

    synchronized boolean isEmpty() {
        return empty;
    }

    synchronized List<OutboxRow> rows(String priority, long after, int most) {
        return rows.tailMap(after, false).values().stream()
                .map(Entry::row)
                .filter(row -> row.priority().equals(priority))
                .limit(most)
                .toList();
    }

    synchronized void release(String priority, long upTo) {
        List<Given> released = remove(
                rows.headMap(upTo, true).values().iterator(),
                entry -> entry.row().priority().equals(priority),
                Long.MIN_VALUE);
        released.removeIf(row -> !givenUp.remove(row.sequence()));
        lost = lost.plus(Loss.of(released));
    }

    /** The number of its oldest row; a number greater than any while there is none. */
    synchronized long first() {
        return rows.isEmpty() ? Long.MAX_VALUE : rows.firstKey();
    }

    synchronized int count() {
        return rows.size();
    }

    private Loss makeRoom() {
        if (bytes <= mostBytes) {
            return Loss.NONE;
        }
        Map<String, Long> newest = new HashMap<>();
        rows.forEach((sequence, entry) -> {
            if (entry.rank() == Rank.STATE) {
                newest.put(entry.subject(), sequence);
            }
        });
        List<Predicate<Entry>> order = List.of(
                entry -> entry.rank() == Rank.OWN && ownBytes > mostBytes / 10,
                entry -> entry.rank() == Rank.DETAIL,
                entry -> entry.rank() == Rank.STATE
                        && newest.getOrDefault(entry.subject(), 0L)
                                > entry.row().sequence(),
                entry -> entry.rank() == Rank.STATE);
        List<Given> gone = new ArrayList<>();
        for (Predicate<Entry> which : order) {
            gone.addAll(remove(rows.values().iterator(), which, mostBytes / 10 * 9));
        }
        return Loss.of(gone);
    }

    /** Removes rows until so many bytes are left, or there are no more such rows. */
    private List<Given> remove(Iterator<Entry> from, Predicate<Entry> which, long enough) {
        List<Given> removed = new ArrayList<>();
        while (bytes > enough && from.hasNext()) {
            Entry entry = from.next();
            if (which.test(entry)) {
                from.remove();
                count(entry, -1);
                removed.add(new Given(entry.row().sequence(), entry.name(), entry.subject(), size(entry)));
            }
        }
        return removed;
    }

    private void count(Entry entry, int sign) {
        bytes += sign * size(entry);
        ownBytes += entry.rank() == Rank.OWN ? sign * size(entry) : 0;
    }

    private static long size(Entry entry) {
        return (long) Given.BESIDE_BODY + entry.row().body().length;
    }
}
