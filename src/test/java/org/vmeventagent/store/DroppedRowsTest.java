package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DroppedRowsTest {
    @Test
    void joinsNumbersThatFollowEachOther() {
        assertEquals(
                new DroppedRows(
                        List.of(new DroppedRows.Range(1, 3), new DroppedRows.Range(5, 5)),
                        Map.of("reboot", 3L, "started", 1L),
                        Set.of("a", "b")),
                DroppedRows.of(List.of(given(1, "reboot", "a"), given(2, "reboot", "b"), given(3, "reboot", "a")))
                        .plus(DroppedRows.of(List.of(given(5, "started", "a")))));
    }

    @Test
    void spansTheNarrowestHolesWhenThereAreTooManyRanges() {
        DroppedRows dropped = LongStream.rangeClosed(1, 100)
                .mapToObj(i -> DroppedRows.of(List.of(given(i <= 50 ? 2 * i : 1_000 * i, "reboot", "a"))))
                .reduce(DroppedRows.NONE, DroppedRows::plus);

        assertEquals(100, dropped.rows());
        assertEquals(51, dropped.ranges().size());
        assertEquals(new DroppedRows.Range(2, 100), dropped.ranges().get(0));
        assertEquals(new DroppedRows.Range(51_000, 51_000), dropped.ranges().get(1));
    }

    @Test
    void neverHasMoreRangesThanAllowedAndMissesNoNumber() {
        DroppedRows dropped = DroppedRows.of(LongStream.rangeClosed(1, 1_000)
                .map(i -> i * i)
                .mapToObj(number -> given(number, "reboot", "a"))
                .toList());

        assertEquals(DroppedRows.MAX_RANGES, dropped.ranges().size());
        assertTrue(LongStream.rangeClosed(1, 1_000)
                .map(i -> i * i)
                .allMatch(number -> dropped.ranges().stream()
                        .anyMatch(range -> range.first() <= number && number <= range.last())));
    }

    @Test
    void whatWasReportedIsTakenOutOfWhatCameToIt() {
        DroppedRows reported = DroppedRows.of(List.of(given(4, "reboot", "a"), given(5, "started", "b")));
        DroppedRows more = DroppedRows.of(List.of(given(3, "reboot", "c"), given(6, "reboot", "c")));

        assertEquals(
                new DroppedRows(
                        List.of(new DroppedRows.Range(3, 3), new DroppedRows.Range(6, 6)),
                        Map.of("reboot", 2L),
                        Set.of("c")),
                reported.plus(more).minus(reported));
    }

    private static DroppedRows.Row given(long sequence, String name, String subject) {
        return new DroppedRows.Row(sequence, name, subject, 1_000);
    }
}
