package org.vmeventagent.store;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database of one agent: what is to be published, what is known, and how far both are.
 *
 * <p>Threads: {@link #commit} belongs to one thread, the writer's. Everything else may be called from any thread while
 * the store is open. A commit that returned survives what {@link StoreConfig.Synchronous} says; one that threw left no
 * trace: it may be tried again as it is, or held in memory until the disk takes it. Acknowledgements are kept in memory
 * until the writer's next commit.
 */
public final class Store implements Outbox, AutoCloseable {
    /** The counter that holds the number of the stream's last notification. */
    public static final String SEQUENCE = "sequence";

    /**
     * The counter that is 1 in a database whose predecessor was lost, or that is older than what was published: kept for
     * good, to be reported when it can be.
     */
    public static final String LOST = "lost";

    /** The counter with the first number that was recorded while nobody was to send it; 0 while somebody is. */
    public static final String UNKEPT = "unkept";

    /** The counter of the milliseconds that all runs have taken, see {@code AgentClock}. */
    public static final String RAN = "ran";

    /** Bytes of rows that are held in memory at most while the disk takes none. */
    public static final int BUFFER_BYTES = 8 << 20;

    /** The first row that waits of each priority, null where none does; by the index, however many rows there are. */
    private static final String FIRST_OF_EACH = "SELECT (SELECT min(sequence) FROM outbox WHERE outbox.priority ="
            + " released.priority AND outbox.sequence > released.up_to) AS first FROM released";

    private static final Logger log = LoggerFactory.getLogger(Store.class);

    /** Unused pages of 4 KiB that stay with the file: the next rows take them. */
    private static final int SPARE_PAGES = 1_024;

    /** In one transaction, for which events wait. */
    private static final int PAGES_RELEASED = 128;

    private final StoreConfig config;
    private final DatabaseLock databaseLock;
    private final UUID stream;
    private final OpenResult openResult;
    private final WriteConnection writeConnection;
    private final ReadConnection readConnection;
    private final Map<String, Long> counters;
    private final AckPositions ackPositions;
    private final LatestRow latestRow;
    private final RowCache rowCache;
    private final LivenessFile liveness;
    private final Optional<Instant> aliveAt;
    private final MemoryBuffer buffer = new MemoryBuffer(BUFFER_BYTES);
    private final AtomicBoolean damaged = new AtomicBoolean();
    private volatile Consumer<StoreException> onDamage = damage -> {};
    private volatile Runnable committed = () -> {};
    private volatile Runnable acknowledgement = () -> {};
    /** The writer's thread owns these. */
    private boolean hasUnreportedDrops;

    private boolean trimming;

    private Store(StoreConfig config, DatabaseLock databaseLock, LivenessFile liveness, Database database)
            throws SQLException {
        this.config = config;
        this.databaseLock = databaseLock;
        this.stream = database.stream();
        this.openResult = database.opened();
        this.writeConnection = new WriteConnection(database.connection(), config);
        this.readConnection = new ReadConnection(Database.connect(config));
        this.counters = new ConcurrentHashMap<>(Sql.numbers(database.connection(), "SELECT name, value FROM counter"));
        this.ackPositions = new AckPositions(RoutingKeys.ackPositions(database.connection()));
        long last = readConnection.count("SELECT max(sequence) FROM outbox");
        this.latestRow = new LatestRow(last);
        this.rowCache = new RowCache(last);
        this.hasUnreportedDrops = !writeConnection.droppedRows().isEmpty();
        this.liveness = liveness;
        this.aliveAt = liveness.moment();
        if (liveness.used() > lastSequence()) {
            skip(liveness.used());
        }
    }

    /**
     * Goes on behind sequence numbers of which nobody knows what was sent under them, nor about whom: what is known of the
     * domains is older than what was published.
     */
    private void skip(long last) throws SQLException {
        DroppedRows.Range unknown = new DroppedRows.Range(lastSequence() + 1, last);
        log.warn(
                "{} doesn't know the sequence numbers {} to {}, which are in use: it is an older copy, or the run before could"
                        + " not save what it recorded last; libvirt.agent.overflow reports them as missing, and an exists"
                        + " reports each domain",
                config.path(),
                unknown.first(),
                unknown.last());
        List<ConnectionRow> lost = readConnection.connections().stream()
                .map(row -> row.withLost(true))
                .toList();
        Map<String, Long> now = Map.of(SEQUENCE, last, LOST, 1L);
        buffer.add(new Batch(List.of(), List.of(), List.of(), lost, now, DroppedRows.NONE));
        buffer.addDropped(new DroppedRows(List.of(unknown), Map.of(), Set.of()));
        counters.putAll(now);
        hasUnreportedDrops = true;
    }

    /**
     * Opens the database, or begins a new one; see {@link #opened} for what was found.
     *
     * @throws StoreException when it can't be used: one line that names the file and the reason
     */
    public static Store open(StoreConfig config) {
        return open(config, () -> true);
    }

    /**
     * The same, observed: it reads the whole file, which takes a second for some hundred MiB, and longer on a slow disk.
     *
     * @param goesOn asked about once a second as long as there is progress; false ends the opening
     * @throws CancellationException when it was ended so
     */
    public static Store open(StoreConfig config, BooleanSupplier goesOn) {
        return open(config, Clock.systemUTC(), goesOn);
    }

    static Store open(StoreConfig config, Clock clock) {
        return open(config, clock, () -> true);
    }

    private static Store open(StoreConfig config, Clock clock, BooleanSupplier goesOn) {
        DatabaseLock databaseLock = DatabaseLock.take(config.path());
        LivenessFile liveness = new LivenessFile(config.path(), config.bootId());
        try {
            Database database = Database.open(config, liveness, clock, goesOn);
            try {
                return new Store(config, databaseLock, liveness, database);
            } catch (SQLException | RuntimeException e) {
                close(database.connection());
                throw e;
            }
        } catch (SQLException e) {
            close(liveness);
            close(databaseLock);
            StoreException failure = StoreException.of(config.path(), e);
            if (failure.isCorrupt()) {
                Database.noteDamage(config.path(), failure);
            }
            throw failure;
        } catch (RuntimeException e) {
            close(liveness);
            close(databaseLock);
            throw e;
        }
    }

    /**
     * Brings what waits in line with the configuration, which may have been another one before. Once, before anything is
     * recorded or read.
     *
     * <p>Rows of a priority that isn't sent any more wait with the first one of these from then on, in their order. A topic
     * that is new gets what waits, and the current state of every domain is unreported to it. What was recorded while nobody
     * was to send it counts as an unreported drop, too. What waits for a topic that is none any more is not sent there; a row
     * that is for it alone is an unreported drop.
     *
     * @param topics that get every row but those for another one; with none, rows wait until there is one
     * @param filterTopics other ones, that get only the rows for them
     * @param priorities that are sent; with a topic each makes a routing key
     * @param rewritten a row's body with another priority
     * @throws StoreException when it can't be written
     */
    public void serve(
            List<String> topics,
            List<String> filterTopics,
            List<String> priorities,
            BiFunction<byte[], String, byte[]> rewritten) {
        try {
            if (topics.isEmpty()) {
                RoutingKeys.warn(config.path(), depth());
                return;
            }
            hasUnreportedDrops |=
                    writeConnection.serve(new RoutingKeys(topics, filterTopics, priorities), rewritten, lastSequence());
            counters.put(UNKEPT, 0L);
            ackPositions.keep(writeConnection.ackPositions());
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    public OpenResult opened() {
        return openResult;
    }

    /**
     * Calls this when some thread, reading or writing, finds the file damaged: once, on that thread, before the exception
     * goes on. The next opening moves the file aside, whatever a check says of it then.
     */
    public void onDamage(Consumer<StoreException> listener) {
        onDamage = listener;
    }

    private StoreException failure(SQLException e) {
        StoreException failure = StoreException.of(config.path(), e);
        if (failure.isCorrupt() && damaged.compareAndSet(false, true)) {
            Database.noteDamage(config.path(), failure);
            onDamage.accept(failure);
        }
        return failure;
    }

    /** The name of this database's sequence of numbers. */
    public UUID stream() {
        return stream;
    }

    /** The number of the stream's last notification; 0 before the first. */
    public long lastSequence() {
        return counter(SEQUENCE);
    }

    /** When an earlier run was last alive; empty where that is not known. */
    public Optional<Instant> aliveAt() {
        return aliveAt;
    }

    /** A counter as it was last recorded; 0 before that. */
    public long counter(String name) {
        return counters.getOrDefault(name, 0L);
    }

    /** What is known of the connections. */
    public List<ConnectionRow> connections() {
        try {
            Map<String, ConnectionRow> rows = new TreeMap<>();
            readConnection.connections().forEach(row -> rows.put(row.uri(), row));
            buffer.with(Batch.EMPTY).connections().forEach(row -> rows.put(row.uri(), row));
            return List.copyOf(rows.values());
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** What is on disk of the domains. */
    public List<InventoryRow> inventory() {
        try {
            return readConnection.inventory();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** The number of the oldest row in the outbox; a number greater than any while it is empty. */
    public long firstWaiting() {
        try {
            long held = buffer.first();
            long first = readConnection.count("SELECT min(first) FROM (" + FIRST_OF_EACH + ")");
            return first == 0 ? held : first;
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** How many bytes of the file are in use, without what is kept as history. Any thread. */
    public long bytesInUse() {
        try {
            return Math.max(0, readConnection.bytesInUse() - writeConnection.historyBytes());
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** {@link OutboxRow#observedAt} of the oldest row on disk; 0 where none waits there. Any thread. */
    public long oldestObservedAt() {
        try {
            return readConnection.count("SELECT agent_ran_ms FROM outbox WHERE sequence = (SELECT min(first) FROM ("
                    + FIRST_OF_EACH + "))");
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** How many rows the outbox holds. Counts them: not for the event path. */
    public long depth() {
        try {
            return buffer.count() + readConnection.count("SELECT count(*) FROM waiting");
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /**
     * Says that the agent lives, and that all it received before is recorded. Says nothing while something is in memory only:
     * a crash would lose it. The writer's thread.
     */
    public void alive(Instant now) {
        if (!isBuffering()) {
            liveness.alive(now);
        }
    }

    /**
     * Drops some of what is beyond {@link StoreConfig}'s bounds, if anything is: an unreported drop from then on. Call it
     * every second, and again at once while it drops something or {@link #isTrimming}. Does nothing while the disk takes nothing. The writer's
     * thread.
     *
     * @param now as {@link OutboxRow#observedAt}
     */
    public DroppedRows makeRoom(long now) {
        trimming = false;
        if (isBuffering()) {
            return DroppedRows.NONE;
        }
        long oldest = now - config.maxAge().toMillis();
        try {
            trimming = writeConnection.trimHistory(now);
            if (!writeConnection.isBeyond(oldest)) {
                return DroppedRows.NONE;
            }
            if (hasPendingAcknowledgements()) {
                commit(Batch.EMPTY); // what was delivered is not lost
            }
            DroppedRows dropped = writeConnection.bounds().step(oldest);
            if (!dropped.isEmpty()) {
                hasUnreportedDrops = true;
                rowCache.forgetAll();
            }
            return dropped;
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** Whether {@link #makeRoom} left history beyond its bounds: call it again at once. The writer's thread. */
    public boolean isTrimming() {
        return trimming;
    }

    /**
     * Has {@link #makeRoom} drop what waits and has a smaller number, but for what reports drops. Nothing that is recorded from
     * now on is among it. The writer's thread.
     */
    public void dropBefore(long sequence) {
        writeConnection.dropBefore(Math.min(sequence, lastSequence() + 1));
    }

    /** Whether something was dropped that no commit has reported yet; also by an earlier process. The writer's thread. */
    public boolean hasUnreportedDrops() {
        return hasUnreportedDrops;
    }

    /**
     * Whether what is recorded to report drops would have room. The writer's thread.
     */
    public boolean isRoomy() {
        try {
            return !isBuffering() && writeConnection.bounds().isRoomy();
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /** What was dropped and is not reported yet, with at most so many of the subjects. The writer's thread. */
    public DroppedRows unreportedDrops(int mostSubjects) {
        try {
            return writeConnection.droppedRows().read(mostSubjects);
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /**
     * Gives a piece of what the file holds unused back to the file system. Call it every second or so. The writer's
     * thread.
     */
    public void releaseFreePages() {
        try {
            if (!isBuffering()) {
                writeConnection.releaseFreePages(SPARE_PAGES, PAGES_RELEASED);
            }
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    /**
     * Commits what is held, a batch, and the acknowledgements that came since the commit before.
     *
     * @throws StoreException when nothing of it was committed; see {@link StoreException#isCorrupt}
     */
    public void commit(Batch batch) {
        AckPositions.Pending pending = ackPositions.pending();
        Batch all;
        DroppedRows dropped;
        synchronized (buffer) { // what is released is in one of them
            all = buffer.with(batch);
            dropped = buffer.dropped();
        }
        long last = all.counters().getOrDefault(SEQUENCE, lastSequence());
        if (config.synchronous() != StoreConfig.Synchronous.FULL) {
            liveness.reserve(last);
        }
        try {
            writeConnection.commit(all, dropped, pending);
        } catch (SQLException e) {
            throw failure(e);
        }
        ackPositions.committed(pending);
        buffer.saved();
        liveness.use(last);
        if (config.synchronous() == StoreConfig.Synchronous.FULL) {
            liveness.clearReservation();
        }
        rowCache.committed(batch, pending.released());
        recorded(batch);
        if (!all.reportedDrops().isEmpty()
                || !dropped.isEmpty()
                || !pending.dropped().isEmpty()) {
            hasUnreportedDrops = !unreportedDrops(1).isEmpty();
        }
    }

    /**
     * Holds in memory what {@link #commit} could not write. It is read, acknowledged and released like everything, and
     * the next commit writes what is left of it. A crash loses it, but not that its numbers are used: the next run begins
     * behind them, and counts them as unreported drops. The writer's thread.
     *
     * @return what was dropped to make room for it; empty where it is not held, because the file that is to remember its
     *     numbers can't be written either
     */
    public Optional<DroppedRows> bufferInMemory(Batch batch) {
        long last = batch.counters().getOrDefault(SEQUENCE, 0L);
        if (!liveness.reserve(last) || !liveness.use(last)) {
            return Optional.empty();
        }
        DroppedRows dropped = buffer.add(batch);
        hasUnreportedDrops |= !dropped.isEmpty();
        rowCache.skip(last);
        recorded(batch);
        return Optional.of(dropped);
    }

    /** Whether something is in memory that is to be on disk: a commit, also of an empty batch, would write it. */
    public boolean isBuffering() {
        return !buffer.isEmpty();
    }

    private void recorded(Batch batch) {
        counters.putAll(batch.counters());
        if (!batch.rows().isEmpty()) {
            latestRow.raise(batch.rows().get(batch.rows().size() - 1).row().sequence());
            committed.run();
        }
    }

    /** How often something was acknowledged or released since this was opened. Any thread. */
    public long acknowledgements() {
        return ackPositions.changes();
    }

    /** Has this called when something is acknowledged or released, on that thread: it must return at once. The last one counts. */
    public void onAcknowledgement(Runnable newAcknowledgement) {
        acknowledgement = newAcknowledgement;
    }

    /** Whether a commit, also of an empty batch, would keep something. */
    public boolean hasPendingAcknowledgements() {
        return ackPositions.isPending();
    }

    @Override
    public List<OutboxRow> read(String priority, long after, int most) {
        Optional<List<OutboxRow>> inMemory = rowCache.read(priority, after, most);
        if (inMemory.isPresent()) {
            return inMemory.get();
        }
        List<OutboxRow> held = buffer.rows(priority, after, most); // first: what is written meanwhile is on disk then
        try {
            List<OutboxRow> rows = readConnection.rows(priority, after, most);
            long last = rows.isEmpty() ? after : rows.get(rows.size() - 1).sequence();
            held.stream()
                    .filter(row -> row.sequence() > last)
                    .limit(most - rows.size())
                    .forEach(rows::add);
            return rows;
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    @Override
    public boolean await(long after, Duration timeout) throws InterruptedException {
        return latestRow.await(after, timeout);
    }

    @Override
    public long latestSequence() {
        return latestRow.sequence();
    }

    @Override
    public void onCommit(Runnable newCommitted) {
        committed = newCommitted;
    }

    @Override
    public long acknowledged(String routingKey) {
        return ackPositions.of(routingKey);
    }

    @Override
    public void acknowledge(String routingKey, long upTo) {
        ackPositions.raise(routingKey, upTo);
        acknowledgement.run();
    }

    @Override
    public void release(String priority, long upTo) {
        ackPositions.release(priority, upTo);
        buffer.release(priority, upTo);
        acknowledgement.run();
    }

    @Override
    public void drop(List<OutboxRow> rows) {
        List<Long> numbers = rows.stream().map(OutboxRow::sequence).toList();
        buffer.drop(numbers);
        ackPositions.drop(numbers);
    }

    /** Closes the file; what no commit has written is lost. Idempotent. */
    @Override
    public void close() {
        close(readConnection);
        close(writeConnection);
        if (!isBuffering()) {
            liveness.clearReservation();
        }
        close(liveness);
        close(databaseLock);
    }

    private static void close(AutoCloseable part) {
        try {
            part.close();
        } catch (SQLException | IOException e) {
            log.warn("The database was not closed cleanly: {}", e.getMessage());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
