package org.vmeventagent.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The reading connection: sees what is committed, never waits for the writer, never makes it wait. Thread-safe. */
final class ReadConnection implements AutoCloseable {
    /** Each row is read once, if at all: what was just committed is in the {@link RowCache}. SQLite would take 2 MB. */
    private static final int CACHE_KIB = 256;

    private final Connection connection;
    private final PreparedStatement rowsAfter;

    @SuppressWarnings("PreparedStatementLeak") // closing the connection closes it
    ReadConnection(Connection connection) throws SQLException {
        this.connection = connection;
        Sql.run(connection, "PRAGMA query_only = 1");
        Sql.run(connection, "PRAGMA cache_size = -" + CACHE_KIB);
        rowsAfter = connection.prepareStatement(
                "SELECT sequence, priority, topic, message_id, agent_ran_ms, body FROM outbox"
                        + " WHERE priority = ?1 AND sequence > max(?2, ifnull((SELECT up_to FROM released WHERE priority = ?1), 0))"
                        + " ORDER BY sequence LIMIT ?3");
    }

    synchronized List<OutboxRow> rows(String priority, long after, int most) throws SQLException {
        rowsAfter.setString(1, priority);
        rowsAfter.setLong(2, after);
        rowsAfter.setInt(3, most);
        List<OutboxRow> rows = new ArrayList<>(Math.min(most, 256));
        try (ResultSet result = rowsAfter.executeQuery()) {
            while (result.next()) {
                rows.add(new OutboxRow(
                        result.getLong(1),
                        result.getString(2),
                        result.getString(3),
                        result.getString(4),
                        result.getLong(5),
                        result.getBytes(6)));
            }
        }
        return rows;
    }

    synchronized List<InventoryRow> inventory() throws SQLException {
        List<InventoryRow> rows = new ArrayList<>();
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT domain, state, metadata FROM inventory ORDER BY domain");
                ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                rows.add(new InventoryRow(result.getString(1), result.getString(2), result.getString(3)));
            }
        }
        return rows;
    }

    synchronized List<ConnectionRow> connections() throws SQLException {
        List<ConnectionRow> rows = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(
                        "SELECT uri, seeded, certain_at, lost, host_name, boot_id FROM connection ORDER BY uri");
                ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                String certainAt = result.getString(3);
                rows.add(new ConnectionRow(
                        result.getString(1),
                        result.getBoolean(2),
                        certainAt == null ? null : Instant.parse(certainAt),
                        result.getBoolean(4),
                        result.getString(5),
                        result.getString(6)));
            }
        }
        return rows;
    }

    synchronized long bytesInUse() throws SQLException {
        return (Sql.count(connection, "PRAGMA page_count") - Sql.count(connection, "PRAGMA freelist_count"))
                * Sql.count(connection, "PRAGMA page_size");
    }

    synchronized long count(String sql) throws SQLException {
        return Sql.count(connection, sql);
    }

    @Override
    public synchronized void close() throws SQLException {
        connection.close();
    }
}
