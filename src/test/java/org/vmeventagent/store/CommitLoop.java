package org.vmeventagent.store;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Commits for ever, to be killed: rows, a domain, ack positions and releases. Prints a number once it is committed. Each domain
 * row and a counter of its own say the same number as the rows of their commit, which a torn commit would betray.
 *
 * <p>Arguments: the database, the mode of {@link StoreConfig.Synchronous}, the boot id.
 */
final class CommitLoop {
    static final String DOMAIN = "domain";
    static final String TWIN = "twin";
    static final String KEY = "notifications.info";
    /** Rows that stay behind the ack position. */
    static final int WINDOW = 500;

    private CommitLoop() {}

    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        StoreConfig config = StoreConfig.at(Path.of(args[0]))
                .withSynchronous(StoreConfig.Synchronous.valueOf(args[1]))
                .withBootId(args[2]);
        try (Store store = Store.open(config)) {
            for (long last = store.lastSequence(); ; ) {
                long next = last + 1 + last % 7;
                store.acknowledge(KEY, Math.max(1, last - WINDOW));
                store.release("info", Math.max(1, last - WINDOW));
                store.commit(batch(last + 1, next));
                last = next;
                out.println(last);
            }
        }
    }

    private static Batch batch(long from, long to) {
        List<OutboxEntry> rows = new ArrayList<>();
        for (long sequence = from; sequence <= to; sequence++) {
            rows.add(TestBatches.entry(sequence, DropPriority.STATE, "started", "one"));
        }
        InventoryRow domain = new InventoryRow(DOMAIN, String.valueOf(to), from % 2 == 0 ? "<m" + to + "/>" : null);
        return new Batch(rows, List.of(domain), List.of(), Map.of(Store.SEQUENCE, to, TWIN, to));
    }
}
