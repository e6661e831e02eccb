package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the broker confirmed stays in the table, within its bounds, and behind what waits. */
class HistoryTest {
    private static final Duration AGE = Duration.ofSeconds(10);

    /** A row's own, see {@link TestBatches#row}. */
    private static final long OBSERVED_AT = 1_000;

    @TempDir
    private Path directory;

    private Store store;
    private long maxBytes = 16 << 20;

    @BeforeEach
    void open() {
        open(16 << 20);
    }

    private void open(long bytes) {
        store = Store.open(
                StoreConfig.at(path()).withBounds(maxBytes, Duration.ofDays(1)).withHistory(bytes, AGE));
        store.serve(List.of("t"), List.of(), List.of("info", "error"), (body, priority) -> body);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Path path() {
        return directory.resolve("agent.db");
    }

    private void reopen(long bytes) {
        store.close();
        open(bytes);
    }

    private void publish(long from, long to, String priority) {
        store.commit(TestBatches.batch(from, to, priority));
        confirm(to, priority);
    }

    private void confirm(long to, String priority) {
        store.acknowledge("t." + priority, to);
        store.release(priority, to);
        store.commit(Batch.EMPTY);
    }

    /** The numbers that are kept as history. */
    private List<Long> kept() throws SQLException {
        return numbers("SELECT sequence FROM outbox EXCEPT SELECT sequence FROM waiting ORDER BY sequence");
    }

    private List<Long> numbers(String sql) throws SQLException {
        List<Long> numbers = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                numbers.add(row.getLong(1));
            }
        }
        return numbers;
    }

    private static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void whatWasConfirmedIsKeptAndWaitsNoMore() throws Exception {
        publish(1, 3, "info");
        publish(4, 4, "error");
        store.commit(TestBatches.batch(5, 6, "info"));

        assertEquals(range(1, 4), kept());
        assertEquals(2, store.depth());
        assertEquals(5, store.firstWaiting());
        assertEquals(1_005, store.oldestObservedAt());
        reopen(1 << 20);
        assertEquals(2, store.depth());
        assertEquals(
                range(5, 6),
                store.read("info", 0, 10).stream().map(OutboxRow::sequence).toList());
        assertEquals(List.of(), store.read("error", 0, 10));
        assertFalse(store.hasUnreportedDrops());
    }

    @Test
    void aNewTopicGetsWhatWaitsAndNoHistory() {
        publish(1, 3, "info");
        store.commit(TestBatches.batch(4, 5, "info"));
        store.close();
        open();
        store.serve(List.of("t", "other"), List.of(), List.of("info", "error"), (body, priority) -> body);

        assertEquals(3, store.acknowledged("other.info"));
        assertEquals(2, store.depth());
    }

    @Test
    void aPriorityThatTakesOverAnothersRowsLosesItsHistoryFromThereOn() throws Exception {
        store.commit(TestBatches.batch(1, 2, "error"));
        publish(3, 4, "info");
        confirm(1, "error");
        publish(5, 6, "info");
        store.close();
        store = Store.open(StoreConfig.at(path()).withHistory(1 << 20, AGE));
        store.serve(List.of("t"), List.of(), List.of("info"), (body, priority) -> body);

        assertEquals(List.of(1L), kept());
        assertEquals(
                List.of(2L),
                store.read("info", 0, 10).stream().map(OutboxRow::sequence).toList());
    }

    @Test
    void theOldestGoesFirstWhateverItsPriority() throws Exception {
        publish(1, 50, "error");
        publish(51, 100, "info");
        publish(101, 150, "error");
        store.commit(TestBatches.batch(151, 160, "info"));
        reopen(60_000);
        confirm(155, "info");
        trim();

        List<Long> kept = kept();
        assertTrue(kept.size() > 15, kept::toString);
        assertEquals(range(156 - kept.size(), 155), kept);
        assertEquals(5, store.depth());
        assertTrue(bytesKept() <= 60_000 && bytesKept() > 50_000, () -> "bytes: " + kept);
    }

    /** What the recorder does once a tick. */
    private void trim() {
        do {
            assertEquals(DroppedRows.NONE, store.makeRoom(OBSERVED_AT));
        } while (store.isTrimming());
    }

    @Test
    void aLargeHistoryIsTrimmedStepByStep() throws Exception {
        publish(1, 3_000, "info");
        reopen(200_000);
        store.makeRoom(OBSERVED_AT);
        assertTrue(store.isTrimming(), "the recorder goes on with events between two steps");
        assertTrue(kept().size() > 1_000, () -> "left for the next step");
        trim();
        assertTrue(bytesKept() <= 200_000);
        assertEquals(0, store.depth());
    }

    @Test
    void aSteadyStreamIsTrimmedNowAndThen() throws Exception {
        reopen(200_000);
        publish(1, 500, "info");
        trim();
        long first = kept().get(0);
        publish(501, 505, "info");
        trim();
        assertEquals(range(first, 505), kept(), "a part of the bound went before, so there is room");
        publish(506, 1_000, "info");
        trim();
        assertTrue(kept().get(0) > first);
        assertTrue(bytesKept() <= 200_000);
    }

    private long bytesKept() throws SQLException {
        return numbers("SELECT sum(length(body) + " + DroppedRows.Row.BESIDE_BODY
                        + ") FROM outbox JOIN released USING (priority) WHERE sequence <= up_to")
                .get(0);
    }

    @Test
    void whatIsTooOldIsDeletedUnlessItWaits() throws Exception {
        publish(1, 3, "info");
        store.commit(TestBatches.batch(4, 4, "info"));
        store.makeRoom(OBSERVED_AT + AGE.toMillis() + 2);
        assertEquals(range(2, 3), kept());
        store.makeRoom(OBSERVED_AT + AGE.toMillis() + 100);
        assertEquals(List.of(), kept());
        assertEquals(1, store.depth());
        assertFalse(store.hasUnreportedDrops());
    }

    @Test
    void whatWaitsHasTheRoomFirst() throws Exception {
        maxBytes = 1 << 20;
        reopen(1 << 20);
        publish(1, 300, "info");
        for (long from = 301; from < 451; from += 50) {
            store.commit(TestBatches.batch(from, from + 49, "info"));
            assertEquals(DroppedRows.NONE, store.makeRoom(OBSERVED_AT));
        }
        assertEquals(150, store.depth(), "none of these is dropped");
        List<Long> kept = kept();
        assertTrue(kept.size() < 250, kept::toString);
        assertFalse(store.hasUnreportedDrops());
    }

    @Test
    void withZeroNoneIsKept() throws Exception {
        publish(1, 3, "info");
        reopen(0);
        publish(4, 5, "info");
        publish(6, 6, "error");
        trim();
        assertEquals(List.of(), numbers("SELECT sequence FROM outbox"));
    }

    @Test
    void whatWasDroppedUnsentIsNoDropOnceMoreWhenItIsDeleted() throws Exception {
        store.commit(TestBatches.batch(1, 3, "info"));
        store.drop(store.read("info", 0, 3));
        confirm(3, "info");
        assertEquals(3, store.unreportedDrops(1).rows());
        store.makeRoom(OBSERVED_AT + AGE.toMillis() + 100);
        assertEquals(List.of(), kept());
        assertEquals(3, store.unreportedDrops(1).rows());
    }
}
