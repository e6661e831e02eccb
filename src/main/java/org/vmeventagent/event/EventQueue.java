package org.vmeventagent.event;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one bounded queue between libvirt's threads and the thread that keeps the inventory.
 *
 * <p>Events are offered and never wait: beyond the bound they are dropped and counted, and an {@link LibvirtInput.Overflow}
 * is in the queue where they are missing. Everything else is put, bound or not; there is little of it.
 */
public final class EventQueue {
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notEmpty = lock.newCondition();
    private final ArrayDeque<LibvirtInput> waiting = new ArrayDeque<>();
    private long dropped;
    private long everDropped;
    private boolean woken;

    /** @param capacity events that may wait, at least 1 */
    public EventQueue(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity " + capacity);
        }
        this.capacity = capacity;
    }

    /** Takes the event, or drops it when the queue is full. Returns at once; any thread. */
    public boolean offer(DomainEvent event) {
        lock.lock();
        try {
            if (waiting.size() >= capacity) {
                dropped++;
                everDropped++;
                return false;
            }
            add(event);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes an answer or a command, also when the queue is full. Returns at once; any thread. */
    public void put(LibvirtInput input) {
        lock.lock();
        try {
            add(input);
        } finally {
            lock.unlock();
        }
    }

    /** Lets {@link #take} return, this time or the next, also with nothing. Any thread. */
    public void wake() {
        lock.lock();
        try {
            woken = true;
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    /** How many events were ever dropped; see {@link #putUnlessDropped}. */
    public long everDropped() {
        lock.lock();
        try {
            return everDropped;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes an answer, unless events were dropped since the question: it may be older than what is missing, and would be
     * taken for the answer to the question that the {@link LibvirtInput.Overflow} raises.
     *
     * @param droppedBefore {@link #everDropped} when the query was sent
     */
    public void putUnlessDropped(LibvirtInput input, long droppedBefore) {
        lock.lock();
        try {
            if (everDropped == droppedBefore) {
                add(input);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes what waits, oldest first, after waiting for the first.
     *
     * @param most at least 1
     * @return empty when nothing came in time, or {@link #wake} was called
     */
    public List<LibvirtInput> take(int most, long timeout, TimeUnit unit) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = unit.toNanos(timeout);
            while (waiting.isEmpty() && dropped == 0 && !woken && left > 0) {
                left = notEmpty.awaitNanos(left);
            }
            woken = false;
            if (waiting.isEmpty()) {
                markDropped();
            }
            List<LibvirtInput> taken = new ArrayList<>(Math.min(most, waiting.size()));
            while (taken.size() < most && !waiting.isEmpty()) {
                taken.add(waiting.remove());
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** How many wait now. */
    public int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    private void add(LibvirtInput input) {
        markDropped();
        waiting.add(input);
        notEmpty.signal();
    }

    private void markDropped() {
        if (dropped > 0) {
            waiting.add(new LibvirtInput.Overflow(dropped));
            dropped = 0;
        }
    }
}
