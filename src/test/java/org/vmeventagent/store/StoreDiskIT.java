package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
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
            store.commit(Rows.batch(1, 10, "info"));
            Path ballast = disk.fill();
            store.acknowledge("notifications.info", 3);
            Batch batch = Rows.batch(11, 300, "info");
            StoreException full = assertThrows(StoreException.class, () -> store.commit(batch));
            assertFalse(full.isCorrupt());
            assertEquals(10, store.lastSequence());
            assertEquals(10, store.read("info", 0, 1_000).size());
            assertTrue(store.hasPendingAcknowledgements());

            Files.delete(ballast);
            store.commit(batch);
        }
        try (Store store = Store.open(StoreConfig.at(path))) {
            assertEquals(Rows.rows(1, 300, "info"), store.read("info", 0, 1_000));
            assertEquals(3, store.acknowledged("notifications.info"));
        }
    }

    private String refused() {
        return String.valueOf(assertThrows(
                        StoreException.class,
                        () -> Store.open(StoreConfig.at(path)).close())
                .getMessage());
    }
}
