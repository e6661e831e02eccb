package org.vmeventagent.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Records a row for each line of standard input, to be killed: on disk, or in memory where the disk takes none. Says which,
 * and the number.
 */
final class BufferLoop {
    static final String DISK = "disk ";
    static final String BUFFERED = "held ";
    static final String BOOT = "boot";

    private BufferLoop() {}

    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Store store = Store.open(StoreConfig.at(Path.of(args[0])).withBootId(BOOT))) {
            store.alive(Instant.now());
            for (long next = store.lastSequence() + 1; in.readLine() != null; next++) {
                Batch batch = new Batch(
                        List.of(TestBatches.entry(next, DropPriority.STATE, "started", "one")),
                        List.of(new InventoryRow("one", String.valueOf(next), null)),
                        List.of(),
                        Map.of(Store.SEQUENCE, next));
                out.println(record(store, batch) + next);
            }
        }
    }

    private static String record(Store store, Batch batch) {
        if (!store.isBuffering()) {
            try {
                store.commit(batch);
                return DISK;
            } catch (StoreException full) {
                System.err.println(full.getMessage());
            }
        }
        return store.bufferInMemory(batch).isPresent() ? BUFFERED : "lost ";
    }
}
