package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LossTest {
    @Test
    void joinsNumbersThatFollowEachOther() {
        assertEquals(
                new Loss(
                        List.of(new Loss.Range(1, 3), new Loss.Range(5, 5)),
                        Map.of("reboot", 3L, "started", 1L),
                        Set.of("a", "b")),
                Loss.of(List.of(given(1, "reboot", "a"), given(2, "reboot", "b"), given(3, "reboot", "a")))
                        .plus(Loss.of(List.of(given(5, "started", "a")))));
    }

    @Test
    void spansTheNarrowestHolesWhenThereAreTooManyRanges() {
        Loss loss = LongStream.rangeClosed(1, 100)
                .mapToObj(i -> Loss.of(List.of(given(i <= 50 ? 2 * i : 1_000 * i, "reboot", "a"))))
                .reduce(Loss.NONE, Loss::plus);

        assertEquals(100, loss.rows());
        assertEquals(51, loss.ranges().size());
        assertEquals(new Loss.Range(2, 100), loss.ranges().get(0));
        assertEquals(new Loss.Range(51_000, 51_000), loss.ranges().get(1));
    }

    @Test
    void neverHasMoreRangesThanAllowedAndMissesNoNumber() {
        Loss loss = Loss.of(LongStream.rangeClosed(1, 1_000)
                .map(i -> i * i)
                .mapToObj(number -> given(number, "reboot", "a"))
                .toList());

        assertEquals(Loss.MOST_RANGES, loss.ranges().size());
        assertTrue(LongStream.rangeClosed(1, 1_000)
                .map(i -> i * i)
                .allMatch(number ->
                        loss.ranges().stream().anyMatch(range -> range.first() <= number && number <= range.last())));
    }

    @Test
    void whatWasToldIsTakenOutOfWhatCameToIt() {
        Loss told = Loss.of(List.of(given(4, "reboot", "a"), given(5, "started", "b")));
        Loss more = Loss.of(List.of(given(3, "reboot", "c"), given(6, "reboot", "c")));

        assertEquals(
                new Loss(List.of(new Loss.Range(3, 3), new Loss.Range(6, 6)), Map.of("reboot", 2L), Set.of("c")),
                told.plus(more).minus(told));
    }

    private static Given given(long sequence, String name, String subject) {
        return new Given(sequence, name, subject, 1_000);
    }
}
