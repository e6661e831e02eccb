package org.vmeventagent.libvirt;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: the first pause, doubled with each attempt up to the greatest, each half of
 * it at random. Starts anew after a connection that held for a while. Belongs to one thread.
 */
final class Backoff {
    private final Duration first;
    private final Duration greatest;
    private final Duration stable;
    private final RandomGenerator random;
    private long next;

    /** @param stable a connection that held this long was a good one */
    Backoff(Duration first, Duration greatest, Duration stable, RandomGenerator random) {
        this.first = first;
        this.greatest = greatest;
        this.stable = stable;
        this.random = random;
        this.next = first.toMillis();
    }

    void connectedFor(Duration duration) {
        if (duration.compareTo(stable) >= 0) {
            next = first.toMillis();
        }
    }

    Duration next() {
        long base = next;
        next = Math.min(2 * next, greatest.toMillis());
        return Duration.ofMillis(base / 2 + random.nextLong(base / 2 + 1));
    }
}
