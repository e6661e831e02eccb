package org.vmeventagent.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.sqlite.ProgressHandler;

/**
 * The tables, and which version of them a file holds. A version N reads N and N-1.
 *
 * <p>{@code user_version} is the schema's version; {@code application_id} says that the file is ours.
 */
final class Schema {
    static final int VERSION = 1;

    /** The letters vmea. */
    private static final int APPLICATION_ID = 0x766d6561;

    /** Of SQLite, between two looks at the clock: a slow disk needs seconds for a thousand pages. */
    private static final int OPERATIONS = 100;

    private static final Duration CHECKED_EVERY = Duration.ofSeconds(1);

    private static final List<String> TABLES = List.of(
            "CREATE TABLE outbox (sequence INTEGER PRIMARY KEY, priority TEXT NOT NULL, message_id TEXT NOT NULL,"
                    + " recorded_at INTEGER NOT NULL, rank INTEGER NOT NULL, name TEXT NOT NULL, subject TEXT,"
                    + " given_up INTEGER NOT NULL, body BLOB NOT NULL)",
            // An index holds the primary key too: this one finds a priority's rows in order.
            "CREATE INDEX outbox_priority ON outbox (priority)",
            // These find what is given up first, see Bounds. The conditions of its questions are these, word for word.
            "CREATE INDEX outbox_own ON outbox (rank) WHERE rank = 0",
            "CREATE INDEX outbox_detail ON outbox (rank) WHERE rank = 1",
            "CREATE INDEX outbox_state ON outbox (subject) WHERE rank = 2",
            "CREATE TABLE loss (what TEXT NOT NULL, key TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (what, key))"
                    + " WITHOUT ROWID",
            "CREATE TABLE inventory (key TEXT PRIMARY KEY, life TEXT NOT NULL, metadata TEXT NOT NULL) WITHOUT ROWID",
            "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
            "CREATE TABLE mark (routing_key TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID",
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");

    private Schema() {}

    /**
     * Makes the tables in an empty file; checks that a file with tables is one this version may write. Changes nothing
     * in a file it refuses.
     *
     * @return whether the tables were made
     */
    static boolean prepare(Connection connection, Path path) throws SQLException {
        int version = Sql.number(connection, "PRAGMA user_version");
        if (version > VERSION) {
            throw new StoreException(
                    path,
                    "written by a newer vm-event-agent (schema " + version + ", this one knows up to " + VERSION
                            + "); install that version again, or move the file away to begin a new one",
                    null);
        }
        if (version == VERSION && Sql.number(connection, "PRAGMA application_id") == APPLICATION_ID) {
            return false;
        }
        if (Sql.number(connection, "SELECT count(*) FROM sqlite_master") > 0) {
            throw new StoreException(path, "a database, but not one of vm-event-agent; set another path", null);
        }
        Sql.run(connection, "PRAGMA auto_vacuum = INCREMENTAL"); // only an empty file takes this
        create(connection);
        return true;
    }

    /**
     * Whether SQLite finds the file whole; reads all of it.
     *
     * @param goesOn asked about once a second as long as there is progress; false gives it up
     * @throws CancellationException when it was given up
     */
    static boolean isWhole(Connection connection, BooleanSupplier goesOn) throws SQLException {
        Observed observed = new Observed(goesOn);
        ProgressHandler.setHandler(connection, OPERATIONS, observed);
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA quick_check(1)")) {
            return result.next() && "ok".equals(result.getString(1));
        } catch (SQLException e) {
            if (observed.dropped) {
                throw new CancellationException("the check of the database was given up");
            }
            throw e;
        } finally {
            ProgressHandler.clearHandler(connection);
        }
    }

    /** Called by SQLite each so many operations, pages while it checks. */
    private static final class Observed extends ProgressHandler {
        private final BooleanSupplier goesOn;
        private long askedAt = System.nanoTime() - CHECKED_EVERY.toNanos();
        private boolean dropped;

        Observed(BooleanSupplier goesOn) {
            this.goesOn = goesOn;
        }

        @Override
        protected int progress() {
            long now = System.nanoTime();
            if (now - askedAt >= CHECKED_EVERY.toNanos()) {
                askedAt = now;
                dropped = !goesOn.getAsBoolean();
            }
            return dropped ? 1 : 0;
        }
    }

    private static void create(Connection connection) throws SQLException {
        Sql.inTransaction(connection, () -> {
            for (String table : TABLES) {
                Sql.run(connection, table);
            }
            Sql.run(connection, "PRAGMA application_id = " + APPLICATION_ID);
            Sql.run(connection, "PRAGMA user_version = " + VERSION);
        });
    }
}
