package org.vmeventagent.rig;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/** The clocks of a host for tests: they go on as the real ones do, and time can be let pass, and the one be set. Thread-safe. */
public final class HostClock extends Clock {
    private final Instant start;
    private final long base;
    private volatile Duration set = Duration.ZERO;
    private volatile Duration passed = Duration.ZERO;

    /** @param start what it shows now */
    public HostClock(Instant start) {
        this(start, System.nanoTime());
    }

    private HostClock(Instant start, long base) {
        this.start = start;
        this.base = base;
    }

    /** One that shows the same, as it was before anybody set this one. */
    public HostClock copy() {
        return new HostClock(start, base);
    }

    /** A moment of a host whose clock nobody ever sets. */
    public static Moment at(Instant wall) {
        return new Moment(wall, Duration.between(Instant.EPOCH, wall).toNanos());
    }

    /** Somebody sets the clock by this. */
    public void set(Duration by) {
        set = set.plus(by);
    }

    public void pass(Duration time) {
        passed = passed.plus(time);
    }

    public long nanoTime() {
        return System.nanoTime() + passed.toNanos();
    }

    public Moment now() {
        return new Moment(instant(), nanoTime());
    }

    /** The agent's clock on this host. */
    public AgentClock agent(long ranBefore) {
        return new AgentClock(this, this::nanoTime, ranBefore);
    }

    @Override
    public Instant instant() {
        return start.plusNanos(nanoTime() - base).plus(set);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("of one zone");
    }
}
