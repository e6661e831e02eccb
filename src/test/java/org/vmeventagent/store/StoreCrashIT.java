package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What survives kill -9. {@code -Dcrash.rounds} says how often, {@code -Dcrash.seed} when. */
class StoreCrashIT {
    private static final int ROUNDS = Integer.getInteger("crash.rounds", 5);
    private static final long SEED = Long.getLong("crash.seed", System.nanoTime());

    @TempDir
    Path directory;

    @Test
    void losesNothingThatWasCommittedAndTearsNoCommit() throws Exception {
        Path path = directory.resolve("agent.db");
        Random random = new Random(SEED);
        UUID stream = null;
        long before = 0;
        for (int round = 1; round <= ROUNDS; round++) {
            String where = "round " + round + " of seed " + SEED;
            long printed = killAfter(path, 20 + random.nextInt(400));
            try (Store store = Store.open(StoreConfig.at(path))) {
                assertTrue(stream == null || stream.equals(store.stream()), where);
                stream = store.stream();
                assertTrue(store.lastSequence() >= printed, where + ": lost what was committed");
                assertTrue(printed > before, where + ": the numbers didn't go on");
                assertIsWhole(store, where);
                before = store.lastSequence();
            }
        }
    }

    private static void assertIsWhole(Store store, String where) {
        long last = store.lastSequence();
        assertEquals(last, store.counter(CommitLoop.TWIN), where);
        List<InventoryRow> inventory = store.inventory();
        assertEquals(1, inventory.size(), where);
        assertEquals(String.valueOf(last), inventory.get(0).life(), where);

        long acknowledged = store.acknowledged(CommitLoop.KEY);
        List<OutboxRow> rows = store.read("info", 0, Integer.MAX_VALUE);
        long expected = acknowledged + 1;
        for (OutboxRow row : rows) {
            assertEquals(Rows.row(expected, "info"), row, where);
            expected++;
        }
        assertEquals(last + 1, expected, where + ": rows are missing");
    }

    /** The last number that was printed before the kill. */
    private static long killAfter(Path path, int commits) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CommitLoop.class.getName(),
                        path.toString())
                .redirectError(Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader()) {
            long last = 0;
            for (int commit = 0; commit < commits; commit++) {
                String line = out.readLine();
                assertNotNull(line, "the loop ended by itself");
                last = Long.parseLong(line);
            }
            process.toHandle().destroyForcibly(); // leaves what it printed readable
            for (String line = out.readLine(); line != null && isWholeNumber(line); line = out.readLine()) {
                last = Math.max(last, Long.parseLong(line));
            }
            return last;
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(20, TimeUnit.SECONDS));
        }
    }

    private static boolean isWholeNumber(String line) {
        return !line.isEmpty() && line.chars().allMatch(Character::isDigit);
    }
}
