package org.vmeventagent.publisher;

import java.time.Duration;

/**
 * How long the broker may say nothing while messages wait for its confirm: {@link PublisherConfig#confirmTimeout}. After it the
 * connection is given up. Times are {@link System#nanoTime}. Belongs to the publisher's thread.
 */
final class ConfirmTimeout {
    private final Duration timeout;
    private long since;

    ConfirmTimeout(Duration timeout) {
        this.timeout = timeout;
    }

    /** The broker said something, or nothing waits for it yet. */
    void restart(long now) {
        since = now;
    }

    boolean isOver(long now) {
        return now - since > timeout.toNanos();
    }

    BrokerProblem problem() {
        return new BrokerProblem(BrokerProblem.Kind.UNREACHABLE, "no confirm within " + timeout.toSeconds() + " s");
    }
}
