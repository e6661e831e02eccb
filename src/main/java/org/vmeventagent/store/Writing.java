package org.vmeventagent.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** The writing connection with its statements. One thread at a time, the writer's. */
final class Writing implements AutoCloseable {
    private final Connection connection;
    private final LossTable losses;
    private final Bounds bounds;
    private final List<PreparedStatement> prepared = new ArrayList<>();
    private PreparedStatement insertRow;
    private PreparedStatement keepDomain;
    private PreparedStatement forgetDomain;
    private PreparedStatement setCounter;
    private PreparedStatement raiseMark;
    private PreparedStatement deleteRows;
    private boolean failed;
    /** Whether nothing can become too much or too old, nor be given back, until the next commit: spares looks at rest. */
    private boolean settled;

    Writing(Connection connection, long maxBytes) throws SQLException {
        this.connection = connection;
        losses = new LossTable(connection);
        bounds = new Bounds(connection, losses, maxBytes);
        prepare();
    }

    private void prepare() throws SQLException {
        // A commit that was reported as failed may have reached the disk: writing it again must not fail.
        insertRow = statement("INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)");
        keepDomain = statement("INSERT INTO inventory VALUES (?1, ?2, COALESCE(?3, ''))"
                + " ON CONFLICT (key) DO UPDATE SET life = ?2, metadata = COALESCE(?3, metadata)");
        forgetDomain = statement("DELETE FROM inventory WHERE key = ?");
        setCounter = statement("INSERT OR REPLACE INTO counter VALUES (?, ?)");
        raiseMark = statement("INSERT INTO mark VALUES (?1, ?2)"
                + " ON CONFLICT (routing_key) DO UPDATE SET sequence = max(sequence, ?2)");
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
        prepare();
        failed = false;
    }

    /**
     * One transaction.
     *
     * @param lost owed from now on
     */
    void commit(Batch batch, Loss lost, Marks.Pending pending) throws SQLException {
        if (failed) {
            renew();
        }
        failed = true;
        settled = false;
        Sql.inTransaction(connection, () -> {
            losses.settle(batch.settled());
            losses.add(lost);
            insertRows(batch.rows());
            keepDomains(batch.kept());
            for (String key : batch.forgotten()) {
                forgetDomain.setString(1, key);
                forgetDomain.executeUpdate();
            }
            each(setCounter, batch.counters());
            losses.add(Loss.of(given(pending.givenUp())));
            each(raiseMark, pending.raised());
            each(deleteRows, pending.released());
        });
        failed = false;
    }

    private void insertRows(List<Entry> entries) throws SQLException {
        for (Entry entry : entries) {
            OutboxRow row = entry.row();
            insertRow.setLong(1, row.sequence());
            insertRow.setString(2, row.priority());
            insertRow.setString(3, row.messageId());
            insertRow.setLong(4, row.recordedAt());
            insertRow.setInt(5, entry.rank().number());
            insertRow.setString(6, entry.name());
            insertRow.setString(7, entry.subject());
            insertRow.setBytes(8, row.body());
            insertRow.executeUpdate();
        }
    }

    /** A row stays while it is wanted under another routing key, and may be given up there too: it counts once. */
    private List<Given> given(List<Long> numbers) throws SQLException {
        List<Given> given = new ArrayList<>();
        if (numbers.isEmpty()) {
            return given;
        }
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT name, subject, length(body) FROM outbox WHERE sequence = ? AND given_up = 0");
                PreparedStatement mark =
                        connection.prepareStatement("UPDATE outbox SET given_up = 1 WHERE sequence = ?")) {
            for (long number : numbers) {
                select.setLong(1, number);
                try (ResultSet row = select.executeQuery()) {
                    if (row.next()) {
                        given.add(new Given(number, row.getString(1), row.getString(2), row.getLong(3)));
                    }
                }
                mark.setLong(1, number);
                mark.executeUpdate();
            }
        }
        return given;
    }

    private void keepDomains(List<InventoryRow> domains) throws SQLException {
        for (InventoryRow domain : domains) {
            keepDomain.setString(1, domain.key());
            keepDomain.setString(2, domain.life());
            keepDomain.setString(3, domain.metadata());
            keepDomain.executeUpdate();
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
        return keys.serve(connection, losses, rewritten, lastSequence);
    }

    Map<String, Long> marks() throws SQLException {
        return RoutingKeys.marks(connection);
    }

    Bounds bounds() {
        return bounds;
    }

    LossTable losses() {
        return losses;
    }

    /** {@link Bounds#isBeyond}, without a look where none is needed. */
    boolean isBeyond(long oldest) throws SQLException {
        return !settled && bounds.isBeyond(oldest);
    }

    /** Gives some of the pages that nothing uses back to the file system. */
    void giveBack(int keep, int most) throws SQLException {
        if (settled) {
            return;
        }
        if (Sql.count(connection, "PRAGMA freelist_count") > keep) {
            try (Statement statement = connection.createStatement()) {
                // executeUpdate runs it to its end; execute would stop after the first page
                statement.executeUpdate("PRAGMA incremental_vacuum(" + most + ")");
            }
        } else {
            settled = bounds.isEmpty();
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
