package org.vmeventagent.publisher;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.store.OutboxRow;

/**
 * How long rows wait for a queue of their routing key: {@code [outbox] unroutable_max_age}. Only time counts in which the
 * broker was there and the queue was not; so a long outage of the broker, after which a collector needs a moment to make
 * its queue again, costs nothing. Belongs to the publisher's thread.
 */
final class UnroutableTimeout {
    private static final Logger log = LoggerFactory.getLogger(UnroutableTimeout.class);
    private static final long QUIET_NANOS = Duration.ofHours(1).toNanos();

    private final String key;
    private final Duration maxAge;
    private final long checkNanos;
    private long since;
    private long nextCheck;
    private long unlogged;
    private long inAll;
    private long quietUntil;
    private boolean everLogged;

    UnroutableTimeout(String key, Duration maxAge, Duration checkEvery) {
        this.key = key;
        this.maxAge = maxAge;
        this.checkNanos = checkEvery.toNanos();
    }

    /** The wait begins now. */
    void restart(long now) {
        since = now;
        nextCheck = now + maxAge.toNanos();
    }

    /** Whether rows may be over the time. */
    boolean isDue(long now) {
        return now - nextCheck >= 0 && now - since >= maxAge.toNanos();
    }

    /** @param ran as {@link OutboxRow#observedAt} */
    boolean isOver(OutboxRow row, long ran) {
        return row.observedAt() < ran - maxAge.toMillis();
    }

    /** Rows were dropped; with none it is time for a line about those before. */
    void dropped(int rows, long now) {
        unlogged += rows;
        inAll += rows;
        if (rows > 0) {
            return;
        }
        nextCheck = now + checkNanos;
        if (!everLogged || now - quietUntil >= 0) {
            log();
            quietUntil = now + QUIET_NANOS;
        }
    }

    /** Says how many are lost since it was last said; at most once an hour while it goes on. */
    void log() {
        if (unlogged > 0) {
            everLogged = true;
            log.warn(
                    "Dropped {} notifications that waited longer than {} s for a queue of {}, {} since the start; start the"
                            + " collector that makes the queue, or see [outbox] unroutable_max_age",
                    unlogged,
                    maxAge.toSeconds(),
                    key,
                    inAll);
            unlogged = 0;
        }
    }
}
