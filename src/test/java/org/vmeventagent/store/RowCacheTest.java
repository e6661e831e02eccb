package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RowCacheTest {
    private static final int KILOBYTE = 1024;

    private final RowCache rowCache = new RowCache(10);

    @Test
    void leavesToTheFileWhatWasThereBefore() {
        rowCache.committed(batch(11, 13), Map.of());

        assertTrue(rowCache.read("info", 9, 10).isEmpty());
        assertEquals(List.of(11L, 12L, 13L), read(10));
        assertEquals(List.of(13L), read(12));
        assertEquals(List.of(), read(13));
    }

    @Test
    void leavesToTheFileWhatIsTooMuch() {
        rowCache.committed(batch(11, 1_010), Map.of());

        assertTrue(rowCache.read("info", 10, 10).isEmpty());
        assertTrue(rowCache.read("info", 400, 10).isEmpty());
        assertEquals(List.of(1_009L, 1_010L), read(1_008));
        assertEquals(LongStream.rangeClosed(601, 610).boxed().toList(), read(600));
    }

    @Test
    void forgetsWhatWasDeleted() {
        rowCache.committed(batch(11, 14), Map.of());
        rowCache.committed(Batch.EMPTY, Map.of("info", 12L, "error", 14L));

        assertEquals(List.of(13L, 14L), read(10));
    }

    @Test
    void leavesToOthersWhatIsHeldElsewhere() {
        rowCache.committed(batch(11, 14), Map.of());
        rowCache.skip(16);

        assertTrue(rowCache.read("info", 12, 10).isEmpty());
        assertTrue(rowCache.read("info", 15, 10).isEmpty());
        rowCache.committed(batch(17, 18), Map.of());
        assertEquals(List.of(17L, 18L), read(16));
    }

    @Test
    void leavesAllToTheFileWhenRowsWereDropped() {
        rowCache.committed(batch(11, 14), Map.of());
        rowCache.forgetAll();

        assertTrue(rowCache.read("info", 13, 10).isEmpty());
        assertEquals(List.of(), read(14));
    }

    private List<Long> read(long after) {
        return rowCache.read("info", after, 10).orElseThrow().stream()
                .map(OutboxRow::sequence)
                .toList();
    }

    private static Batch batch(long first, long last) {
        List<OutboxEntry> rows = LongStream.rangeClosed(first, last)
                .mapToObj(sequence -> new OutboxRow(sequence, "info", null, "id-" + sequence, 0, new byte[KILOBYTE]))
                .map(row -> new OutboxEntry(row, DropPriority.DETAIL, "reboot", "one"))
                .toList();
        return new Batch(rows, List.of(), List.of(), Map.of());
    }
}
