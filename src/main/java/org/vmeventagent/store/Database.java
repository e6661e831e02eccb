package org.vmeventagent.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;

/**
 * The file: opens it, and knows a first run from a restart, a copy from the original, and a damaged file from a whole one.
 *
 * @param connection for writing
 * @param stream the name of its sequence of numbers
 */
record Database(Connection connection, UUID stream, OpenResult opened) {
    private static final Logger log = LoggerFactory.getLogger(Database.class);

    static final int BUSY_MILLIS = 5_000;
    /** The log is cut back to this after it was larger. */
    private static final int JOURNAL_BYTES = 16 << 20;
    /** The pages of an index and the last of each table; SQLite would take 2 MB. */
    private static final int CACHE_KIB = 512;

    /** Of the file that says that the database is damaged. */
    private static final String DAMAGED = ".damaged";

    private static final DateTimeFormatter SUFFIX =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /**
     * Opens it, or begins a new one.
     *
     * @param liveness goes on with the stream, or begins it, with the database
     * @param goesOn see {@link Schema#isWhole}
     */
    static Database open(StoreConfig config, LivenessFile liveness, Clock clock, BooleanSupplier goesOn) {
        Path path = config.path();
        try {
            Optional<Database> whole =
                    isNotedAsDamaged(path) ? Optional.empty() : openWhole(config, liveness, null, goesOn);
            if (whole.isPresent()) {
                return whole.get();
            }
            Path aside = moveAside(path, clock.instant());
            log.warn("{} is damaged: moved it to {} and began a new one", path, aside);
            return openWhole(config, liveness, aside, goesOn)
                    .orElseThrow(() -> new StoreException(path, "damaged as soon as it was made", null));
        } catch (SQLException e) {
            throw StoreException.of(path, e);
        } catch (IOException e) {
            throw new StoreException(path, PrivateFiles.reason(e), e);
        }
    }

    /**
     * Leaves a file beside the database that has the next opening move it aside: SQLite's quick check doesn't see all damage
     * that a reader meets.
     */
    static void noteDamage(Path path, StoreException damage) {
        try (FileChannel note = PrivateFiles.open(noteOfDamage(path))) {
            note.truncate(0);
            note.write(ByteBuffer.wrap((damage.getMessage() + "\n").getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            log.warn(
                    "Can't write {} ({}): the next start uses the damaged database again, unless its check finds the damage; move"
                            + " the database away before it",
                    noteOfDamage(path),
                    PrivateFiles.reason(e));
        }
    }

    private static boolean isNotedAsDamaged(Path path) throws IOException {
        if (Files.exists(path)) {
            return Files.exists(noteOfDamage(path));
        }
        Files.deleteIfExists(noteOfDamage(path)); // that database is gone
        return false;
    }

    private static Path noteOfDamage(Path path) {
        return path.resolveSibling(path.getFileName() + DAMAGED);
    }

    static Connection connect(StoreConfig config) throws SQLException {
        SQLiteConfig sqlite = new SQLiteConfig();
        sqlite.setBusyTimeout(BUSY_MILLIS);
        sqlite.setGetGeneratedKeys(false); // one query less for each row that is written
        return sqlite.createConnection("jdbc:sqlite:" + config.path());
    }

    /** Empty when the file is damaged. */
    @SuppressWarnings("MustBeClosed") // handed on inside the result, or closed here
    private static Optional<Database> openWhole(
            StoreConfig config, LivenessFile liveness, @Nullable Path aside, BooleanSupplier goesOn)
            throws SQLException, IOException {
        PrivateFiles.open(config.path()).close(); // SQLite would make one that others can read
        Connection connection = connect(config);
        try {
            boolean fresh = Schema.prepare(connection, config.path());
            if (fresh || Schema.isWhole(connection, goesOn)) {
                return Optional.of(identified(connection, config, liveness, fresh, aside));
            }
            connection.close();
            return Optional.empty();
        } catch (SQLException e) {
            connection.close();
            if (aside == null && StoreException.isCorrupt(e)) {
                return Optional.empty();
            }
            throw e;
        } catch (IOException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static Database identified(
            Connection connection, StoreConfig config, LivenessFile liveness, boolean fresh, @Nullable Path aside)
            throws SQLException, IOException {
        Sql.run(connection, "PRAGMA journal_mode = WAL");
        Sql.run(connection, "PRAGMA journal_size_limit = " + JOURNAL_BYTES);
        Sql.run(connection, "PRAGMA synchronous = " + config.synchronous());
        Sql.run(connection, "PRAGMA cache_size = -" + CACHE_KIB);
        FileIdentity identity = FileIdentity.of(config.path(), config.machineId());
        String stream = meta(connection, "stream");
        if (stream != null
                && identity.machineId().equals(meta(connection, "machine_id"))
                && identity.inode().equals(meta(connection, "inode"))
                && liveness.isOf(stream)) {
            liveness.resume();
            return new Database(connection, UUID.fromString(stream), new OpenResult(OpenResult.Found.KEPT, null));
        }
        if (stream != null) {
            log.warn(
                    "{} is a copy, begun on another machine or as another file, or without the {}.alive beside it:"
                            + " emptied it and began a new stream",
                    config.path(),
                    config.path().getFileName());
        }
        UUID begun = UUID.randomUUID();
        OpenResult openResult = new OpenResult(found(config, liveness, fresh || stream == null, aside != null), aside);
        liveness.begin(begun); // first: a stream that only the database knows would be a copy's
        begin(connection, begun, identity, openResult.isLoss());
        return new Database(connection, begun, openResult);
    }

    private static OpenResult.Found found(StoreConfig config, LivenessFile liveness, boolean nothing, boolean corrupt) {
        if (corrupt) {
            return OpenResult.Found.CORRUPT;
        }
        if (!nothing) {
            return OpenResult.Found.COPY;
        }
        if (liveness.knowsARun()) {
            log.warn("{} is missing, though an earlier run wrote it: began a new one", config.path());
            return OpenResult.Found.MISSING;
        }
        return OpenResult.Found.NOTHING;
    }

    /** A new stream in an empty database; what a copy brought along is the original's to send. */
    private static void begin(Connection connection, UUID stream, FileIdentity identity, boolean loss)
            throws SQLException {
        Sql.inTransaction(connection, () -> {
            for (String table : Sql.texts(connection, "SELECT name FROM sqlite_master WHERE type = 'table'")) {
                Sql.run(connection, "DELETE FROM " + table);
            }
            Map<String, String> values =
                    Map.of("stream", stream.toString(), "machine_id", identity.machineId(), "inode", identity.inode());
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO meta VALUES (?, ?)")) {
                for (Map.Entry<String, String> value : values.entrySet()) {
                    insert.setString(1, value.getKey());
                    insert.setString(2, value.getValue());
                    insert.executeUpdate();
                }
            }
            if (loss) {
                Sql.run(connection, "INSERT INTO counter VALUES ('" + Store.LOST + "', 1)");
            }
        });
    }

    private static @Nullable String meta(Connection connection, String name) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT value FROM meta WHERE name = ?")) {
            select.setString(1, name);
            try (ResultSet result = select.executeQuery()) {
                return result.next() ? result.getString(1) : null;
            }
        }
    }

    /** Moves the file with what belongs to it, so that whoever looks at it finds all there is; the note of damage goes last. */
    private static Path moveAside(Path path, Instant now) throws IOException {
        Path aside = path.resolveSibling(path.getFileName() + ".corrupt-" + SUFFIX.format(now));
        for (int n = 2; Files.exists(aside); n++) {
            aside = path.resolveSibling(path.getFileName() + ".corrupt-" + SUFFIX.format(now) + "-" + n);
        }
        for (String part : new String[] {"-wal", "-shm", "", DAMAGED}) {
            Path beside = path.resolveSibling(path.getFileName() + part);
            if (Files.exists(beside)) {
                Files.move(beside, aside.resolveSibling(aside.getFileName() + part));
            }
        }
        return aside;
    }

    /**
     * Which file this is, in a way that a copy doesn't share.
     *
     * <p>The device number isn't part of it: the kernel gives device-mapper, btrfs and NFS mounts whatever number is free,
     * so it may change with a reboot, and the outbox of a database that is no copy would be emptied.
     */
    private record FileIdentity(String machineId, String inode) {

        static FileIdentity of(Path path, String machineId) throws IOException {
            return new FileIdentity(
                    machineId, Files.getAttribute(path, "unix:ino").toString());
        }
    }
}
