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

class MemoryBufferTest {
    private static final long BYTES = 10_000;

    private final MemoryBuffer buffer = new MemoryBuffer(BYTES);
    private long number;

    @Test
    void isEmptyUntilSomethingIsHeldAndWhenItIsSaved() {
        assertTrue(buffer.isEmpty());
        buffer.add(Batch.EMPTY);
        assertFalse(buffer.isEmpty(), "acknowledgements may wait without a batch");
        buffer.add(TestBatches.batch(1, 3, "info"));
        assertEquals(1, buffer.first());
        assertEquals(3, buffer.count());

        buffer.saved();

        assertTrue(buffer.isEmpty());
        assertEquals(Long.MAX_VALUE, buffer.first());
        assertEquals(0, buffer.count());
        assertEquals(Batch.EMPTY, buffer.with(Batch.EMPTY));
    }

    @Test
    void givesAPrioritysRowsInOrder() {
        buffer.add(TestBatches.batch(1, 4, "info"));
        buffer.add(TestBatches.batch(5, 5, "error"));
        buffer.add(TestBatches.batch(6, 9, "info"));

        assertEquals(List.of(4L, 6L, 7L), numbers(buffer.rows("info", 3, 3)));
        assertEquals(List.of(5L), numbers(buffer.rows("error", 0, 10)));
        assertEquals(List.of(), buffer.rows("error", 5, 10));
    }

    @Test
    void needNotBeWrittenOnceReleased() {
        buffer.add(TestBatches.batch(1, 4, "info"));
        buffer.add(TestBatches.batch(5, 5, "error"));
        buffer.add(TestBatches.batch(6, 9, "info"));

        buffer.release("info", 7);

        Batch left = buffer.with(TestBatches.batch(10, 10, "info"));
        assertEquals(
                List.of(5L, 8L, 9L, 10L),
                left.rows().stream()
                        .map(outboxEntry -> outboxEntry.row().sequence())
                        .toList());
        assertEquals(10, left.counters().get(Store.SEQUENCE));
    }

    @Test
    void leavesWhatOneBatchAfterTheOtherWouldLeave() {
        buffer.add(new Batch(
                List.of(),
                List.of(new InventoryRow("a", "1", "<a/>"), new InventoryRow("b", "1", null)),
                List.of("c", "d"),
                Map.of("one", 1L, "two", 1L),
                lost("reboot", 1, Set.of("a"), 1, 1)));
        buffer.add(new Batch(
                List.of(),
                List.of(
                        new InventoryRow("a", "2", null),
                        new InventoryRow("b", "2", "<b/>"),
                        new InventoryRow("c", "2", null)),
                List.of(),
                Map.of("two", 2L),
                lost("reboot", 1, Set.of("b"), 2, 2)));
        Batch all = buffer.with(new Batch(List.of(), List.of(), List.of("b"), Map.of("three", 3L)));

        assertEquals(
                Set.of(new InventoryRow("a", "2", "<a/>"), new InventoryRow("c", "2", "")),
                Set.copyOf(all.kept()),
                "what was forgotten and came back begins again");
        assertEquals(Set.of("d", "b"), Set.copyOf(all.forgotten()));
        assertEquals(Map.of("one", 1L, "two", 2L, "three", 3L), all.counters());
        assertEquals(
                new DroppedRows(List.of(new DroppedRows.Range(1, 2)), Map.of("reboot", 2L), Set.of("a", "b")),
                all.reportedDrops());
    }

    @Test
    void dropsWhatChangedNoStateThenSupersededStatesThenTheOldest() {
        add(DropPriority.NEVER, "agent.overflow", null);
        add(DropPriority.AGENT, "agent.started", null);
        add(DropPriority.STATE, "started", "alone");
        add(DropPriority.DETAIL, "reboot", "alone");
        add(DropPriority.DETAIL, "reboot", "two");
        add(DropPriority.STATE, "started", "two");
        for (String subject : List.of("two", "three", "four", "five")) {
            assertEquals(DroppedRows.NONE, add(DropPriority.STATE, "stopped", subject));
        }

        assertEquals(lost("reboot", 2, Set.of("alone", "two"), 4, 5), add(DropPriority.STATE, "started", "six"));
        assertEquals(DroppedRows.NONE, add(DropPriority.STATE, "started", "seven"));
        assertEquals(List.of(3L, 6L), numbersOf(add(DropPriority.STATE, "started", "eight")));
        assertEquals(DroppedRows.NONE, add(DropPriority.STATE, "started", "nine"));
        assertEquals(List.of(7L, 8L), numbersOf(add(DropPriority.STATE, "started", "ten")));

        assertEquals(List.of(1L, 2L, 9L), numbers(buffer.rows("info", 0, 3)));
        assertEquals(List.of(3L, 4L, 5L, 6L, 7L, 8L), numbersOf(buffer.dropped()));
    }

    @Test
    void dropsItsOwnEventsFirstBeyondATenth() {
        for (int news = 1; news <= 3; news++) {
            add(DropPriority.AGENT, "agent.connected", null);
        }
        for (int detail = 4; detail <= 10; detail++) {
            add(DropPriority.DETAIL, "reboot", "one");
        }

        assertEquals(lost("agent.connected", 2, Set.of(), 1, 2), add(DropPriority.DETAIL, "reboot", "one"));
        assertEquals(
                List.of(4L, 5L),
                numbersOf(add(DropPriority.DETAIL, "reboot", "one").plus(add(DropPriority.DETAIL, "reboot", "one"))));
    }

    @Test
    void keepsDropsUnreportedUntilTheyAreSaved() {
        for (int row = 0; row < 1_000; row++) {
            add(DropPriority.DETAIL, "reboot", "one");
        }
        assertTrue(buffer.count() <= 10);
        assertEquals(1_000 - buffer.count(), buffer.dropped().rows());
        buffer.addDropped(lost("started", 1, Set.of("two"), 2_000, 2_000));
        assertEquals(Set.of("one", "two"), buffer.dropped().subjects());

        buffer.saved();

        assertEquals(DroppedRows.NONE, buffer.dropped());
    }

    /** A row that takes a tenth of the bound. */
    private DroppedRows add(DropPriority dropPriority, String name, @Nullable String subject) {
        number++;
        byte[] body = new byte[(int) (BYTES / 10 - DroppedRows.Row.BESIDE_BODY)];
        OutboxRow row = new OutboxRow(number, "info", null, "id", 0, body);
        return buffer.add(TestBatches.batch(List.of(new OutboxEntry(row, dropPriority, name, subject)), number));
    }

    private static DroppedRows lost(String name, long count, Set<String> subjects, long first, long last) {
        return new DroppedRows(List.of(new DroppedRows.Range(first, last)), Map.of(name, count), subjects);
    }

    private static List<Long> numbersOf(DroppedRows dropped) {
        return dropped.ranges().stream()
                .flatMapToLong(range -> LongStream.rangeClosed(range.first(), range.last()))
                .boxed()
                .toList();
    }

    private static List<Long> numbers(List<OutboxRow> rows) {
        return rows.stream().map(OutboxRow::sequence).toList();
    }
}
