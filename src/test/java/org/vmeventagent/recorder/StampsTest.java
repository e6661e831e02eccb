package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.notification.Stamp;
import org.vmeventagent.store.Batch;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreConfig;

class StampsTest {
    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");

    @TempDir
    Path directory;

    private Store store;

    @BeforeEach
    void open() {
        store = Store.open(StoreConfig.at(directory.resolve("agent.db")));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void anUnusedNumberIsGivenAgain() {
        Stamps stamps = new Stamps(store, UUID::randomUUID);
        assertEquals(1, stamps.next(0, NOON).sequence());
        Stamp first = stamps.next(0, NOON);
        assertEquals(1, first.sequence());
        stamps.taken(first, NOON);
        Stamp second = stamps.next(1, NOON);

        assertEquals(2, second.sequence());
        assertEquals(1, second.previousSequence());
        assertEquals(store.stream(), second.stream());
        assertNotEquals(second.messageId(), second.requestId());
    }

    @Test
    void saysThatTheClockWentBackByMoreThanASecond() {
        Stamps stamps = new Stamps(store, UUID::randomUUID);
        assertFalse(take(stamps, NOON).clockStepped());
        assertFalse(take(stamps, NOON.minusMillis(1_000)).clockStepped());
        assertTrue(take(stamps, NOON.minusMillis(2_001)).clockStepped());
        assertFalse(take(stamps, NOON.minusMillis(2_000)).clockStepped(), "it is that time now");
    }

    @Test
    void remembersTheTimeOverARestart() {
        Stamps stamps = new Stamps(store, UUID::randomUUID);
        take(stamps, NOON);
        store.commit(new Batch(List.of(), List.of(), List.of(), stamps.counters()));
        close();
        open();

        Stamp next = new Stamps(store, UUID::randomUUID).next(0, NOON.minusSeconds(60));

        assertTrue(next.clockStepped());
        assertEquals(2, next.sequence());
    }

    private static Stamp take(Stamps stamps, Instant observedAt) {
        Stamp stamp = stamps.next(0, observedAt);
        stamps.taken(stamp, observedAt);
        return stamp;
    }
}
