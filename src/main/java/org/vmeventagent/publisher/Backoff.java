package org.vmeventagent.publisher;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt to connect, so that thousands of agents don't come at once. Belongs to the
 * publisher's thread.
 */
final class Backoff {
    private static final long FIRST_STEP_MS = 1000;

    private final long splayMs;
    private final long maxMs;
    private final RandomGenerator random;
    private int failures;

    Backoff(Duration splay, Duration max, RandomGenerator random) {
        this.splayMs = splay.toMillis();
        this.maxMs = max.toMillis();
        this.random = random;
    }

    /** After a start or after a connection that worked was lost. */
    Duration afterLoss() {
        failures = 0;
        return random(splayMs);
    }

    /** After an attempt that failed: full jitter, so anything from 0 to the doubled step. */
    Duration afterFailure() {
        long step = FIRST_STEP_MS << Math.min(failures, 20);
        failures++;
        return random(Math.min(step, maxMs));
    }

    private Duration random(long mostMs) {
        return Duration.ofMillis(mostMs == 0 ? 0 : random.nextLong(mostMs + 1));
    }
}
