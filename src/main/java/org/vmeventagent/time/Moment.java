package org.vmeventagent.time;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * When something was seen: what the host's clock showed, and where the monotonic clock stood. Only the second decides
 * what was before and how long ago; the first is a label, for somebody may set that clock at any time.
 *
 * <p>Both clocks are slewed alike, and only the host's is ever set. So two moments of one run show how far it was set in
 * between (a host that slept looks the same). Of a moment of an earlier run that is known only where it can't be true
 * otherwise: as long as the agent ran since has passed at least, and how long it did not run nobody measured.
 *
 * @param wall what the host's clock showed
 * @param nanos by {@link System#nanoTime} in this process; of an earlier run, see {@link AgentClock#earlier}
 * @param ofEarlierRun whether another process saw it
 */
public record Moment(Instant wall, long nanos, boolean ofEarlierRun) {
    /** What the clock may be set by without a word, a leap second for one. */
    static final Duration STEP = Duration.ofSeconds(1);

    private static final long APART = Duration.ofMillis(100).toNanos();

    public Moment(Instant wall, long nanos) {
        this(wall, nanos, false);
    }

    public static Moment now() {
        return read(Clock.systemUTC(), System::nanoTime);
    }

    /** Reads both clocks, once more where the thread was held up in between: that would look like a step. */
    static Moment read(Clock clock, LongSupplier nanoTime) {
        long before = nanoTime.getAsLong();
        for (int more = 3; ; more--) {
            Instant wall = clock.instant();
            long after = nanoTime.getAsLong();
            if (after - before < APART || more == 0) {
                return new Moment(wall, after);
            }
            before = after;
        }
    }

    public boolean isBefore(Moment other) {
        return nanos - other.nanos < 0;
    }

    /** How long after another it was; the time between two runs doesn't count. Negative where it was before. */
    public Duration since(Moment other) {
        return Duration.ofNanos(nanos - other.nanos);
    }

    /** How far the host's clock was set since another moment, back is negative; zero where it was not, as far as is known. */
    public Duration stepSince(Moment other) {
        Duration step = Duration.between(other.wall, wall).minus(since(other));
        boolean awayPerhaps = other.ofEarlierRun && !step.isNegative();
        return awayPerhaps || step.abs().compareTo(STEP) <= 0 ? Duration.ZERO : step;
    }

    /**
     * What the host's clock would have shown at an earlier moment, had it been set as it is at this one. Never after this
     * moment's own label. Empty where that is not known: the clock was set back while no agent ran.
     */
    public Optional<Instant> labelOf(Moment earlier) {
        boolean comparable = stepSince(earlier).isZero();
        if (!comparable && earlier.ofEarlierRun) {
            return Optional.empty();
        }
        Instant label = comparable ? earlier.wall : wall.minus(since(earlier));
        return Optional.of(label.isAfter(wall) ? wall : label);
    }
}
