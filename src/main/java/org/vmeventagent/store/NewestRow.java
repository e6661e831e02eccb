package org.vmeventagent.store;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The number of the newest row in the outbox, and a place to wait for the next. Thread-safe. */
final class NewestRow {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition raised = lock.newCondition();
    private long sequence;

    NewestRow(long sequence) {
        this.sequence = sequence;
    }

    void raise(long newest) {
        lock.lock();
        try {
            sequence = Math.max(sequence, newest);
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
