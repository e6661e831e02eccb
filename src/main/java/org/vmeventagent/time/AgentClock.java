package org.vmeventagent.time;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What time it is, and how long the agent has run: in this run by the monotonic clock, and in all runs on its database
 * together. The second, in milliseconds, is what ages are counted in that outlive a run. It stands still while no agent
 * runs, and nothing that somebody does to the host's clock moves it; so nothing is ever dropped before the agent had the
 * whole of its time to deliver it. A crash forgets what ran since the last commit. Thread-safe.
 */
public final class AgentClock {
    private static final Logger log = LoggerFactory.getLogger(AgentClock.class);

    private static final String CONSEQUENCE =
            ": ages and waits don't go by it; where times in notifications can't be compared, clock_stepped says so";

    private final Clock wall;
    private final LongSupplier nanoTime;
    private final long ranBefore;
    private final long begunNanos;

    /**
     * Begins a run.
     *
     * @param ranBefore milliseconds that all earlier runs took, as the last one kept it; 0 for none
     */
    public AgentClock(Clock wall, LongSupplier nanoTime, long ranBefore) {
        this.wall = wall;
        this.nanoTime = nanoTime;
        this.ranBefore = ranBefore;
        this.begunNanos = nanoTime.getAsLong();
    }

    /** By the host's clock and {@link System#nanoTime}. */
    public static AgentClock system(long ranBefore) {
        return new AgentClock(Clock.systemUTC(), System::nanoTime, ranBefore);
    }

    public Moment now() {
        return Moment.read(wall, nanoTime);
    }

    /** For how many milliseconds the agent has run, in all runs. */
    public long ran() {
        return ranAt(nanoTime.getAsLong());
    }

    /** The same at another moment. */
    public long ranAt(Moment moment) {
        return ranAt(moment.nanos());
    }

    private long ranAt(long nanos) {
        return ranBefore + Math.floorDiv(nanos - begunNanos, 1_000_000);
    }

    /**
     * A moment that an earlier run kept. It lies as long ago as the agent has run since.
     *
     * @param ran what {@link #ranAt} returned for it
     */
    public Moment earlier(Instant label, long ran) {
        return new Moment(label, begunNanos - Duration.ofMillis(ranBefore - ran).toNanos(), true);
    }

    /** The same, of which only the label was kept: it counts from the beginning of this run. */
    public Moment earlier(Instant label) {
        return earlier(label, ranBefore);
    }

    /**
     * Says so if somebody set the host's clock. Call it every second.
     *
     * @param before what this returned the last time
     * @return now
     */
    public Moment watch(Moment before) {
        Moment now = now();
        Duration step = now.stepSince(before);
        if (step.isNegative()) {
            log.warn("The host's clock was set back by {} s{}", seconds(step), CONSEQUENCE);
        } else if (!step.isZero()) {
            log.warn("The host's clock was set forward by {} s, or the host slept{}", seconds(step), CONSEQUENCE);
        }
        return now;
    }

    private static long seconds(Duration step) {
        return step.abs().plusMillis(500).toSeconds();
    }
}
