package org.vmeventagent.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/** The writing connection with its statements. One thread at a time, the writer's. */
final class WriteConnection implements AutoCloseable {
    private final Connection connection;
    private final DroppedRows.Table droppedRows;
    private final History history;
    private final OutboxBounds bounds;
    private final List<PreparedStatement> prepared = new ArrayList<>();
    private PreparedStatement insertRow;
    private PreparedStatement keepDomain;
    private PreparedStatement forgetDomain;
    private PreparedStatement keepConnection;
    private PreparedStatement setCounter;
    private PreparedStatement raiseAckPosition;
    private PreparedStatement addPriority;
    private PreparedStatement release;
    private PreparedStatement deleteRows;
    /** Of which the table released has a row. */
    private final Set<String> priorities = new HashSet<>();

    private boolean failed;
    /** Whether nothing can become too much or too old, nor be released, until the next commit: spares checks at rest. */
    private boolean withinBounds;

    WriteConnection(Connection connection, StoreConfig config) throws SQLException {
        this.connection = connection;
        droppedRows = new DroppedRows.Table(connection);
        history = new History(
                connection, config.historyBytes(), config.historyAge().toMillis());
        bounds = new OutboxBounds(connection, droppedRows, history, config.maxBytes());
        prepare();
    }

    private void prepare() throws SQLException {
        // A commit that was reported as failed may have reached the disk: writing it again must not fail.
        insertRow = statement("INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)");
        keepDomain = statement("INSERT INTO inventory VALUES (?1, ?2, COALESCE(?3, ''))"
                + " ON CONFLICT (domain) DO UPDATE SET state = ?2, metadata = COALESCE(?3, metadata)");
        forgetDomain = statement("DELETE FROM inventory WHERE domain = ?");
        keepConnection = statement("INSERT OR REPLACE INTO connection VALUES (?, ?, ?, ?, ?, ?)");
        setCounter = statement("INSERT OR REPLACE INTO counter VALUES (?, ?)");
        raiseAckPosition = statement("INSERT INTO ack_position (routing_key, sequence) VALUES (?1, ?2)"
                + " ON CONFLICT (routing_key) DO UPDATE SET sequence = max(sequence, ?2)");
        addPriority = statement("INSERT OR IGNORE INTO released VALUES (?, 0)");
        release = statement("INSERT INTO released VALUES (?1, ?2)"
                + " ON CONFLICT (priority) DO UPDATE SET up_to = max(up_to, ?2)");
        deleteRows = statement("DELETE FROM outbox WHERE priority = ? AND sequence <= ?");
    }

    private PreparedStatement statement(String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        prepared.add(statement);
        return statement;
    }

    /** The driver closes a statement that fails in the middle: it can't be executed again. */
    private void renew() throws SQLException {
        for (PreparedStatement statement : prepared) {
            statement.close();
        }
        prepared.clear();
        priorities.clear();
        prepare();
        failed = false;
    }

    /**
     * One transaction.
     *
     * @param dropped to be reported from now on
     */
    void commit(Batch batch, DroppedRows dropped, AckPositions.Pending pending) throws SQLException {
        if (failed) {
            renew();
        }
        failed = true;
        withinBounds = false;
        Sql.inTransaction(connection, () -> {
            droppedRows.reported(batch.reportedDrops());
            droppedRows.add(dropped);
            insertRows(batch.rows());
            keepDomains(batch.kept());
            for (String key : batch.forgotten()) {
                forgetDomain.setString(1, key);
                forgetDomain.executeUpdate();
            }
            keepConnections(batch.connections());
            each(setCounter, batch.counters());
            droppedRows.add(DroppedRows.of(droppedRows(pending.dropped())));
            each(raiseAckPosition, pending.raised());
            each(release, pending.released());
            if (!history.isKept()) {
                each(deleteRows, pending.released());
            }
        });
        failed = false;
    }

    private void insertRows(List<OutboxEntry> entries) throws SQLException {
        for (OutboxEntry outboxEntry : entries) {
            OutboxRow row = outboxEntry.row();
            if (priorities.add(row.priority())) {
                addPriority.setString(1, row.priority());
                addPriority.executeUpdate();
            }
            insertRow.setLong(1, row.sequence());
            insertRow.setString(2, row.priority());
            insertRow.setString(3, row.topic());
            insertRow.setString(4, row.messageId());
            insertRow.setLong(5, row.observedAt());
            insertRow.setString(6, outboxEntry.dropPriority().column());
            insertRow.setString(7, outboxEntry.name());
            insertRow.setString(8, outboxEntry.subject());
            insertRow.setBytes(9, row.body());
            insertRow.executeUpdate();
        }
    }

    /** A row stays while it is wanted under another routing key, and may be dropped there too: it counts once. */
    private List<DroppedRows.Row> droppedRows(List<Long> numbers) throws SQLException {
        List<DroppedRows.Row> dropped = new ArrayList<>();
        if (numbers.isEmpty()) {
            return dropped;
        }
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT event, domain, length(body) FROM outbox WHERE sequence = ? AND dropped = 0");
                PreparedStatement update =
                        connection.prepareStatement("UPDATE outbox SET dropped = 1 WHERE sequence = ?")) {
            for (long number : numbers) {
                select.setLong(1, number);
                try (ResultSet row = select.executeQuery()) {
                    if (row.next()) {
                        dropped.add(new DroppedRows.Row(number, row.getString(1), row.getString(2), row.getLong(3)));
                    }
                }
                update.setLong(1, number);
                update.executeUpdate();
            }
        }
        return dropped;
    }

    private void keepDomains(List<InventoryRow> domains) throws SQLException {
        for (InventoryRow domain : domains) {
            keepDomain.setString(1, domain.key());
            keepDomain.setString(2, domain.domain());
            keepDomain.setString(3, domain.metadata());
            keepDomain.executeUpdate();
        }
    }

    private void keepConnections(List<ConnectionRow> rows) throws SQLException {
        for (ConnectionRow row : rows) {
            keepConnection.setString(1, row.uri());
            keepConnection.setBoolean(2, row.seeded());
            keepConnection.setString(
                    3, row.certainAt() == null ? null : row.certainAt().toString());
            keepConnection.setBoolean(4, row.lost());
            keepConnection.setString(5, row.hostName());
            keepConnection.setString(6, row.bootId());
            keepConnection.executeUpdate();
        }
    }

    private static void each(PreparedStatement statement, Map<String, Long> values) throws SQLException {
        for (Map.Entry<String, Long> value : values.entrySet()) {
            statement.setString(1, value.getKey());
            statement.setLong(2, value.getValue());
            statement.executeUpdate();
        }
    }

    /** See {@link RoutingKeys#serve}. */
    boolean serve(RoutingKeys keys, BiFunction<byte[], String, byte[]> rewritten, long lastSequence)
            throws SQLException {
        history.changed();
        priorities.clear();
        return keys.serve(connection, droppedRows, rewritten, lastSequence);
    }

    /** How many bytes are kept of rows that don't wait. Any thread. */
    long historyBytes() {
        return history.bytes();
    }

    Map<String, Long> ackPositions() throws SQLException {
        return RoutingKeys.ackPositions(connection);
    }

    OutboxBounds bounds() {
        return bounds;
    }

    DroppedRows.Table droppedRows() {
        return droppedRows;
    }

    /** {@link OutboxBounds#isBeyond}, without a check where none is needed. */
    boolean isBeyond(long oldest) throws SQLException {
        return !withinBounds && bounds.isBeyond(oldest);
    }

    /** See {@link OutboxBounds#dropBefore}. */
    void dropBefore(long sequence) {
        withinBounds = false;
        bounds.dropBefore(sequence);
    }

    /** {@link History#trim}, without a check where none is needed. */
    boolean trimHistory(long now) throws SQLException {
        return !withinBounds && history.trim(now);
    }

    /** Gives some of the pages that nothing uses back to the file system. */
    void releaseFreePages(int keep, int most) throws SQLException {
        if (withinBounds) {
            return;
        }
        if (Sql.count(connection, "PRAGMA freelist_count") > keep) {
            try (Statement statement = connection.createStatement()) {
                // executeUpdate runs it to its end; execute would stop after the first page
                statement.executeUpdate("PRAGMA incremental_vacuum(" + most + ")");
            }
        } else {
            withinBounds = bounds.isEmpty();
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
