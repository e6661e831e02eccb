package org.vmeventagent.publisher;

import java.util.function.LongSupplier;

/** A token bucket for the backlog: a tenth of a second's worth may go at once. Belongs to the publisher's thread. */
final class TokenBucket {
    private static final double NANOS = 1e9;

    private final int perSecond;
    private final int capacity;
    private final LongSupplier nanoTime;
    private double tokens;
    private long last;

    /**
     * Starts with a full bucket.
     *
     * @param perSecond 0 = without a limit
     */
    TokenBucket(int perSecond, LongSupplier nanoTime) {
        this.perSecond = perSecond;
        this.capacity = Math.max(1, perSecond / 10);
        this.nanoTime = nanoTime;
        this.tokens = capacity;
        this.last = nanoTime.getAsLong();
    }

    /** How many rows may go now. */
    int available() {
        if (perSecond == 0) {
            return Integer.MAX_VALUE;
        }
        long now = nanoTime.getAsLong();
        tokens = Math.min(capacity, tokens + (now - last) / NANOS * perSecond);
        last = now;
        return (int) tokens;
    }

    /** Takes one, if there is one. */
    boolean take() {
        if (available() < 1) {
            return false;
        }
        tokens -= perSecond == 0 ? 0 : 1;
        return true;
    }
}
