package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UnsavedTest {
    private static final long BYTES = 10_000;

    private final Unsaved unsaved = new Unsaved(BYTES);
    private long number;

    @Test
    void isEmptyUntilSomethingIsHeldAndWhenItIsSaved() {
        assertTrue(unsaved.isEmpty());
        unsaved.add(Batch.EMPTY);
        assertFalse(unsaved.isEmpty(), "acknowledgements may wait without a batch");
        unsaved.add(Rows.batch(1, 3, "info"));
        assertEquals(1, unsaved.first());
        assertEquals(3, unsaved.count());

        unsaved.saved();

        assertTrue(unsaved.isEmpty());
        assertEquals(Long.MAX_VALUE, unsaved.first());
        assertEquals(0, unsaved.count());
        assertEquals(Batch.EMPTY, unsaved.with(Batch.EMPTY));
    }

    @Test
    void givesAPrioritysRowsInOrder() {
        unsaved.add(Rows.batch(1, 4, "info"));
        unsaved.add(Rows.batch(5, 5, "error"));
        unsaved.add(Rows.batch(6, 9, "info"));

        assertEquals(List.of(4L, 6L, 7L), numbers(unsaved.rows("info", 3, 3)));
        assertEquals(List.of(5L), numbers(unsaved.rows("error", 0, 10)));
        assertEquals(List.of(), unsaved.rows("error", 5, 10));
    }

    @Test
    void needNotBeWrittenOnceReleased() {
        unsaved.add(Rows.batch(1, 4, "info"));
        unsaved.add(Rows.batch(5, 5, "error"));
        unsaved.add(Rows.batch(6, 9, "info"));

        unsaved.release("info", 7);

        Batch left = unsaved.with(Rows.batch(10, 10, "info"));
        assertEquals(
                List.of(5L, 8L, 9L, 10L),
                left.rows().stream().map(entry -> entry.row().sequence()).toList());
        assertEquals(10, left.counters().get(Store.SEQUENCE));
    }

    @Test
    void leavesWhatOneBatchAfterTheOtherWouldLeave() {
        unsaved.add(new Batch(
                List.of(),
                List.of(new InventoryRow("a", "1", "<a/>"), new InventoryRow("b", "1", null)),
                List.of("c", "d"),
                Map.of("one", 1L, "two", 1L),
                lost("reboot", 1, Set.of("a"), 1, 1)));
        unsaved.add(new Batch(
                List.of(),
                List.of(
                        new InventoryRow("a", "2", null),
                        new InventoryRow("b", "2", "<b/>"),
                        new InventoryRow("c", "2", null)),
                List.of(),
                Map.of("two", 2L),
                lost("reboot", 1, Set.of("b"), 2, 2)));
        Batch all = unsaved.with(new Batch(List.of(), List.of(), List.of("b"), Map.of("three", 3L)));

        assertEquals(
                Set.of(new InventoryRow("a", "2", "<a/>"), new InventoryRow("c", "2", "")),
                Set.copyOf(all.kept()),
                "what was forgotten and came back begins anew");
        assertEquals(Set.of("d", "b"), Set.copyOf(all.forgotten()));
        assertEquals(Map.of("one", 1L, "two", 2L, "three", 3L), all.counters());
        assertEquals(new Loss(List.of(new Loss.Range(1, 2)), Map.of("reboot", 2L), Set.of("a", "b")), all.settled());
    }

    @Test
    void givesUpWhatChangedNoStateThenSupersededStatesThenTheOldest() {
        add(Rank.NOTICE, "agent.overflow", null);
        add(Rank.OWN, "agent.started", null);
        add(Rank.STATE, "started", "alone");
        add(Rank.DETAIL, "reboot", "alone");
        add(Rank.DETAIL, "reboot", "two");
        add(Rank.STATE, "started", "two");
        for (String subject : List.of("two", "three", "four", "five")) {
            assertEquals(Loss.NONE, add(Rank.STATE, "stopped", subject));
        }

        assertEquals(lost("reboot", 2, Set.of("alone", "two"), 4, 5), add(Rank.STATE, "started", "six"));
        assertEquals(Loss.NONE, add(Rank.STATE, "started", "seven"));
        assertEquals(List.of(3L, 6L), numbersOf(add(Rank.STATE, "started", "eight")));
        assertEquals(Loss.NONE, add(Rank.STATE, "started", "nine"));
        assertEquals(List.of(7L, 8L), numbersOf(add(Rank.STATE, "started", "ten")));

        assertEquals(List.of(1L, 2L, 9L), numbers(unsaved.rows("info", 0, 3)));
        assertEquals(List.of(3L, 4L, 5L, 6L, 7L, 8L), numbersOf(unsaved.lost()));
    }

    @Test
    void givesUpItsOwnNewsFirstBeyondATenth() {
        for (int news = 1; news <= 3; news++) {
            add(Rank.OWN, "agent.connected", null);
        }
        for (int detail = 4; detail <= 10; detail++) {
            add(Rank.DETAIL, "reboot", "one");
        }

        assertEquals(lost("agent.connected", 2, Set.of(), 1, 2), add(Rank.DETAIL, "reboot", "one"));
        assertEquals(
                List.of(4L, 5L), numbersOf(add(Rank.DETAIL, "reboot", "one").plus(add(Rank.DETAIL, "reboot", "one"))));
    }

    @Test
    void owesWhatItGaveUpUntilItIsSaved() {
        for (int row = 0; row < 1_000; row++) {
            add(Rank.DETAIL, "reboot", "one");
        }
        assertTrue(unsaved.count() <= 10);
        assertEquals(1_000 - unsaved.count(), unsaved.lost().rows());
        unsaved.owe(lost("started", 1, Set.of("two"), 2_000, 2_000));
        assertEquals(Set.of("one", "two"), unsaved.lost().subjects());

        unsaved.saved();

        assertEquals(Loss.NONE, unsaved.lost());
    }

    /** A row that takes a tenth of the bound. */
    private Loss add(Rank rank, String name, @Nullable String subject) {
        number++;
        byte[] body = new byte[(int) (BYTES / 10 - Given.BESIDE_BODY)];
        OutboxRow row = new OutboxRow(number, "info", "id", 0, body);
        return unsaved.add(Rows.batch(List.of(new Entry(row, rank, name, subject)), number));
    }

    private static Loss lost(String name, long count, Set<String> subjects, long first, long last) {
        return new Loss(List.of(new Loss.Range(first, last)), Map.of(name, count), subjects);
    }

    private static List<Long> numbersOf(Loss loss) {
        return loss.ranges().stream()
                .flatMapToLong(range -> LongStream.rangeClosed(range.first(), range.last()))
                .boxed()
                .toList();
    }

    private static List<Long> numbers(List<OutboxRow> rows) {
        return rows.stream().map(OutboxRow::sequence).toList();
    }
}
