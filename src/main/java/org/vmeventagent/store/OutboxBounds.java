package org.vmeventagent.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the outbox within its bounds, in small steps. The writer's thread owns it.
 *
 * <p>Rows that are too old are dropped first. When more pages are in use than allowed, the inventory's among them, the
 * {@link History} goes, then waiting rows are dropped in {@link DropOrder}, until nine tenths are left. An outbox below a
 * tenth is left alone: then it is the inventory that takes the room.
 *
 * <p>A check costs three pragmas and the oldest row. What a step costs depends on what it takes away and on the number of
 * subjects, not on how many rows wait: indexes say what is dropped next.
 */
final class OutboxBounds {
    /** Rows dropped in one transaction. */
    static final int STEP = 200;

    /** A row of the agent itself, about: they are counted, not measured. */
    private static final int AGENT_BYTES = 1_024;

    private static final String AGED = "JOIN released USING (priority) WHERE sequence > up_to AND agent_ran_ms < ?"
            + " AND drop_priority <> 'never'";

    private static final String BEFORE =
            "JOIN released USING (priority) WHERE sequence > up_to AND sequence < ?" + " AND drop_priority <> 'never'";

    private static final String OLDEST = "SELECT min(agent_ran_ms) FROM released JOIN outbox ON sequence ="
            + " (SELECT sequence FROM outbox AS own WHERE own.priority = released.priority AND own.sequence > up_to"
            + " AND own.drop_priority <> 'never' ORDER BY own.sequence LIMIT 1)";

    private final Connection connection;
    private final DroppedRows.Table droppedRows;
    private final History history;
    private final long maxBytes;
    private final long pageSize;
    private boolean full;
    /** What waits with a smaller number is to go, whatever room there is; 0 for nothing. */
    private long unwantedBefore;

    OutboxBounds(Connection connection, DroppedRows.Table droppedRows, History history, long maxBytes)
            throws SQLException {
        this.connection = connection;
        this.droppedRows = droppedRows;
        this.history = history;
        this.maxBytes = maxBytes;
        this.pageSize = Sql.count(connection, "PRAGMA page_size");
    }

    /**
     * Whether something is to be dropped.
     *
     * @param oldest rows observed before, see {@link OutboxRow#observedAt}, are too old
     */
    boolean isBeyond(long oldest) throws SQLException {
        return excess() > 0 || oldestRow() < oldest || isUnwanted();
    }

    /** From now on what waits with a smaller number is to be dropped, too. */
    void dropBefore(long sequence) {
        unwantedBefore = Math.max(unwantedBefore, sequence);
    }

    private boolean isUnwanted() throws SQLException {
        if (unwantedBefore > 0
                && Sql.count(
                                connection,
                                "SELECT EXISTS (SELECT 1 FROM waiting WHERE sequence < " + unwantedBefore
                                        + " AND drop_priority <> 'never')")
                        == 0) {
            unwantedBefore = 0;
        }
        return unwantedBefore > 0;
    }

    /** Whether there is nothing that could be dropped. */
    boolean isEmpty() throws SQLException {
        return oldestRow() == Long.MAX_VALUE;
    }

    /** Whether much is free: what is recorded now is not dropped again soon. */
    boolean isRoomy() throws SQLException {
        return used() - history.bytes() <= maxBytes / 2 || !exceeds(maxBytes / 20);
    }

    /** Drops at most {@link #STEP} rows and notes them as unreported, in one transaction. */
    DroppedRows step(long oldest) throws SQLException {
        List<DroppedRows.Row> gone = new ArrayList<>();
        long excess = excess();
        while (excess > 0 && history.bytes() > 0) { // pages become free with their last row only
            history.makeRoom(excess);
            excess = excess();
        }
        long toDrop = excess;
        Sql.inTransaction(connection, () -> {
            take(gone, Long.MAX_VALUE, STEP, AGED, oldest);
            take(gone, Long.MAX_VALUE, STEP, BEFORE, unwantedBefore);
            for (DropOrder step : DropOrder.values()) {
                take(gone, toDrop, step == DropOrder.AGENT_BEYOND_A_TENTH ? agentRowsBeyondATenth() : STEP, step.sql());
            }
            droppedRows.add(DroppedRows.of(gone));
        });
        return DroppedRows.of(gone);
    }

    private long agentRowsBeyondATenth() throws SQLException {
        return Sql.count(connection, "SELECT count(*) FROM outbox WHERE drop_priority = 'agent'")
                - maxBytes / 10 / AGENT_BYTES;
    }

    /** Deletes rows, the oldest first, until there are enough of them. */
    private void take(List<DroppedRows.Row> gone, long enough, long most, String which, long... parameters)
            throws SQLException {
        long bytes = gone.stream().mapToLong(DroppedRows.Row::bytes).sum();
        List<DroppedRows.Row> found = new ArrayList<>();
        if (bytes >= enough) {
            return;
        }
        try (PreparedStatement select =
                connection.prepareStatement("SELECT sequence, event, domain, length(body), dropped FROM outbox " + which
                        + " ORDER BY sequence LIMIT ?")) {
            for (int i = 0; i < parameters.length; i++) {
                select.setLong(i + 1, parameters[i]);
            }
            select.setLong(parameters.length + 1, Math.max(0, Math.min(most, STEP - gone.size())));
            try (ResultSet row = select.executeQuery()) {
                while (bytes < enough && row.next()) {
                    DroppedRows.Row droppedRow = new DroppedRows.Row(
                            row.getLong(1),
                            row.getString(2),
                            row.getString(3),
                            DroppedRows.Row.BESIDE_BODY + row.getLong(4),
                            row.getBoolean(5));
                    found.add(droppedRow);
                    bytes += droppedRow.bytes();
                }
            }
        }
        delete(found);
        gone.addAll(found);
    }

    private void delete(List<DroppedRows.Row> rows) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM outbox WHERE sequence = ?")) {
            for (DroppedRows.Row row : rows) {
                delete.setLong(1, row.sequence());
                delete.executeUpdate();
            }
        }
    }

    /** How many bytes are to go; once it is full, until it is clearly not. */
    private long excess() throws SQLException {
        long used = used();
        full = used > maxBytes || (full && used > maxBytes / 10 * 9);
        return full && (history.bytes() > 0 || exceeds(maxBytes / 10)) ? used - maxBytes / 10 * 9 : 0;
    }

    private long used() throws SQLException {
        return (Sql.count(connection, "PRAGMA page_count") - Sql.count(connection, "PRAGMA freelist_count")) * pageSize;
    }

    private long oldestRow() throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(OLDEST);
                ResultSet row = select.executeQuery()) {
            long oldest = row.next() ? row.getLong(1) : 0;
            return row.wasNull() ? Long.MAX_VALUE : oldest;
        }
    }

    /** Whether the outbox takes more than this; reads no more rows than that. */
    private boolean exceeds(long bytes) throws SQLException {
        long sum = 0;
        try (PreparedStatement select = connection.prepareStatement("SELECT length(body) FROM waiting");
                ResultSet row = select.executeQuery()) {
            while (sum <= bytes && row.next()) {
                sum += DroppedRows.Row.BESIDE_BODY + row.getLong(1);
            }
        }
        return sum > bytes;
    }
}
