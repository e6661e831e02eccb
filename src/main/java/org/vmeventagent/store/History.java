package org.vmeventagent.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the outbox that wait no more: kept where they are until there are too many bytes of them, or they are too old.
 * So none is written twice. They are never among what is dropped: what waits has the room first. The writer's thread owns it.
 */
final class History {
    /** Rows deleted in one transaction: some milliseconds, for which events wait. */
    private static final int STEP = 100;

    /** Once it is full, this part of it goes: a steady stream is not held up by each tick. */
    private static final int PART = 16;

    private final Connection connection;
    private final long maxBytes;
    private final long maxAgeMillis;
    private final AtomicLong bytes = new AtomicLong();

    /** How many bytes it may have: the bound, and less while a part of it goes. */
    private long limit;

    /** Priority to the number up to which its rows are among the bytes. */
    private final Map<String, Long> measured = new HashMap<>();

    /**
     * Reads nothing before {@link #trim}.
     *
     * @param maxBytes 0 keeps none
     * @param maxAgeMillis of a row, as {@link OutboxRow#observedAt}; 0 keeps none
     */
    History(Connection connection, long maxBytes, long maxAgeMillis) {
        this.connection = connection;
        this.maxBytes = maxAgeMillis == 0 ? 0 : maxBytes;
        this.maxAgeMillis = maxAgeMillis;
        this.limit = this.maxBytes;
    }

    /** Whether any is kept; else a row is deleted when it waits no more. */
    boolean isKept() {
        return maxBytes > 0;
    }

    /** How many bytes were kept when it was last trimmed, about. Any thread. */
    long bytes() {
        return bytes.get();
    }

    /** Something else made rows wait again: what is kept is measured as a whole once more. */
    void changed() {
        measured.clear();
        bytes.set(0);
    }

    /**
     * Deletes some of what is beyond the bounds, in a transaction of its own. So a commit costs no more for what is kept.
     *
     * @param now as {@link OutboxRow#observedAt}
     * @return whether more is to go
     */
    boolean trim(long now) throws SQLException {
        Map<String, Long> released = measure();
        long oldest = now - maxAgeMillis;
        if (bytes.get() > maxBytes) {
            limit = maxBytes - maxBytes / PART;
        }
        if (bytes.get() > limit) {
            delete(released, bytes.get() - limit, STEP, Long.MAX_VALUE);
        } else if (isAged(released, oldest)) {
            delete(released, Long.MAX_VALUE, STEP, oldest);
        }
        if (bytes.get() <= limit) {
            limit = maxBytes;
        }
        return bytes.get() > limit || isAged(released, oldest);
    }

    /** Deletes the oldest until there are so many bytes less, or none is left. */
    void makeRoom(long wanted) throws SQLException {
        delete(measure(), wanted, Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    private boolean isAged(Map<String, Long> released, long before) throws SQLException {
        Priority oldest = oldest(released);
        return oldest != null
                && Sql.count(connection, "SELECT agent_ran_ms FROM outbox WHERE sequence = " + oldest.first) < before;
    }

    /** Adds what has come to the history since the last time; priority to the number up to which its rows wait no more. */
    private Map<String, Long> measure() throws SQLException {
        Map<String, Long> released = Sql.numbers(connection, "SELECT priority, up_to FROM released");
        for (Map.Entry<String, Long> priority : released.entrySet()) {
            long before = measured.getOrDefault(priority.getKey(), 0L);
            if (priority.getValue() > before) {
                bytes.addAndGet(sum(priority.getKey(), before, priority.getValue()));
                measured.put(priority.getKey(), priority.getValue());
            }
        }
        return released;
    }

    /** Deletes the oldest rows that are kept, so many bytes or rows, as long as they were observed before. */
    private void delete(Map<String, Long> released, long wanted, int most, long before) throws SQLException {
        AtomicLong gone = new AtomicLong();
        Sql.inTransaction(connection, () -> {
            int rows = 0;
            Priority oldest = oldest(released);
            while (gone.get() < wanted && rows < most && oldest != null) {
                Part part = part(oldest, wanted - gone.get(), before);
                deleteRows(oldest.name, part.last);
                gone.addAndGet(part.bytes);
                rows += part.rows;
                oldest = part.isEnd ? null : oldest(released);
            }
            if (oldest == null && before == Long.MAX_VALUE) {
                gone.set(bytes.get()); // none is left, whatever was measured
            }
        });
        bytes.addAndGet(-gone.get());
    }

    private void deleteRows(String priority, long upTo) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM outbox WHERE priority = ? AND sequence <= ?")) {
            delete.setString(1, priority);
            delete.setLong(2, upTo);
            delete.executeUpdate();
        }
    }

    /** Of which priority the oldest row is that is kept; null where none is. */
    private @Nullable Priority oldest(Map<String, Long> released) throws SQLException {
        Priority oldest = null;
        for (Map.Entry<String, Long> priority : released.entrySet()) {
            long first = first(priority.getKey());
            if (first == 0 || first > priority.getValue()) {
                continue;
            }
            if (oldest == null) {
                oldest = new Priority(priority.getKey(), first, priority.getValue());
            } else if (first < oldest.first) {
                oldest = new Priority(priority.getKey(), first, Math.min(priority.getValue(), oldest.first - 1));
            } else {
                oldest = new Priority(oldest.name, oldest.first, Math.min(oldest.last, first - 1));
            }
        }
        return oldest;
    }

    /** Which of its rows go at once. */
    private Part part(Priority oldest, long wanted, long before) throws SQLException {
        long last = oldest.first - 1;
        long sum = 0;
        int rows = 0;
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT sequence, length(body), agent_ran_ms FROM outbox WHERE priority = ? AND sequence <= ?"
                        + " ORDER BY sequence LIMIT " + STEP)) {
            select.setString(1, oldest.name);
            select.setLong(2, oldest.last);
            try (ResultSet row = select.executeQuery()) {
                while (sum < wanted && row.next()) {
                    if (row.getLong(3) >= before) {
                        return new Part(last, rows, sum, true);
                    }
                    last = row.getLong(1);
                    sum += DroppedRows.Row.BESIDE_BODY + row.getLong(2);
                    rows++;
                }
            }
        }
        return new Part(last, rows, sum, false);
    }

    private long first(String priority) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT min(sequence) FROM outbox WHERE priority = ?")) {
            select.setString(1, priority);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    private long sum(String priority, long after, long upTo) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT sum(length(body) + " + DroppedRows.Row.BESIDE_BODY
                        + ") FROM outbox WHERE priority = ? AND sequence > ? AND sequence <= ?")) {
            select.setString(1, priority);
            select.setLong(2, after);
            select.setLong(3, upTo);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    /** A priority with rows that are kept: the oldest of all of them, and the last before another priority's. */
    private record Priority(String name, long first, long last) {}

    /**
     * Rows of one priority.
     *
     * @param isEnd whether the next of them is too new
     */
    private record Part(long last, int rows, long bytes, boolean isEnd) {}
}
