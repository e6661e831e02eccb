package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecentTest {
    private static final int KILOBYTE = 1024;

    private final Recent recent = new Recent(10);

    @Test
    void leavesToTheFileWhatWasThereBefore() {
        recent.committed(batch(11, 13), Map.of());

        assertTrue(recent.read("info", 9, 10).isEmpty());
        assertEquals(List.of(11L, 12L, 13L), read(10));
        assertEquals(List.of(13L), read(12));
        assertEquals(List.of(), read(13));
    }

    @Test
    void leavesToTheFileWhatIsTooMuch() {
        recent.committed(batch(11, 1_010), Map.of());

        assertTrue(recent.read("info", 10, 10).isEmpty());
        assertTrue(recent.read("info", 400, 10).isEmpty());
        assertEquals(List.of(1_009L, 1_010L), read(1_008));
        assertEquals(LongStream.rangeClosed(601, 610).boxed().toList(), read(600));
    }

    @Test
    void forgetsWhatWasDeleted() {
        recent.committed(batch(11, 14), Map.of());
        recent.committed(Batch.EMPTY, Map.of("info", 12L, "error", 14L));

        assertEquals(List.of(13L, 14L), read(10));
    }

    @Test
    void leavesToOthersWhatIsHeldElsewhere() {
        recent.committed(batch(11, 14), Map.of());
        recent.skip(16);

        assertTrue(recent.read("info", 12, 10).isEmpty());
        assertTrue(recent.read("info", 15, 10).isEmpty());
        recent.committed(batch(17, 18), Map.of());
        assertEquals(List.of(17L, 18L), read(16));
    }

    @Test
    void leavesAllToTheFileWhenRowsWereGivenUp() {
        recent.committed(batch(11, 14), Map.of());
        recent.forgetAll();

        assertTrue(recent.read("info", 13, 10).isEmpty());
        assertEquals(List.of(), read(14));
    }

    private List<Long> read(long after) {
        return recent.read("info", after, 10).orElseThrow().stream()
                .map(OutboxRow::sequence)
                .toList();
    }

    private static Batch batch(long first, long last) {
        List<Entry> rows = LongStream.rangeClosed(first, last)
                .mapToObj(sequence -> new OutboxRow(sequence, "info", "id-" + sequence, 0, new byte[KILOBYTE]))
                .map(row -> new Entry(row, Rank.DETAIL, "reboot", "one"))
                .toList();
        return new Batch(rows, List.of(), List.of(), Map.of());
    }
}
