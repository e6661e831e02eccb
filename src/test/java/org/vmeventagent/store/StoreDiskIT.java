package org.vmeventagent.store;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full or read-only. */
class StoreDiskIT {
    @TempDir
    Path directory;

    private Tmpfs disk;
    private Path path;

    @BeforeEach
    void mount() throws Exception {
        disk = new Tmpfs(directory, "2m");
        path = directory.resolve("agent.db");
    }

    @AfterEach
    void unmount() throws Exception {
        disk.unmount();
    }

    @Test
    void saysThatTheFileSystemIsReadOnly() throws Exception {
        disk.readOnly();

        assertEquals(path + ": can't write " + path + ".lock: Read-only file system", refused());
    }

    @Test
    void saysThatTheDiskIsFullAtTheStart() throws Exception {
        disk.fill();

        assertEquals(path + ": the disk is full", refused());
    }

    @Test
    void leavesNoTraceOfACommitThatFoundNoRoom() throws Exception {
        try (Store store = Store.open(StoreConfig.at(path))) {
            store.commit(TestBatches.batch(1, 10, "info"));
            Path ballast = disk.fill();
            store.acknowledge("notifications.info", 3);
            Batch batch = TestBatches.batch(11, 300, "info");
            StoreException full = assertThrows(StoreException.class, () -> store.commit(batch));
            assertFalse(full.isCorrupt());
            assertEquals(10, store.lastSequence());
            assertEquals(10, store.read("info", 0, 1_000).size());
            assertTrue(store.hasPendingAcknowledgements());

            Files.delete(ballast);
            store.commit(batch);
        }
        try (Store store = Store.open(StoreConfig.at(path))) {
            assertEquals(TestBatches.rows(1, 300, "info"), store.read("info", 0, 1_000));
            assertEquals(3, store.acknowledged("notifications.info"));
        }
    }

    @Test
    void usesNoNumberTwiceAfterAKillWhileItHeldRowsInMemory() throws Exception {
        StoreConfig config = StoreConfig.at(path).withBootId(BufferLoop.BOOT);
        long saved = 0;
        long held = 0;
        Path ballast = null;
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        BufferLoop.class.getName(),
                        path.toString())
                .redirectError(Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader();
                Writer in = process.outputWriter()) {
            for (int row = 1; row <= 2_500; row++) {
                if (row == 11) {
                    ballast = disk.fill();
                }
                in.write('\n');
                in.flush();
                String said = out.readLine();
                assertNotNull(said, "the loop ended by itself");
                long number = Long.parseLong(said.substring(BufferLoop.BUFFERED.length()));
                if (said.startsWith(BufferLoop.DISK)) {
                    saved = number;
                } else {
                    held = number;
                }
            }
            process.toHandle().destroyForcibly();
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(20, TimeUnit.SECONDS));
        }
        assertEquals(2_500, held);
        assertTrue(saved >= 10 && saved < 100, "saved " + saved);

        long last;
        try (Store store = Store.open(config)) {
            last = store.lastSequence();
            assertEquals(held, last);
            assertEquals(TestBatches.rows(1, saved, "info"), store.read("info", 0, 5_000));
            assertThrows(
                    StoreException.class,
                    () -> store.commit(TestBatches.batch(store.lastSequence() + 1, 9_000, "info")));
        }
        Files.delete(requireNonNull(ballast));
        try (Store store = Store.open(config)) {
            assertEquals(last, store.lastSequence());
            store.commit(Batch.EMPTY);
            assertEquals(
                    new DroppedRows(List.of(new DroppedRows.Range(saved + 1, last)), Map.of(), Set.of()),
                    store.unreportedDrops(10));
        }
    }

    private String refused() {
        return String.valueOf(assertThrows(
                        StoreException.class,
                        () -> Store.open(StoreConfig.at(path)).close())
                .getMessage());
    }
}
