package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What survives kill -9. {@code -Dcrash.rounds} says how often, {@code -Dcrash.seed} when. */
class StoreCrashIT {
    private static final int ROUNDS = Integer.getInteger("crash.rounds", 5);
    private static final String BOOT = "boot";
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

    /** Whoever puts a copy back seldom thinks of the log beside it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void usesNoNumberAgainWhenAnOlderCopyIsPutBackAfterAKill(boolean logToo) throws Exception {
        Path path = directory.resolve("agent.db");
        Path backup = directory.resolve("backup");
        Random random = new Random(SEED);
        for (int round = 1; round <= ROUNDS; round++) {
            String where = "round " + round + " of seed " + SEED;
            killAfter(path, 20 + random.nextInt(100));
            UUID stream;
            try (Store store = Store.open(StoreConfig.at(path))) {
                stream = store.stream();
            }
            copy(path, backup);
            long printed = killAfter(path, 20 + random.nextInt(400));
            copy(backup, path);
            if (logToo) {
                Files.delete(directory.resolve("agent.db-wal"));
                Files.delete(directory.resolve("agent.db-shm"));
            }
            try (Store store = Store.open(StoreConfig.at(path))) {
                assertTrue(
                        !store.stream().equals(stream) || store.lastSequence() >= printed,
                        where + ": " + store.lastSequence() + " of " + printed);
                assertTrue(!logToo || store.hasUnreportedDrops(), where);
                store.commit(Batch.EMPTY);
            }
        }
    }

    @Test
    void withoutSyncNumbersAreSkippedOnlyAfterAnotherBoot() throws Exception {
        Path path = directory.resolve("agent.db");
        StoreConfig config = StoreConfig.at(path).withSynchronous(StoreConfig.Synchronous.NORMAL);
        long printed = killAfter(path, 300, StoreConfig.Synchronous.NORMAL);
        try (Store store = Store.open(config.withBootId(BOOT))) {
            assertTrue(store.lastSequence() >= printed);
            assertIsWhole(store, "the same boot");
        }
        printed = killAfter(path, 300, StoreConfig.Synchronous.NORMAL);
        try (Store store = Store.open(config.withBootId("another"))) {
            assertTrue(store.lastSequence() > printed);
            assertTrue(store.hasUnreportedDrops(), "a power cut may have taken some from the database");
        }
    }

    @Test
    void whatItMakesIsReadableByItsOwnerOnlyWhateverTheUmask() throws Exception {
        Path path = directory.resolve("agent.db");
        killAfter(path, 5);
        assertEquals(Set.of("agent.db", "agent.db-wal", "agent.db-shm", "agent.db.alive", "agent.db.lock"), files());
        Files.delete(directory.resolve("agent.db-wal"));
        Files.writeString(path, "damaged");
        killAfter(path, 5);
        Set<String> files = files();
        assertTrue(files.stream().anyMatch(name -> name.startsWith("agent.db.corrupt-")), files::toString);
        assertTrue(files.containsAll(Set.of("agent.db", "agent.db-wal", "agent.db-shm")), files::toString);
    }

    /** Their names; each only its owner can write, and others can't read. */
    private Set<String> files() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                assertEquals(
                        "rw-r-----",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file)),
                        file.toString());
                names.add(file.getFileName().toString());
            }
        }
        return names;
    }

    private static void copy(Path from, Path to) throws IOException, InterruptedException {
        Process cp = new ProcessBuilder("cp", from.toString(), to.toString())
                .inheritIO()
                .start();
        assertTrue(cp.waitFor(20, TimeUnit.SECONDS));
        assertEquals(0, cp.exitValue());
    }

    private static void assertIsWhole(Store store, String where) {
        long last = store.lastSequence();
        assertEquals(last, store.counter(CommitLoop.TWIN), where);
        List<InventoryRow> inventory = store.inventory();
        assertEquals(1, inventory.size(), where);
        assertEquals(String.valueOf(last), inventory.get(0).domain(), where);

        long acknowledged = store.acknowledged(CommitLoop.KEY);
        List<OutboxRow> rows = store.read("info", 0, Integer.MAX_VALUE);
        long expected = acknowledged + 1;
        for (OutboxRow row : rows) {
            assertEquals(TestBatches.row(expected, "info"), row, where);
            expected++;
        }
        assertEquals(last + 1, expected, where + ": rows are missing");
    }

    /** The last number that was printed before the kill. */
    private static long killAfter(Path path, int commits) throws IOException, InterruptedException {
        return killAfter(path, commits, StoreConfig.Synchronous.FULL);
    }

    private static long killAfter(Path path, int commits, StoreConfig.Synchronous synchronous)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "umask 0; exec \"$@\"",
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CommitLoop.class.getName(),
                        path.toString(),
                        synchronous.name(),
                        BOOT)
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
