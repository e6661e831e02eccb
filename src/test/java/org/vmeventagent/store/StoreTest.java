package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {
    @TempDir
    Path directory;

    private Store store;

    @BeforeEach
    void open() {
        store = Store.open(StoreConfig.at(directory.resolve("agent.db")));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void reopen() {
        store.close();
        open();
    }

    @Test
    void keepsConnectionsByTheirUri() {
        ConnectionRow first =
                ConnectionRow.unknown("qemu:///system").withSeeded(true).withBootId("b1");
        ConnectionRow second = ConnectionRow.unknown("lxc:///").withLost(true).withHostName("node");
        Instant certain = Instant.parse("2026-03-04T05:06:07.089Z");
        commit(List.of(first, second));
        assertEquals(List.of(second, first), store.connections());

        commit(List.of(first.withCertainAt(certain)));
        assertEquals(List.of(second, first.withCertainAt(certain)), store.connections());
    }

    private void commit(List<ConnectionRow> connections) {
        store.commit(new Batch(List.of(), List.of(), List.of(), connections, Map.of(), DroppedRows.NONE));
    }

    @Test
    void keepsWhatWasCommitted() {
        UUID stream = store.stream();
        store.commit(TestBatches.batch(1, 3, "info"));
        reopen();

        List<OutboxRow> rows = store.read("info", 0, 10);
        assertEquals(List.of(TestBatches.row(1, "info"), TestBatches.row(2, "info"), TestBatches.row(3, "info")), rows);
        assertEquals("id-2", rows.get(1).messageId());
        assertEquals(1_002, rows.get(1).observedAt());
        assertArrayEquals(TestBatches.row(2, "info").body(), rows.get(1).body());
        assertEquals(3, store.lastSequence());
        assertEquals(stream, store.stream());
        assertEquals(new OpenResult(OpenResult.Found.KEPT, null), store.opened());
    }

    @Test
    void viewsShowAnOperatorWhatWaits() throws SQLException {
        List<OutboxEntry> rows = LongStream.rangeClosed(1, 3)
                .mapToObj(
                        sequence -> new OutboxRow(sequence, "info", null, "id-" + sequence, 0, notification(sequence)))
                .map(row -> new OutboxEntry(row, DropPriority.STATE, "started", "uuid qemu:///system"))
                .toList();
        store.commit(TestBatches.batch(rows, 3));
        store.serve(List.of("notifications"), List.of(), List.of("info", "error"), (body, priority) -> body);
        store.acknowledge("notifications.info", 1);
        store.commit(TestBatches.batch(
                List.of(new OutboxEntry(
                        new OutboxRow(4, "error", null, "id-4", 0, new byte[] {1}),
                        DropPriority.DETAIL,
                        "panicked",
                        null)),
                4));

        assertEquals(
                List.of("notifications.error|0|1|", "notifications.info|1|2|2026-11-28 14:00:02.000000"),
                lines("SELECT routing_key || '|' || confirmed_to || '|' || waiting || '|' || ifnull(oldest, '')"
                        + " FROM waiting_view"));
        assertEquals(
                List.of("1|2026-11-28 14:00:01.000000|started|uuid qemu:///system|state|{\"timestamp\":"
                        + " \"2026-11-28 14:00:01.000000\"}"),
                lines("SELECT sequence || '|' || recorded_at || '|' || event || '|' || domain || '|' || drop_priority"
                        + " || '|' || notification FROM outbox_view LIMIT 1"));
        assertEquals(List.of("4"), lines("SELECT sequence FROM outbox_view WHERE notification IS NULL"), "no JSON");
    }

    private static byte[] notification(long second) {
        return ("{\"timestamp\": \"2026-11-28 14:00:0" + second + ".000000\"}").getBytes(StandardCharsets.US_ASCII);
    }

    private List<String> lines(String sql) throws SQLException {
        try (Connection connection = Database.connect(StoreConfig.at(directory.resolve("agent.db")))) {
            return Sql.texts(connection, sql);
        }
    }

    @Test
    void readsThePrioritysOldestRowsAfterANumber() {
        store.commit(TestBatches.batch(1, 4, "info"));
        store.commit(TestBatches.batch(5, 5, "error"));
        store.commit(TestBatches.batch(6, 9, "info"));

        assertEquals(List.of(4L, 6L, 7L), numbers(store.read("info", 3, 3)));
        assertEquals(List.of(5L), numbers(store.read("error", 0, 10)));
        assertEquals(List.of(), store.read("error", 5, 10));
    }

    @Test
    void keepsMetadataThatIsNotWrittenAgain() {
        store.commit(TestBatches.keeping(new InventoryRow("a", "one", "<who/>"), new InventoryRow("b", "one", null)));
        store.commit(TestBatches.keeping(new InventoryRow("a", "two", null), new InventoryRow("b", "two", "<late/>")));
        reopen();

        assertEquals(
                List.of(new InventoryRow("a", "two", "<who/>"), new InventoryRow("b", "two", "<late/>")),
                store.inventory());
    }

    @Test
    void neverGivesNullForMetadataThatWasNeverWritten() {
        store.commit(TestBatches.keeping(new InventoryRow("a", "one", null)));

        assertEquals(List.of(new InventoryRow("a", "one", "")), store.inventory());
    }

    @Test
    void forgetsDomains() {
        store.commit(TestBatches.keeping(new InventoryRow("a", "one", null), new InventoryRow("b", "one", null)));
        store.commit(new Batch(List.of(), List.of(), List.of("a", "never there"), Map.of()));

        assertEquals(List.of(new InventoryRow("b", "one", "")), store.inventory());
    }

    @Test
    void keepsCountersByName() {
        store.commit(new Batch(List.of(), List.of(), List.of(), Map.of("one", 1L, "two", 2L)));
        store.commit(new Batch(List.of(), List.of(), List.of(), Map.of("two", 3L)));
        reopen();

        assertEquals(List.of(1L, 3L, 0L), List.of(store.counter("one"), store.counter("two"), store.counter("no")));
    }

    @Test
    void aAckPositionNeverRunsBackwards() {
        store.acknowledge("notifications.info", 5);
        store.acknowledge("notifications.info", 3);
        assertEquals(5, store.acknowledged("notifications.info"));

        store.commit(Batch.EMPTY);
        reopen();
        store.acknowledge("notifications.info", 4);
        store.commit(Batch.EMPTY);
        reopen();

        assertEquals(5, store.acknowledged("notifications.info"));
        assertEquals(0, store.acknowledged("notifications.error"));
    }

    @Test
    void keepsAcknowledgementsWithTheNextCommit() {
        store.acknowledge("notifications.info", 5);
        assertTrue(store.hasPendingAcknowledgements());
        reopen();
        assertEquals(0, store.acknowledged("notifications.info"), "nothing was committed");

        store.acknowledge("notifications.info", 5);
        store.commit(TestBatches.batch(6, 6, "info"));
        assertFalse(store.hasPendingAcknowledgements());
        reopen();

        assertEquals(5, store.acknowledged("notifications.info"));
    }

    @Test
    void deletesReleasedRowsOfThatPriorityOnly() {
        store.commit(TestBatches.batch(1, 3, "info"));
        store.commit(TestBatches.batch(4, 4, "error"));
        store.commit(TestBatches.batch(5, 6, "info"));
        store.release("info", 5);
        assertEquals(6, store.depth());
        store.commit(Batch.EMPTY);

        assertEquals(List.of(6L), numbers(store.read("info", 0, 10)));
        assertEquals(List.of(4L), numbers(store.read("error", 0, 10)));
        assertFalse(store.hasPendingAcknowledgements());
    }

    @Test
    void saysSinceWhenTheOldestRowWaits() {
        assertEquals(0, store.oldestObservedAt());
        store.commit(TestBatches.batch(1, 3, "info"));
        assertEquals(store.read("info", 0, 1).get(0).observedAt(), store.oldestObservedAt());
        assertTrue(store.oldestObservedAt() > 0);
    }

    @Test
    void numbersGoOnWhenTheOutboxIsEmpty() {
        store.commit(TestBatches.batch(1, 3, "info"));
        store.release("info", 3);
        store.commit(Batch.EMPTY);
        reopen();

        assertEquals(0, store.depth());
        assertEquals(3, store.lastSequence());
    }

    @Test
    void aBatchMayBeCommittedAgain() {
        store.commit(TestBatches.batch(1, 3, "info"));
        store.commit(TestBatches.batch(1, 3, "info"));

        assertEquals(List.of(1L, 2L, 3L), numbers(store.read("info", 0, 10)));
    }

    @Test
    void awaitWakesWhenARowIsCommitted() throws Exception {
        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> await(2, Duration.ofSeconds(30)));
        store.commit(TestBatches.batch(1, 2, "info"));
        assertFalse(waiting.isDone());
        store.commit(TestBatches.batch(3, 3, "info"));

        assertTrue(waiting.get(10, TimeUnit.SECONDS));
        assertTrue(await(2, Duration.ZERO), "a row that is there already");
        reopen();
        assertTrue(await(2, Duration.ZERO), "a row that was there before");
    }

    @Test
    void awaitEndsWithoutARow() {
        store.commit(TestBatches.keeping(new InventoryRow("a", "one", null)));

        assertFalse(await(0, Duration.ofMillis(20)));
    }

    private boolean await(long after, Duration timeout) {
        try {
            return store.await(after, timeout);
        } catch (InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    private static List<Long> numbers(List<OutboxRow> rows) {
        return rows.stream().map(OutboxRow::sequence).toList();
    }
}
