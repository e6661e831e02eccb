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

    /** Of SQLite, between two checks of the clock: a slow disk needs seconds for a thousand pages. */
    private static final int OPERATIONS = 100;

    private static final String NOT_OURS = "a database, but not one of vm-event-agent";

    private static final Duration CHECKED_EVERY = Duration.ofSeconds(1);

    /** The comments are kept in the file: {@code .schema} of the sqlite3 program shows them. */
    private static final List<String> TABLES = List.of(
            """
            CREATE TABLE outbox ( -- notifications that wait for the broker's confirm, and those that had it: see released
              sequence INTEGER PRIMARY KEY, -- of the notification, from 1, never used twice
              priority TEXT NOT NULL, -- info or error; topic.priority is the routing key
              topic TEXT, -- the only one that gets it; null for every topic of the configuration
              message_id TEXT NOT NULL, -- of the notification, a UUID
              agent_ran_ms INTEGER NOT NULL, -- for how long the agent had run by then, all runs together
              drop_priority TEXT NOT NULL, -- agent, detail, state or never: what a full outbox drops first
              event TEXT NOT NULL, -- counted under this name when it is dropped
              domain TEXT, -- UUID and connection of the domain it is about; null for the agent itself
              dropped INTEGER NOT NULL, -- 1 if it waited too long for the queue of a routing key
              body BLOB NOT NULL -- the notification, JSON
            )""",
            // An index holds the primary key too: this one finds a priority's rows in order.
            "CREATE INDEX outbox_priority ON outbox (priority)",
            // These find what is dropped first. Their conditions are those of DropOrder, word for word.
            "CREATE INDEX outbox_agent ON outbox (drop_priority) WHERE drop_priority = 'agent'",
            "CREATE INDEX outbox_detail ON outbox (drop_priority) WHERE drop_priority = 'detail'",
            "CREATE INDEX outbox_state ON outbox (domain) WHERE drop_priority = 'state'",
            """
            CREATE TABLE ack_position ( -- how far the broker has confirmed
              routing_key TEXT PRIMARY KEY,
              sequence INTEGER NOT NULL, -- this and all before are confirmed, dropped, or for another topic
              only_filters INTEGER NOT NULL DEFAULT 0 -- 1 if its topic gets only what names it: only filters do
            ) WITHOUT ROWID""",
            """
            CREATE TABLE released ( -- which rows of the outbox wait no more, and are kept as history
              priority TEXT PRIMARY KEY, -- each that is in the outbox
              up_to INTEGER NOT NULL -- this sequence and all before are confirmed, or dropped
            ) WITHOUT ROWID""",
            """
            CREATE TABLE dropped_range ( -- dropped, and not reported by libvirt.agent.overflow yet: which
              first_sequence INTEGER PRIMARY KEY,
              last_sequence INTEGER NOT NULL
            )""",
            """
            CREATE TABLE dropped_event ( -- the same: how many of which event
              event TEXT PRIMARY KEY,
              count INTEGER NOT NULL
            ) WITHOUT ROWID""",
            """
            CREATE TABLE dropped_domain ( -- the same: whose
              domain TEXT PRIMARY KEY
            ) WITHOUT ROWID""",
            """
            CREATE TABLE inventory ( -- the domains as they were last recorded
              domain TEXT PRIMARY KEY, -- UUID and connection
              state TEXT NOT NULL,
              metadata TEXT NOT NULL -- the XML that its identity is read from; empty without
            ) WITHOUT ROWID""",
            """
            CREATE TABLE connection ( -- the connections to libvirt
              uri TEXT PRIMARY KEY,
              seeded INTEGER NOT NULL, -- 1 once its domains were listed
              certain_at TEXT, -- while a gap is open: when its domains were certain last
              lost INTEGER NOT NULL, -- 1 until a gap says that all that was known of it was lost
              host_name TEXT NOT NULL, -- of its host when its domains were listed last; empty where libvirt gives none
              boot_id TEXT NOT NULL -- of this host when its domains were compared last; empty where not known
            ) WITHOUT ROWID""",
            "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
            // The order of a CROSS JOIN stays: few priorities, then their rows by the index.
            """
            CREATE VIEW waiting AS -- the rows of the outbox that wait
              SELECT outbox.* FROM released CROSS JOIN outbox
                ON outbox.priority = released.priority AND outbox.sequence > released.up_to""",
            """
            CREATE VIEW history_view AS -- the rows that are kept as history, the oldest first
              SELECT sequence, json_extract(notification, '$.timestamp') AS recorded_at, event, priority, topic,
                domain, message_id, notification
              FROM (SELECT outbox.*, CASE WHEN json_valid(CAST(body AS TEXT)) THEN CAST(body AS TEXT) END AS notification
                FROM outbox JOIN released USING (priority) WHERE sequence <= up_to)
              ORDER BY sequence""",
            """
            CREATE VIEW outbox_view AS -- what waits, the oldest first
              SELECT sequence, json_extract(notification, '$.timestamp') AS recorded_at, event, priority, topic,
                domain, drop_priority, message_id, notification
              FROM (SELECT *, CASE WHEN json_valid(CAST(body AS TEXT)) THEN CAST(body AS TEXT) END AS notification
                FROM waiting)
              ORDER BY sequence""",
            """
            CREATE VIEW waiting_view AS -- how many wait for each routing key, and since when
              SELECT routing_key, ack_position.sequence AS confirmed_to, count(outbox_view.sequence) AS waiting,
                min(recorded_at) AS oldest
              FROM ack_position LEFT JOIN outbox_view
                ON routing_key LIKE '%.' || priority AND outbox_view.sequence > ack_position.sequence
                AND (routing_key = topic || '.' || priority OR (topic IS NULL AND NOT only_filters))
              GROUP BY routing_key""");

    private Schema() {}

    /**
     * Makes the tables in an empty file; checks that a file with tables is one this version may write. Changes nothing
     * in a file it refuses.
     *
     * @return whether the tables were made
     */
    static boolean prepare(Connection connection, Path path) throws SQLException {
        if (isOurs(connection, path)) {
            return false;
        }
        if (Sql.number(connection, "SELECT count(*) FROM sqlite_master") > 0) {
            throw new StoreException(path, NOT_OURS + "; set another path", null);
        }
        Sql.run(connection, "PRAGMA auto_vacuum = INCREMENTAL"); // only an empty file takes this
        create(connection);
        return true;
    }

    /** Checks that the file can be read by this version. */
    static void requireOurs(Connection connection, Path path) throws SQLException {
        if (!isOurs(connection, path)) {
            throw new StoreException(path, NOT_OURS, null);
        }
    }

    private static boolean isOurs(Connection connection, Path path) throws SQLException {
        int version = Sql.number(connection, "PRAGMA user_version");
        if (version > VERSION) {
            throw new StoreException(
                    path,
                    "written by a newer vm-event-agent (schema " + version + ", this one knows up to " + VERSION
                            + "); install that version again, or move the file away to begin a new one",
                    null);
        }
        return version == VERSION && Sql.number(connection, "PRAGMA application_id") == APPLICATION_ID;
    }

    /**
     * Whether SQLite finds the file whole; reads all of it.
     *
     * @param goesOn asked about once a second as long as there is progress; false ends it
     * @throws CancellationException when it was ended so
     */
    static boolean isWhole(Connection connection, BooleanSupplier goesOn) throws SQLException {
        Observed observed = new Observed(goesOn);
        ProgressHandler.setHandler(connection, OPERATIONS, observed);
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA quick_check(1)")) {
            return result.next() && "ok".equals(result.getString(1));
        } catch (SQLException e) {
            if (observed.dropped) {
                throw new CancellationException("the check of the database was ended before it was done");
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
