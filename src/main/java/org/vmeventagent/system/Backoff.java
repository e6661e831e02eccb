package org.vmeventagent.system;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: a step that doubles with each attempt, of which a random part is waited, so that
 * thousands of agents don't come at once. Belongs to one thread.
 */
public final class Backoff {
    /** Which part of a step is waited. */
    public enum Jitter {
        /** Anything from nothing to the whole step: for what many agents share. */
        FULL,
        /** At least half of it: for what is this host's alone. */
        HALF
    }

    private final long firstMs;
    private final long longestMs;
    private final Jitter jitter;
    private final RandomGenerator random;
    private long nextMs;

    /** @param longest bounds each wait; {@code first} too where it is shorter */
    public Backoff(Duration first, Duration longest, Jitter jitter, RandomGenerator random) {
        this.firstMs = first.toMillis();
        this.longestMs = longest.toMillis();
        this.jitter = jitter;
        this.random = random;
        this.nextMs = firstMs;
    }

    /** The wait before the next attempt. */
    public Duration next() {
        long step = Math.min(nextMs, longestMs);
        nextMs = Math.min(2 * step, longestMs);
        return Duration.ofMillis(
                switch (jitter) {
                    case FULL -> random.nextLong(step + 1);
                    case HALF -> step / 2 + random.nextLong(step / 2 + 1);
                });
    }

    /** An attempt led to something: the next one after it begins at the first step. */
    public void reset() {
        nextMs = firstMs;
    }

    /** A random wait up to this. */
    public static Duration splay(Duration most, RandomGenerator random) {
        return Duration.ofMillis(random.nextLong(most.toMillis() + 1));
    }
}
