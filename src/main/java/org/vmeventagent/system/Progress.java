package org.vmeventagent.system;

import java.time.Duration;

/**
 * When a part last made progress, for a watchdog. The part's thread sets it; any thread reads it. Goes by a clock that
 * nobody sets.
 */
public final class Progress {
    private volatile long expectedFrom = System.nanoTime();

    /** The part came round, or got one step further. */
    public void made() {
        expectedFrom = System.nanoTime();
    }

    /** The part waits by design, for so long at most: no progress is expected before that is over. */
    public void waits(Duration atMost) {
        expectedFrom = System.nanoTime() + atMost.toNanos();
    }

    /** For how long progress has been missing; zero while the part waits by design. */
    public Duration since() {
        return Duration.ofNanos(Math.max(0, System.nanoTime() - expectedFrom));
    }
}
