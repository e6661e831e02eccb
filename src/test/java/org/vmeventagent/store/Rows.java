package org.vmeventagent.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Batches for tests. */
final class Rows {
    private Rows() {}

    static OutboxRow row(long sequence, String priority) {
        return new OutboxRow(
                sequence,
                priority,
                "id-" + sequence,
                1_000 + sequence,
                body(sequence).getBytes(StandardCharsets.UTF_8));
    }

    /** Long enough to need pages of its own now and then, and to show a torn one. */
    static String body(long sequence) {
        return ("{\"sequence\": " + sequence + "}").repeat(1 + (int) (sequence % 200));
    }

    /** Rows from one number to another, with the counter. */
    static Batch batch(long from, long to, String priority) {
        List<OutboxRow> rows = new ArrayList<>();
        for (long sequence = from; sequence <= to; sequence++) {
            rows.add(row(sequence, priority));
        }
        return new Batch(rows, List.of(), List.of(), Map.of(Store.SEQUENCE, to));
    }

    static Batch keeping(InventoryRow... rows) {
        return new Batch(List.of(), List.of(rows), List.of(), Map.of());
    }
}
