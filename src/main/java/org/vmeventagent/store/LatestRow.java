package org.vmeventagent.store;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The sequence number of the latest row in the outbox, and a place to wait for the next. Thread-safe. */
final class LatestRow {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition raised = lock.newCondition();
    private volatile long sequence;

    LatestRow(long sequence) {
        this.sequence = sequence;
    }

    long sequence() {
        return sequence;
    }

    void raise(long latest) {
        lock.lock();
        try {
            sequence = Math.max(sequence, latest);
            raised.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean await(long after, Duration timeout) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = timeout.toNanos();
            while (sequence <= after && left > 0) {
                left = raised.awaitNanos(left);
            }
            return sequence > after;
        } finally {
            lock.unlock();
        }
    }
}
