package org.vmeventagent.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.PrimitiveIterator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MomentTest {
    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    /** The host's clock shows noon and this, so many seconds after the test began. */
    private static Moment at(long wallSeconds, long seconds) {
        return new Moment(NOON.plusSeconds(wallSeconds), seconds * SECOND);
    }

    private static Moment earlier(long wallSeconds, long seconds) {
        return new Moment(NOON.plusSeconds(wallSeconds), seconds * SECOND, true);
    }

    @Test
    void onlyTheMonotonicClockTellsWhatWasBefore() {
        assertTrue(at(300, 1).isBefore(at(0, 2)));
        assertFalse(at(0, 2).isBefore(at(300, 1)));
        assertEquals(Duration.ofSeconds(1), at(0, 2).since(at(300, 1)));
    }

    @Test
    void aMomentKeepsItsPlaceWhereTheCounterTurnsOver() {
        Moment before = new Moment(NOON, Long.MAX_VALUE);
        Moment after = new Moment(NOON.plusNanos(1), Long.MIN_VALUE);

        assertTrue(before.isBefore(after));
        assertEquals(Duration.ofNanos(1), after.since(before));
    }

    @Test
    void reportsHowFarTheClockWasSet() {
        assertEquals(Duration.ZERO, at(60, 60).stepSince(at(0, 0)));
        assertEquals(Duration.ZERO, at(61, 60).stepSince(at(0, 0)), "a leap second");
        assertEquals(Duration.ofSeconds(45), at(46, 1).stepSince(at(0, 0)));
        assertEquals(Duration.ofMinutes(-5), at(-299, 1).stepSince(at(0, 0)));
        assertEquals(Duration.ZERO, at(0, 0).stepSince(at(4, 4)), "reported in another order");
    }

    @Test
    void timeBetweenTwoRunsIsNoStepAndAClockThatFellBehindIs() {
        assertEquals(Duration.ZERO, at(86_400, 1).stepSince(earlier(0, 0)));
        assertEquals(Duration.ofSeconds(-3_601), at(-3_600, 1).stepSince(earlier(0, 0)));
    }

    @Test
    void aLabelOfBeforeAStepIsGivenByTheClockAsItIsSetNow() {
        assertEquals(Optional.of(NOON), at(60, 60).labelOf(at(0, 0)));
        assertEquals(Optional.of(NOON.minusSeconds(3_600)), at(-3_590, 10).labelOf(at(0, 0)), "set back an hour");
        assertEquals(Optional.of(NOON.plusSeconds(691_200)), at(691_210, 10).labelOf(at(0, 0)), "forward");
        assertEquals(Optional.of(NOON), at(86_400, 1).labelOf(earlier(0, 0)));
        assertEquals(Optional.empty(), at(-3_600, 1).labelOf(earlier(0, 0)), "nobody measured how long it was away");
    }

    @Test
    void aLabelIsNeverAfterThatOfALaterMoment() {
        assertEquals(Optional.of(NOON), at(0, 1).labelOf(at(1, 1)));
        assertEquals(Optional.of(NOON), at(0, 1).labelOf(earlier(0, 1)));
    }

    @Test
    void aThreadThatWasHeldUpBetweenTheTwoClocksReadsThemAgain() {
        PrimitiveIterator.OfLong nanos =
                LongStream.of(0, 5 * SECOND, 5 * SECOND + 9).iterator();

        assertEquals(new Moment(NOON, 5 * SECOND + 9), Moment.read(Clock.fixed(NOON, ZoneOffset.UTC), nanos::nextLong));
    }
}
