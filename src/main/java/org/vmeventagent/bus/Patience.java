package org.vmeventagent.bus;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.store.OutboxRow;

/**
 * How long rows wait for a queue of their routing key: {@code [outbox] unroutable_max_age}. Only time counts in which the
 * broker was there and the queue was not; so a long outage of the broker, after which a collector needs a moment to make
 * its queue again, costs nothing. Belongs to the publisher's thread.
 */
final class Patience {
    private static final Logger log = LoggerFactory.getLogger(Patience.class);
    private static final long QUIET_NANOS = Duration.ofHours(1).toNanos();

    private final String key;
    private final Duration most;
    private final long lookNanos;
    private long since;
    private long nextLook;
    private long untold;
    private long inAll;
    private long quietUntil;
    private boolean everTold;

    Patience(String key, Duration most, Duration lookEvery) {
        this.key = key;
        this.most = most;
        this.lookNanos = lookEvery.toNanos();
    }

    /** The wait begins now. */
    void restart(long now) {
        since = now;
        nextLook = now + most.toNanos();
    }

    /** Whether rows may be over the time. */
    boolean isDue(long now) {
        return now - nextLook >= 0 && now - since >= most.toNanos();
    }

    /** @param ran as {@link OutboxRow#recordedAt} */
    boolean isOver(OutboxRow row, long ran) {
        return row.recordedAt() < ran - most.toMillis();
    }

    /** Rows were given up; with none it is time for a line about those before. */
    void gaveUp(int rows, long now) {
        untold += rows;
        inAll += rows;
        if (rows > 0) {
            return;
        }
        nextLook = now + lookNanos;
        if (!everTold || now - quietUntil >= 0) {
            tell();
            quietUntil = now + QUIET_NANOS;
        }
    }

    /** Says how many are lost since it was last said; at most once an hour while it goes on. */
    void tell() {
        if (untold > 0) {
            everTold = true;
            log.warn(
                    "{} notifications waited longer than {} s for a queue of {} and are given up, {} since the start;"
                            + " see [outbox] unroutable_max_age",
                    untold,
                    most.toSeconds(),
                    key,
                    inAll);
            untold = 0;
        }
    }
}
