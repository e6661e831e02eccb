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

class StoreBoundsTest {
    /** As {@link OutboxRow#recordedAt}. */
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
        assertEquals(Loss.NONE, store.makeRoom(LONG_AGO));
        store.commit(Rows.batch(1, 100, "info"));

        assertEquals(Loss.NONE, store.makeRoom(LONG_AGO));
        assertFalse(store.owes());
    }

    @Test
    void whatNobodyTookIsOwedToo() {
        store.commit(Rows.batch(1, 10, "info"));
        store.giveUp(store.read("info", 3, 4));
        store.acknowledge("t.info", 10);
        store.release("info", 10);
        assertTrue(store.hasPendingAcknowledgements());
        store.commit(Batch.EMPTY);

        assertTrue(store.owes());
        Loss loss = store.loss(10);
        assertEquals(List.of(new Loss.Range(4, 7)), loss.ranges());
        assertEquals(Map.of("reboot", 4L), loss.counts());
        assertEquals(Set.of("one"), loss.subjects());
        assertEquals(0, store.depth());
        assertFalse(store.hasPendingAcknowledgements());
    }

    @Test
    void aRowThatIsGivenUpMoreThanOnceIsLostOnce() {
        store.commit(Rows.batch(1, 10, "info"));
        store.giveUp(store.read("info", 3, 4));
        store.commit(Batch.EMPTY);
        assertEquals(Map.of("reboot", 4L), store.loss(10).counts());
        store.commit(new Batch(List.of(), List.of(), List.of(), Map.of(), store.loss(10)));
        assertFalse(store.owes());

        store.giveUp(store.read("info", 3, 4)); // under another routing key
        store.giveUp(store.read("info", 7, 1));
        store.commit(Batch.EMPTY);
        assertEquals(new Loss(List.of(new Loss.Range(8, 8)), Map.of("reboot", 1L), Set.of("one")), store.loss(10));
        Loss tooOld = store.makeRoom(LONG_AGO + 60_000);

        assertEquals(Map.of("reboot", 5L), tooOld.counts(), "1 to 3, 9 and 10");
        assertEquals(
                List.of(new Loss.Range(1, 3), new Loss.Range(8, 10)),
                store.loss(10).ranges());
        assertEquals(0, store.depth());
    }

    @Test
    void whatChangedNoStateGoesFirstAndOfThatTheOldest() {
        fill(
                1,
                700,
                sequence -> sequence % 4 == 0
                        ? Rows.entry(sequence, Rank.STATE, "started", "domain " + sequence)
                        : Rows.entry(sequence, Rank.DETAIL, "reboot", "domain " + sequence));
        Loss lost = makeRoom();

        assertEquals(Map.of("reboot", lost.rows()), lost.counts());
        List<Long> left = numbers();
        assertEquals(700 - lost.rows(), left.size());
        long last = lost.ranges().get(lost.ranges().size() - 1).last();
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
                        ? Rows.entry(sequence, Rank.STATE, "defined", "quiet " + sequence)
                        : Rows.entry(sequence, Rank.STATE, "started", "busy " + sequence % 7));
        Loss lost = makeRoom();

        assertEquals(Map.of("started", lost.rows()), lost.counts());
        assertEquals(List.of(new Loss.Range(11, 10 + lost.rows())), lost.ranges());
        assertEquals(7, lost.subjects().size());
        assertTrue(numbers().containsAll(List.of(1L, 10L, 11L + lost.rows())));
    }

    @Test
    void thenTheOldestGo() {
        fill(1, 1_000, sequence -> Rows.entry(sequence, Rank.STATE, "started", "domain " + sequence));
        Loss lost = makeRoom();

        assertEquals(List.of(new Loss.Range(1, lost.rows())), lost.ranges());
        assertEquals(Map.of("started", lost.rows()), lost.counts());
        assertEquals(lost.rows(), lost.subjects().size());
    }

    @Test
    void theWritersOwnRowsHaveATenth() {
        fill(
                1,
                1_000,
                sequence -> sequence <= 50
                        ? Rows.entry(sequence, Rank.OWN, "agent.connected", null)
                        : Rows.entry(sequence, Rank.STATE, "started", "domain " + sequence));
        Loss lost = makeRoom();

        assertEquals(Set.of("started"), lost.counts().keySet());
        assertEquals(51, lost.ranges().get(0).first());
    }

    @Test
    void beyondItsTenthTheWritersOldestGoAndNeverANotice() {
        fill(
                1,
                1_000,
                sequence -> sequence == 5
                        ? Rows.entry(sequence, Rank.NOTICE, "agent.overflow", null)
                        : Rows.entry(sequence, Rank.OWN, "agent.connected", null));
        Loss lost = makeRoom();

        assertEquals(Set.of("agent.connected"), lost.counts().keySet());
        assertEquals(List.of(new Loss.Range(1, 4), new Loss.Range(6, lost.rows() + 1)), lost.ranges());
        assertTrue(numbers().contains(5L));
        assertEquals(Set.of(), lost.subjects());
    }

    @Test
    void rowsThatAreTooOldGoWhateverTheyAre() {
        // A row is recorded as many milliseconds after the first second as its number says.
        store.commit(Rows.batch(
                List.of(
                        Rows.entry(1, Rank.NOTICE, "agent.overflow", null),
                        Rows.entry(2, Rank.OWN, "agent.connected", null),
                        Rows.entry(3, Rank.STATE, "started", "one"),
                        Rows.entry(4, Rank.DETAIL, "reboot", "one"),
                        Rows.entry(5, Rank.DETAIL, "reboot", "two")),
                5));
        Loss lost = store.makeRoom(LONG_AGO + 10_005);

        assertEquals(
                new Loss(
                        List.of(new Loss.Range(2, 4)),
                        Map.of("agent.connected", 1L, "started", 1L, "reboot", 1L),
                        Set.of("one")),
                lost);
        assertEquals(List.of(1L, 5L), numbers());
    }

    @Test
    void anInventoryBeyondTheBytesDropsNoSmallOutbox() {
        store.commit(Rows.keeping(new InventoryRow("large", "x".repeat(2 * BYTES), null)));
        store.commit(Rows.batch(1, 20, "info"));

        assertEquals(Loss.NONE, store.makeRoom(LONG_AGO));
        assertTrue(store.isRoomy());
    }

    @Test
    void whatWasDeliveredIsNotLost() {
        store.commit(Rows.batch(1, 6, "info"));
        store.release("info", 4);

        assertEquals(
                List.of(new Loss.Range(5, 6)), store.makeRoom(LONG_AGO + 60_000).ranges());
    }

    @Test
    void aDebtGrowsUntilItIsSettledAlsoOverARestart() {
        store.commit(Rows.batch(List.of(Rows.entry(1, Rank.STATE, "started", "one")), 1));
        store.makeRoom(LONG_AGO + 60_000);
        store.close();
        open();
        assertTrue(store.owes());
        store.commit(Rows.batch(
                List.of(Rows.entry(2, Rank.DETAIL, "reboot", "two"), Rows.entry(3, Rank.STATE, "started", "three")),
                3));
        store.makeRoom(LONG_AGO + 60_000);

        Loss all = store.loss(10);
        assertEquals(
                new Loss(
                        List.of(new Loss.Range(1, 3)),
                        Map.of("started", 2L, "reboot", 1L),
                        Set.of("one", "two", "three")),
                all);
        settle(store.loss(2));
        assertTrue(store.owes());
        assertEquals(List.of(), store.loss(10).ranges());
        assertEquals(Map.of(), store.loss(10).counts());
        assertEquals(1, store.loss(10).subjects().size());
        settle(store.loss(2));
        assertFalse(store.owes());
        store.close();
        open();
        assertFalse(store.owes());
    }

    @Test
    void theFileShrinksWhenTheOutboxWasEmptied() throws Exception {
        store.close();
        store = Store.open(StoreConfig.at(path()).withBounds(1 << 30, Duration.ofDays(1)));
        store.commit(Rows.batch(1, 10_000, "info"));
        store.release("info", 10_000);
        store.commit(Batch.EMPTY);
        long large = Files.size(path());
        for (int second = 0; second < 30; second++) {
            store.giveBack();
        }
        store.close();

        assertTrue(large > 15 << 20, () -> "only " + large);
        assertTrue(Files.size(path()) < 2 << 20);
    }

    /** Until there is nothing to do any more. */
    private Loss makeRoom() {
        Loss all = Loss.NONE;
        for (Loss lost = store.makeRoom(LONG_AGO); !lost.isEmpty(); lost = store.makeRoom(LONG_AGO)) {
            assertTrue(lost.rows() <= Bounds.STEP);
            all = all.plus(lost);
        }
        assertTrue(store.owes());
        assertEquals(all, store.loss(Integer.MAX_VALUE));
        return all;
    }

    private void settle(Loss told) {
        store.commit(new Batch(List.of(), List.of(), List.of(), Map.of(), told));
    }

    private void fill(long from, long to, LongFunction<Entry> entry) {
        List<Entry> entries = new ArrayList<>();
        for (long sequence = from; sequence <= to; sequence++) {
            entries.add(entry.apply(sequence));
        }
        store.commit(Rows.batch(entries, to));
    }

    private List<Long> numbers() {
        return store.read("info", 0, 100_000).stream().map(OutboxRow::sequence).toList();
    }
}
