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
    /** Rows deleted by one statement. */
    private static final int STEP = 100;

    /** Rows deleted for their age at once. */
    private static final int MOST_AGED = 1_000;

    private final Connection connection;
    private final long maxBytes;
    private final long maxAgeMillis;
    private final Map<String, Long> released = new HashMap<>();
    private boolean known;
    private final AtomicLong bytes = new AtomicLong();

    /**
     * @param maxBytes 0 keeps none
     * @param maxAgeMillis of a row, as {@link OutboxRow#recordedAt}; 0 keeps none
     */
    History(Connection connection, long maxBytes, long maxAgeMillis) throws SQLException {
        this.connection = connection;
        this.maxBytes = maxAgeMillis == 0 ? 0 : maxBytes;
        this.maxAgeMillis = maxAgeMillis;
        read();
    }

    /** How many bytes are kept, about. Any thread. */
    long bytes() {
        return bytes.get();
    }

    /** A transaction begins; without {@link #committed} after it nothing of what it did counts. */
    void begin() throws SQLException {
        if (!known) {
            read();
        }
        known = false;
    }

    void committed() {
        known = true;
    }

    /** Something else wrote to the tables. */
    void changed() {
        known = false;
    }

    /** A row of this priority is written. Part of a transaction. */
    void add(String priority) throws SQLException {
        if (!released.containsKey(priority)) {
            run("INSERT INTO released VALUES (?, ?)", priority, 0);
            released.put(priority, 0L);
        }
    }

    /** Rows of this priority up to this number wait no more. Part of a transaction. */
    void release(String priority, long upTo) throws SQLException {
        add(priority);
        long before = released.getOrDefault(priority, 0L);
        if (upTo <= before) {
            return;
        }
        run("UPDATE released SET up_to = ?2 WHERE priority = ?1", priority, upTo);
        released.put(priority, upTo);
        bytes.addAndGet(sum(priority, before, upTo));
        delete(bytes.get() - maxBytes, Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    /** Deletes the oldest until there are so many bytes less, or none is left. */
    void makeRoom(long wanted) throws SQLException {
        begin();
        Sql.inTransaction(connection, () -> delete(wanted, Integer.MAX_VALUE, Long.MAX_VALUE));
        committed();
    }

    /**
     * Deletes some of what is too old.
     *
     * @param now as {@link OutboxRow#recordedAt}
     */
    void deleteAged(long now) throws SQLException {
        begin();
        Sql.inTransaction(connection, () -> delete(Long.MAX_VALUE, MOST_AGED, now - maxAgeMillis));
        committed();
    }

    /** Whether something is kept that is too old. */
    boolean isAged(long now) throws SQLException {
        Priority oldest = oldest();
        return oldest != null
                && Sql.count(connection, "SELECT agent_ran_ms FROM outbox WHERE sequence = " + oldest.first)
                        < now - maxAgeMillis;
    }

    /** Deletes the oldest rows that are kept, so many bytes or rows, as long as they were recorded before. */
    private void delete(long wanted, int most, long before) throws SQLException {
        long left = wanted;
        int rows = 0;
        for (Priority oldest = oldest(); left > 0 && rows < most && oldest != null; oldest = oldest()) {
            Part part = part(oldest, left, before);
            run("DELETE FROM outbox WHERE priority = ? AND sequence <= ?", oldest.name, part.last);
            bytes.addAndGet(-part.bytes);
            left -= part.bytes;
            rows += part.rows;
            if (part.isEnd) {
                return;
            }
        }
    }

    /** Of which priority the oldest row is that is kept; null where none is. */
    private @Nullable Priority oldest() throws SQLException {
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

    private void run(String sql, String priority, long number) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, priority);
            statement.setLong(2, number);
            statement.executeUpdate();
        }
    }

    private void read() throws SQLException {
        released.clear();
        released.putAll(Sql.numbers(connection, "SELECT priority, up_to FROM released"));
        long sum = 0;
        for (Map.Entry<String, Long> priority : released.entrySet()) {
            sum += sum(priority.getKey(), 0, priority.getValue());
        }
        bytes.set(sum);
        known = true;
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
