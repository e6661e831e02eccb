package org.vmeventagent.store;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * Reads the database of an agent, whether it runs or not, without changing anything: for commands. Whoever may read the file
 * may use it. One thread.
 */
public final class DatabaseReader implements AutoCloseable {
    private final Path path;
    private final Connection connection;

    /**
     * A row of the outbox.
     *
     * @param waits whether it waits for the broker's confirm; else it is history
     * @param dropped whether it waited too long for the queue of a routing key
     * @param topic the only one that gets it; null for every topic of the configuration
     * @param body the notification, JSON
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on as it is, never compared
    public record Row(
            long sequence,
            boolean waits,
            boolean dropped,
            @Nullable String topic,
            byte[] body) {

        private static Row of(ResultSet row) throws SQLException {
            return new Row(row.getLong(1), row.getBoolean(2), row.getBoolean(3), row.getString(4), row.getBytes(5));
        }
    }

    private DatabaseReader(Path path, Connection connection) {
        this.path = path;
        this.connection = connection;
    }

    /**
     * Opens it.
     *
     * @throws StoreException when it can't be read: one line that names the file and the reason
     */
    @SuppressWarnings("MustBeClosed") // the caller's
    public static DatabaseReader open(Path path) {
        if (!Files.isReadable(path)) {
            throw new StoreException(path, unreadable(path), null);
        }
        // Without a log no agent runs, and SQLite would make one; with it the database is its latest state.
        boolean hasLog = Files.exists(path.resolveSibling(path.getFileName() + "-wal"));
        URI uri = path.toAbsolutePath().toUri();
        SQLiteConfig sqlite = new SQLiteConfig();
        sqlite.setReadOnly(true);
        sqlite.setBusyTimeout(Database.BUSY_MILLIS);
        try {
            Connection connection = sqlite.createConnection(
                    "jdbc:sqlite:file:" + uri.getRawPath() + "?mode=ro" + (hasLog ? "" : "&immutable=1"));
            try {
                Schema.requireOurs(connection, path);
                return new DatabaseReader(path, connection);
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw StoreException.of(path, e);
        }
    }

    private static String unreadable(Path path) {
        Path directory = path.toAbsolutePath().getParent();
        if (Files.exists(path) || (directory != null && Files.exists(directory) && !Files.isReadable(directory))) {
            return "can't be read as user " + System.getProperty("user.name")
                    + "; be root or in the group of the file (vm-event-agent)";
        }
        return "there is no such file; has the agent run on this host, and with this configuration ([outbox] path)?";
    }

    /**
     * Hands on the rows, the oldest first.
     *
     * @param containing only those that contain this, as JSON writes it, and gaps; all where it is empty
     */
    public void forEachRow(String containing, Consumer<Row> consumer) {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT sequence, sequence > up_to, dropped, topic, body FROM outbox JOIN released USING (priority)"
                        + " WHERE ?1 = '' OR event = 'agent.gap' OR instr(CAST(body AS TEXT), ?1) > 0 ORDER BY sequence")) {
            select.setString(1, containing);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    consumer.accept(Row.of(row));
                }
            }
        } catch (SQLException e) {
            throw StoreException.of(path, e);
        }
    }

    /** Hands on what is known of each domain, in the order of the keys. */
    public void forEachDomain(Consumer<InventoryRow> consumer) {
        try (PreparedStatement select =
                        connection.prepareStatement("SELECT domain, state, metadata FROM inventory ORDER BY domain");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                consumer.accept(new InventoryRow(row.getString(1), row.getString(2), row.getString(3)));
            }
        } catch (SQLException e) {
            throw StoreException.of(path, e);
        }
    }

    /** Hands on the rows, the latest first, as long as it returns true. */
    public void forEachRowBackwards(Predicate<Row> consumer) {
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT sequence, sequence > up_to, dropped, topic, body FROM outbox JOIN released USING (priority)"
                                + " ORDER BY sequence DESC");
                ResultSet row = select.executeQuery()) {
            boolean goesOn = true;
            while (goesOn && row.next()) {
                goesOn = consumer.test(Row.of(row));
            }
        } catch (SQLException e) {
            throw StoreException.of(path, e);
        }
    }

    /**
     * What waits for the broker's confirm under a routing key.
     *
     * @param oldest the number of the oldest row; 0 where none waits
     */
    public record RoutingKey(String name, long waiting, long oldest) {}

    /** Each routing key, in the order of their names. What was confirmed within the last second may still wait here. */
    public List<RoutingKey> routingKeys() {
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT routing_key, count(waiting.sequence), min(waiting.sequence) FROM ack_position LEFT JOIN waiting"
                                + " ON routing_key LIKE '%.' || priority AND waiting.sequence > ack_position.sequence"
                                + " AND (routing_key = topic || '.' || priority OR (topic IS NULL AND NOT only_filters))"
                                + " GROUP BY routing_key ORDER BY routing_key");
                ResultSet row = select.executeQuery()) {
            List<RoutingKey> keys = new ArrayList<>();
            while (row.next()) {
                keys.add(new RoutingKey(row.getString(1), row.getLong(2), row.getLong(3)));
            }
            return keys;
        } catch (SQLException e) {
            throw StoreException.of(path, e);
        }
    }

    /** Rows that wait, the oldest first. */
    public List<Row> waiting(long most) {
        return rows("SELECT sequence, 1, dropped, topic, body FROM waiting ORDER BY sequence LIMIT ?", most);
    }

    /** The row of that number, whether it waits or not. */
    public Optional<Row> row(long sequence) {
        return rows(
                        "SELECT sequence, sequence > up_to, dropped, topic, body FROM outbox JOIN released USING (priority)"
                                + " WHERE sequence = ?",
                        sequence)
                .stream()
                .findFirst();
    }

    private List<Row> rows(String sql, long parameter) {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setLong(1, parameter);
            List<Row> rows = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    rows.add(Row.of(row));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw StoreException.of(path, e);
        }
    }

    /** How many rows wait that have a smaller number, but for those that are never dropped. */
    public long countDroppable(long before) {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT count(*) FROM waiting WHERE sequence < ? AND drop_priority <> 'never'")) {
            select.setLong(1, before);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        } catch (SQLException e) {
            throw StoreException.of(path, e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw StoreException.of(path, e);
        }
    }
}
