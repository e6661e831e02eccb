package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is held in memory, whatever the reason. */
class MemoryBufferStoreTest {
    private static final Instant MOMENT = Instant.parse("2026-03-04T05:06:07Z");

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

    /** What was held is gone as after a crash. */
    private void reopen() {
        store.close();
        open();
    }

    private void hold(Batch batch) {
        assertEquals(Optional.of(DroppedRows.NONE), store.bufferInMemory(batch));
    }

    @Test
    void servesWhatIsHeldAfterWhatIsOnDisk() throws Exception {
        store.commit(TestBatches.batch(1, 3, "info"));
        hold(TestBatches.batch(4, 5, "info"));
        hold(TestBatches.batch(6, 6, "error"));
        hold(TestBatches.batch(7, 8, "info"));

        assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 7L, 8L), numbers(store.read("info", 0, 100)));
        assertEquals(List.of(2L, 3L, 4L), numbers(store.read("info", 1, 3)));
        assertEquals(List.of(7L), numbers(store.read("info", 5, 1)));
        assertEquals(List.of(6L), numbers(store.read("error", 0, 100)));
        assertTrue(store.await(7, Duration.ZERO));
        assertEquals(8, store.lastSequence());
        assertEquals(8, store.depth());
        assertEquals(1, store.firstWaiting());
    }

    @Test
    void isAsIfItHadAlwaysBeenOnDiskOnceItIsWritten() {
        hold(new Batch(
                TestBatches.batch(1, 3, "info").rows(),
                List.of(new InventoryRow("a", "one", "<who/>")),
                List.of(),
                Map.of(Store.SEQUENCE, 3L)));
        hold(TestBatches.keeping(new InventoryRow("a", "two", null)));
        assertTrue(store.isBuffering());
        store.acknowledge("notifications.info", 1);
        store.release("info", 1);
        store.commit(TestBatches.batch(4, 4, "info"));
        assertFalse(store.isBuffering());
        reopen();

        assertEquals(List.of(2L, 3L, 4L), numbers(store.read("info", 0, 100)));
        assertEquals(List.of(new InventoryRow("a", "two", "<who/>")), store.inventory());
        assertEquals(1, store.acknowledged("notifications.info"));
        assertEquals(4, store.lastSequence());
        assertFalse(store.hasUnreportedDrops());
    }

    @Test
    void whatNobodyTookIsReportedAsDroppedAlsoWhereItWasNeverOnDisk() {
        hold(TestBatches.batch(1, 9, "info"));
        store.drop(store.read("info", 3, 4));
        store.drop(store.read("info", 4, 2)); // under another routing key
        store.acknowledge("t.info", 9);
        store.release("info", 6);
        hold(TestBatches.batch(10, 10, "info"));
        assertFalse(store.hasUnreportedDrops(), "not before it is on disk");
        store.commit(Batch.EMPTY);

        assertTrue(store.hasUnreportedDrops());
        assertEquals(
                new DroppedRows(List.of(new DroppedRows.Range(4, 7)), Map.of("reboot", 4L), Set.of("one")),
                store.unreportedDrops(10));
        store.release("info", 9);
        store.commit(Batch.EMPTY);
        assertEquals(Map.of("reboot", 4L), store.unreportedDrops(10).counts());
    }

    @Test
    void aRunAfterACrashUsesNoNumberTwiceAndReportsThoseAsDropped() {
        store.commit(TestBatches.batch(1, 3, "info"));
        store.commit(TestBatches.keeping(new InventoryRow("a", "one", "<who/>")));
        hold(TestBatches.batch(4, 9, "info"));
        reopen();

        long last = store.lastSequence();
        assertTrue(last >= 9 && last < 9 + 2_000, () -> "last: " + last);
        assertTrue(store.hasUnreportedDrops());
        assertFalse(store.isRoomy(), "nothing is reported before the drops are on disk");
        store.commit(TestBatches.batch(last + 1, last + 1, "info"));
        assertEquals(
                new DroppedRows(List.of(new DroppedRows.Range(4, last)), Map.of(), Set.of()),
                store.unreportedDrops(10));
        assertTrue(store.isRoomy());
        assertEquals(List.of(1L, 2L, 3L, last + 1), numbers(store.read("info", 0, 100)));

        reopen();
        assertEquals(last + 1, store.lastSequence());
        assertEquals(
                List.of(new DroppedRows.Range(4, last)),
                store.unreportedDrops(10).ranges(),
                "unreported once");
    }

    @Test
    void twoCrashesInARowAreOneDrop() {
        store.commit(TestBatches.batch(1, 3, "info"));
        hold(TestBatches.batch(4, 4, "info"));
        reopen();
        long second = store.lastSequence() + 1;
        hold(TestBatches.batch(second, second, "info"));
        reopen();

        long last = store.lastSequence();
        assertTrue(last >= second);
        store.commit(Batch.EMPTY);
        assertEquals(
                List.of(new DroppedRows.Range(4, last)),
                store.unreportedDrops(10).ranges());
    }

    @Test
    void numbersGoOnWithoutAHoleAfterACleanReturn() {
        hold(TestBatches.batch(1, 3, "info"));
        store.commit(Batch.EMPTY);
        reopen();

        assertEquals(3, store.lastSequence());
        assertFalse(store.hasUnreportedDrops());
    }

    @Test
    void numbersOfALostDatabaseAreNoDropsOfTheNewOne() throws IOException {
        hold(TestBatches.batch(1, 3, "info"));
        store.close();
        Files.writeString(directory.resolve("agent.db"), "none");
        open();
        assertEquals(0, store.lastSequence());
        reopen();

        assertEquals(0, store.lastSequence());
        assertFalse(store.hasUnreportedDrops());
    }

    @Test
    void holdsNothingUnlessItsNumbersAreSecured() throws IOException {
        Files.delete(directory.resolve("agent.db.alive"));
        Files.createDirectory(directory.resolve("agent.db.alive")); // can't be written, as on a read-only file system

        assertEquals(Optional.empty(), store.bufferInMemory(TestBatches.batch(1, 3, "info")));
        assertFalse(store.isBuffering());
        assertEquals(List.of(), store.read("info", 0, 100));
        store.commit(TestBatches.batch(1, 3, "info"));
        assertEquals(3, store.lastSequence());
    }

    @Test
    void saysThatItLivesOnlyWhileAllIsOnDisk() {
        store.alive(MOMENT);
        hold(TestBatches.batch(1, 1, "info"));
        store.alive(MOMENT.plusSeconds(5));
        reopen();
        assertEquals(Optional.of(MOMENT), store.aliveAt());

        store.commit(Batch.EMPTY);
        store.alive(MOMENT.plusSeconds(9));
        reopen();
        assertEquals(Optional.of(MOMENT.plusSeconds(9)), store.aliveAt());
    }

    private static List<Long> numbers(List<OutboxRow> rows) {
        return rows.stream().map(OutboxRow::sequence).toList();
    }
}
