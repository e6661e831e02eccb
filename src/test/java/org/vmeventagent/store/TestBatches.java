package org.vmeventagent.store;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Batches for tests. */
final class TestBatches {
    private TestBatches() {}

    static OutboxRow row(long sequence, String priority) {
        return new OutboxRow(
                sequence,
                priority,
                null,
                "id-" + sequence,
                1_000 + sequence,
                body(sequence).getBytes(StandardCharsets.UTF_8));
    }

    /** Long enough to need pages of its own now and then, and to show a torn one. */
    static String body(long sequence) {
        return ("{\"sequence\": " + sequence + "}").repeat(1 + (int) (sequence % 200));
    }

    static List<OutboxRow> rows(long from, long to, String priority) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(sequence -> row(sequence, priority))
                .toList();
    }

    /** A row with what counts when the outbox is full. */
    static OutboxEntry entry(long sequence, DropPriority dropPriority, String name, @Nullable String subject) {
        return new OutboxEntry(row(sequence, "info"), dropPriority, name, subject);
    }

    /** Rows from one number to another, with the counter. */
    static Batch batch(long from, long to, String priority) {
        return batch(
                rows(from, to, priority).stream()
                        .map(row -> new OutboxEntry(row, DropPriority.DETAIL, "reboot", "one"))
                        .toList(),
                to);
    }

    /** Rows, with the counter. */
    static Batch batch(List<OutboxEntry> entries, long last) {
        return new Batch(entries, List.of(), List.of(), Map.of(Store.SEQUENCE, last));
    }

    static Batch keeping(InventoryRow... rows) {
        return new Batch(List.of(), List.of(rows), List.of(), Map.of());
    }
}
