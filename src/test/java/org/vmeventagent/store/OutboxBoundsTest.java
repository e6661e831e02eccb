package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutboxBoundsTest {
    /** As {@link OutboxRow#observedAt}. */
    private static final long LONG_AGO = 1_000;

    private static final int BYTES = 1 << 20;

    @TempDir
    Path directory;

    private Store store;

    @BeforeEach
    void open() {
        store = Store.open(StoreConfig.at(path()).withBounds(BYTES, Duration.ofSeconds(10)));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Path path() {
        return directory.resolve("agent.db");
    }

    @Test
    void nothingIsTooMuchWithinTheBounds() {
        assertEquals(DroppedRows.NONE, store.makeRoom(LONG_AGO));
        store.commit(TestBatches.batch(1, 100, "info"));

        assertEquals(DroppedRows.NONE, store.makeRoom(LONG_AGO));
        assertFalse(store.hasUnreportedDrops());
    }

    @Test
    void whatNobodyTookIsReportedAsDroppedToo() {
        store.commit(TestBatches.batch(1, 10, "info"));
        store.drop(store.read("info", 3, 4));
        store.acknowledge("t.info", 10);
        store.release("info", 10);
        assertTrue(store.hasPendingAcknowledgements());
        store.commit(Batch.EMPTY);

        assertTrue(store.hasUnreportedDrops());
        DroppedRows dropped = store.unreportedDrops(10);
        assertEquals(List.of(new DroppedRows.Range(4, 7)), dropped.ranges());
        assertEquals(Map.of("reboot", 4L), dropped.counts());
        assertEquals(Set.of("one"), dropped.subjects());
        assertEquals(0, store.depth());
        assertFalse(store.hasPendingAcknowledgements());
    }

    @Test
    void aRowThatIsDroppedMoreThanOnceIsLostOnce() {
        store.commit(TestBatches.batch(1, 10, "info"));
        store.drop(store.read("info", 3, 4));
        store.commit(Batch.EMPTY);
        assertEquals(Map.of("reboot", 4L), store.unreportedDrops(10).counts());
        store.commit(new Batch(List.of(), List.of(), List.of(), Map.of(), store.unreportedDrops(10)));
        assertFalse(store.hasUnreportedDrops());

        store.drop(store.read("info", 3, 4)); // under another routing key
        store.drop(store.read("info", 7, 1));
        store.commit(Batch.EMPTY);
        assertEquals(
                new DroppedRows(List.of(new DroppedRows.Range(8, 8)), Map.of("reboot", 1L), Set.of("one")),
                store.unreportedDrops(10));
        DroppedRows tooOld = store.makeRoom(LONG_AGO + 60_000);

        assertEquals(Map.of("reboot", 5L), tooOld.counts(), "1 to 3, 9 and 10");
        assertEquals(
                List.of(new DroppedRows.Range(1, 3), new DroppedRows.Range(8, 10)),
                store.unreportedDrops(10).ranges());
        assertEquals(0, store.depth());
    }

    @Test
    void whatIsUnwantedGoesButNothingThatComesLaterNorReportsDrops() {
        store.commit(TestBatches.batch(
                List.of(
                        TestBatches.entry(1, DropPriority.NEVER, "agent.overflow", null),
                        TestBatches.entry(2, DropPriority.STATE, "started", "one"),
                        TestBatches.entry(3, DropPriority.AGENT, "agent.gap", null)),
                3));
        store.dropBefore(1_000);
        assertEquals(
                Map.of("started", 1L, "agent.gap", 1L), store.makeRoom(LONG_AGO).counts());
        store.commit(TestBatches.batch(4, 5, "info"));

        assertEquals(DroppedRows.NONE, store.makeRoom(LONG_AGO));
        assertEquals(List.of(1L, 4L, 5L), numbers());
        assertEquals(
                List.of(new DroppedRows.Range(2, 3)), store.unreportedDrops(10).ranges());
    }

    @Test
    void whatChangedNoStateGoesFirstAndOfThatTheOldest() {
        fill(
                1,
                700,
                sequence -> sequence % 4 == 0
                        ? TestBatches.entry(sequence, DropPriority.STATE, "started", "domain " + sequence)
                        : TestBatches.entry(sequence, DropPriority.DETAIL, "reboot", "domain " + sequence));
        DroppedRows dropped = makeRoom();

        assertEquals(Map.of("reboot", dropped.rows()), dropped.counts());
        List<Long> left = numbers();
        assertEquals(700 - dropped.rows(), left.size());
        long last = dropped.ranges().get(dropped.ranges().size() - 1).last();
        assertTrue(LongStream.rangeClosed(1, 700)
                .allMatch(sequence -> left.contains(sequence) == (sequence % 4 == 0 || sequence > last)));
    }

    @Test
    void thenStatesGoThatANewerOneOfTheSameSubjectSupersedes() {
        // Of the first ten domains nothing newer waits.
        fill(
                1,
                1_000,
                sequence -> sequence <= 10
                        ? TestBatches.entry(sequence, DropPriority.STATE, "defined", "quiet " + sequence)
                        : TestBatches.entry(sequence, DropPriority.STATE, "started", "busy " + sequence % 7));
        DroppedRows dropped = makeRoom();

        assertEquals(Map.of("started", dropped.rows()), dropped.counts());
        assertEquals(List.of(new DroppedRows.Range(11, 10 + dropped.rows())), dropped.ranges());
        assertEquals(7, dropped.subjects().size());
        assertTrue(numbers().containsAll(List.of(1L, 10L, 11L + dropped.rows())));
    }

    @Test
    void thenTheOldestGo() {
        fill(1, 1_000, sequence -> TestBatches.entry(sequence, DropPriority.STATE, "started", "domain " + sequence));
        DroppedRows dropped = makeRoom();

        assertEquals(List.of(new DroppedRows.Range(1, dropped.rows())), dropped.ranges());
        assertEquals(Map.of("started", dropped.rows()), dropped.counts());
        assertEquals(dropped.rows(), dropped.subjects().size());
    }

    @Test
    void theWritersOwnRowsHaveATenth() {
        fill(
                1,
                1_000,
                sequence -> sequence <= 50
                        ? TestBatches.entry(sequence, DropPriority.AGENT, "agent.connected", null)
                        : TestBatches.entry(sequence, DropPriority.STATE, "started", "domain " + sequence));
        DroppedRows dropped = makeRoom();

        assertEquals(Set.of("started"), dropped.counts().keySet());
        assertEquals(51, dropped.ranges().get(0).first());
    }

    @Test
    void beyondItsTenthTheWritersOldestGoAndNeverANotice() {
        fill(
                1,
                1_000,
                sequence -> sequence == 5
                        ? TestBatches.entry(sequence, DropPriority.NEVER, "agent.overflow", null)
                        : TestBatches.entry(sequence, DropPriority.AGENT, "agent.connected", null));
        DroppedRows dropped = makeRoom();

        assertEquals(Set.of("agent.connected"), dropped.counts().keySet());
        assertEquals(
                List.of(new DroppedRows.Range(1, 4), new DroppedRows.Range(6, dropped.rows() + 1)), dropped.ranges());
        assertTrue(numbers().contains(5L));
        assertEquals(Set.of(), dropped.subjects());
    }

    @Test
    void rowsThatAreTooOldGoWhateverTheyAre() {
        // A row is recorded as many milliseconds after the first second as its number says.
        store.commit(TestBatches.batch(
                List.of(
                        TestBatches.entry(1, DropPriority.NEVER, "agent.overflow", null),
                        TestBatches.entry(2, DropPriority.AGENT, "agent.connected", null),
                        TestBatches.entry(3, DropPriority.STATE, "started", "one"),
                        TestBatches.entry(4, DropPriority.DETAIL, "reboot", "one"),
                        TestBatches.entry(5, DropPriority.DETAIL, "reboot", "two")),
                5));
        DroppedRows dropped = store.makeRoom(LONG_AGO + 10_005);

        assertEquals(
                new DroppedRows(
                        List.of(new DroppedRows.Range(2, 4)),
                        Map.of("agent.connected", 1L, "started", 1L, "reboot", 1L),
                        Set.of("one")),
                dropped);
        assertEquals(List.of(1L, 5L), numbers());
    }

    @Test
    void anInventoryBeyondTheBytesDropsNoSmallOutbox() {
        store.commit(TestBatches.keeping(new InventoryRow("large", "x".repeat(2 * BYTES), null)));
        store.commit(TestBatches.batch(1, 20, "info"));

        assertEquals(DroppedRows.NONE, store.makeRoom(LONG_AGO));
        assertTrue(store.isRoomy());
    }

    @Test
    void whatWasDeliveredIsNotLost() {
        store.commit(TestBatches.batch(1, 6, "info"));
        store.release("info", 4);

        assertEquals(
                List.of(new DroppedRows.Range(5, 6)),
                store.makeRoom(LONG_AGO + 60_000).ranges());
    }

    @Test
    void unreportedDropsGrowUntilTheyAreReportedAlsoOverARestart() {
        store.commit(TestBatches.batch(List.of(TestBatches.entry(1, DropPriority.STATE, "started", "one")), 1));
        store.makeRoom(LONG_AGO + 60_000);
        store.close();
        open();
        assertTrue(store.hasUnreportedDrops());
        store.commit(TestBatches.batch(
                List.of(
                        TestBatches.entry(2, DropPriority.DETAIL, "reboot", "two"),
                        TestBatches.entry(3, DropPriority.STATE, "started", "three")),
                3));
        store.makeRoom(LONG_AGO + 60_000);

        DroppedRows all = store.unreportedDrops(10);
        assertEquals(
                new DroppedRows(
                        List.of(new DroppedRows.Range(1, 3)),
                        Map.of("started", 2L, "reboot", 1L),
                        Set.of("one", "two", "three")),
                all);
        report(store.unreportedDrops(2));
        assertTrue(store.hasUnreportedDrops());
        assertEquals(List.of(), store.unreportedDrops(10).ranges());
        assertEquals(Map.of(), store.unreportedDrops(10).counts());
        assertEquals(1, store.unreportedDrops(10).subjects().size());
        report(store.unreportedDrops(2));
        assertFalse(store.hasUnreportedDrops());
        store.close();
        open();
        assertFalse(store.hasUnreportedDrops());
    }

    @Test
    void theFileShrinksWhenTheOutboxWasEmptied() throws Exception {
        store.close();
        store = Store.open(
                StoreConfig.at(path()).withBounds(1 << 30, Duration.ofDays(1)).withHistory(0, Duration.ZERO));
        store.commit(TestBatches.batch(1, 10_000, "info"));
        store.release("info", 10_000);
        store.commit(Batch.EMPTY);
        long large = Files.size(path());
        for (int second = 0; second < 60; second++) {
            store.releaseFreePages();
        }
        store.close();

        assertTrue(large > 15 << 20, () -> "only " + large);
        assertTrue(Files.size(path()) < 5 << 20, "what stays is wanted again soon");
    }

    /** Until there is nothing to do any more. */
    private DroppedRows makeRoom() {
        DroppedRows all = DroppedRows.NONE;
        for (DroppedRows dropped = store.makeRoom(LONG_AGO); !dropped.isEmpty(); dropped = store.makeRoom(LONG_AGO)) {
            assertTrue(dropped.rows() <= OutboxBounds.STEP);
            all = all.plus(dropped);
        }
        assertTrue(store.hasUnreportedDrops());
        assertEquals(all, store.unreportedDrops(Integer.MAX_VALUE));
        return all;
    }

    private void report(DroppedRows reported) {
        store.commit(new Batch(List.of(), List.of(), List.of(), Map.of(), reported));
    }

    private void fill(long from, long to, LongFunction<OutboxEntry> entry) {
        List<OutboxEntry> entries = new ArrayList<>();
        for (long sequence = from; sequence <= to; sequence++) {
            entries.add(entry.apply(sequence));
        }
        store.commit(TestBatches.batch(entries, to));
    }

    private List<Long> numbers() {
        return store.read("info", 0, 100_000).stream().map(OutboxRow::sequence).toList();
    }
}
