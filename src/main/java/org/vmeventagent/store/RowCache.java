package org.vmeventagent.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The rows that were committed last, kept in memory as well: a publisher that keeps up need not read back from the file
 * what was just written there. That would take it as long as all the rest it does; see docs/benchmarks.md. Thread-safe.
 */
final class RowCache {
    /** Bytes of bodies. A publisher's window of messages fits in. */
    private static final int MAX_BYTES = 512 * 1024;

    private final TreeMap<Long, OutboxRow> rows = new TreeMap<>();
    private long bytes;
    private long onlyInFile;

    /** @param latest the number of the latest row in the file */
    RowCache(long latest) {
        this.onlyInFile = latest;
    }

    /**
     * Takes what was committed, and forgets what waits no more.
     *
     * @param released priority to the number up to which its rows wait no more
     */
    synchronized void committed(Batch batch, Map<String, Long> released) {
        rows.values().removeIf(row -> isReleased(row, released));
        for (OutboxEntry outboxEntry : batch.rows()) {
            OutboxRow row = outboxEntry.row();
            rows.put(row.sequence(), row);
            bytes += row.body().length;
        }
        while (bytes > MAX_BYTES) {
            forget(rows.firstKey());
        }
    }

    /** Some rows of the file were dropped. */
    synchronized void forgetAll() {
        if (!rows.isEmpty()) {
            forget(rows.lastKey());
        }
    }

    /** Rows up to this number are not here, and none that is newer is there yet. */
    synchronized void skip(long upTo) {
        forget(upTo);
    }

    /** As {@link Outbox#read}; empty where the file must be asked. */
    synchronized Optional<List<OutboxRow>> read(String priority, long after, int most) {
        if (after < onlyInFile) {
            return Optional.empty();
        }
        List<OutboxRow> found = new ArrayList<>();
        for (OutboxRow row : rows.tailMap(after, false).values()) {
            if (found.size() == most) {
                break;
            }
            if (row.priority().equals(priority)) {
                found.add(row);
            }
        }
        return Optional.of(found);
    }

    private boolean isReleased(OutboxRow row, Map<String, Long> released) {
        boolean isReleased = row.sequence() <= released.getOrDefault(row.priority(), 0L);
        bytes -= isReleased ? row.body().length : 0;
        return isReleased;
    }

    /** Rows up to this one wait no more, or must come from the file. */
    private void forget(long upTo) {
        while (!rows.isEmpty() && rows.firstKey() <= upTo) {
            bytes -= rows.pollFirstEntry().getValue().body().length;
        }
        onlyInFile = Math.max(onlyInFile, upTo);
    }
}
