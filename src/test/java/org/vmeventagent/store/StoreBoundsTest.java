package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreBoundsTest {
    private static final Instant LONG_AGO = Instant.ofEpochMilli(1_000);
    private static final int BYTES = 1 << 20;

    @TempDir
    Path directory;

    private Store store;

    @BeforeEach
    void open() {
        store = Store.open(StoreConfig.at(directory.resolve("agent.db")).withBounds(BYTES, Duration.ofSeconds(10)));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void nothingIsTooMuchWithinTheBounds() {
        assertEquals(Optional.empty(), store.excess(LONG_AGO));
        store.commit(Rows.batch(1, 100, "info"));

        assertEquals(Optional.empty(), store.excess(LONG_AGO));
    }

    @Test
    void theOldestRowsAreTooMuchBeyondTheBytes() {
        store.commit(Rows.batch(1, 1_000, "info"));
        Excess excess = store.excess(LONG_AGO).orElseThrow();
        assertEquals(List.of(new Excess.Range(1, excess.upTo())), excess.ranges());
        assertEquals(excess.upTo(), excess.rows());
        assertTrue(excess.upTo() < 1_000);

        store.commit(dropping(excess));

        assertEquals(Optional.empty(), store.excess(LONG_AGO));
        assertEquals(excess.upTo() + 1, store.read("info", 0, 1).get(0).sequence());
        assertEquals(1_000 - excess.rows(), store.depth());
    }

    @Test
    void rowsThatAreTooOldAreTooMuch() {
        // A row is recorded as many milliseconds after the first second as its number says.
        store.commit(Rows.batch(1, 10, "info"));
        Excess excess = store.excess(LONG_AGO.plusSeconds(10).plusMillis(5)).orElseThrow();

        assertEquals(new Excess(List.of(new Excess.Range(1, 4)), 4, 4), excess);
    }

    @Test
    void anInventoryBeyondTheBytesDropsNoSmallOutbox() {
        store.commit(Rows.keeping(new InventoryRow("large", "x".repeat(2 * BYTES), null)));
        store.commit(Rows.batch(1, 20, "info"));

        assertEquals(Optional.empty(), store.excess(LONG_AGO));
    }

    @Test
    void namesOnlyWhatIsThere() {
        store.commit(Rows.batch(1, 2, "error"));
        store.commit(Rows.batch(3, 6, "info"));
        store.commit(Rows.batch(7, 8, "error"));
        store.release("info", 6);
        store.commit(Batch.EMPTY);

        assertEquals(
                Optional.of(new Excess(List.of(new Excess.Range(1, 2), new Excess.Range(7, 8)), 8, 4)),
                store.excess(LONG_AGO.plusSeconds(60)));
    }

    private static Batch dropping(Excess excess) {
        return new Batch(List.of(), List.of(), List.of(), Map.of(), excess.upTo());
    }
}
