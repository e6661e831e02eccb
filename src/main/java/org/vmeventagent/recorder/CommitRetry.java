package org.vmeventagent.recorder;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.store.Batch;
import org.vmeventagent.store.DroppedRows;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreException;

/**
 * Commits. What the disk doesn't take is buffered in memory and tried again from time to time; where not even its numbers can
 * be secured, it makes the queue wait. The recorder's thread owns it; {@link #stopRetrying} is for any thread.
 */
final class CommitRetry {
    private static final Logger log = LoggerFactory.getLogger(CommitRetry.class);

    private static final long FIRST_DELAY_MILLIS = 100;
    private static final long LAST_DELAY_MILLIS = 5_000;

    private final Store store;
    private final AgentMetrics metrics;
    private final Runnable failed;
    private final Consumer<DroppedRows> dropped;
    private final CountDownLatch retryingStopped = new CountDownLatch(1);

    private Disk disk = Disk.TAKES;
    private long failingSince;
    private long delay = FIRST_DELAY_MILLIS;
    private long nextTry;
    private long bufferedRows;
    private long droppedRows;

    /** The state of the disk. */
    private enum Disk {
        TAKES,
        /** It takes nothing, and what is recorded is buffered. */
        BUFFERED,
        /** It takes nothing, and nothing can be buffered. */
        STUCK
    }

    /**
     * Calls all of these on the recorder's thread.
     *
     * @param failed after each attempt that failed
     * @param dropped with what was dropped because the memory buffer was full
     */
    CommitRetry(Store store, AgentMetrics metrics, Runnable failed, Consumer<DroppedRows> dropped) {
        this.store = store;
        this.metrics = metrics;
        this.failed = failed;
        this.dropped = dropped;
    }

    /**
     * Returns when the batch is committed, or buffered.
     *
     * @param last whether only the first will do: no other commit follows
     * @throws StoreException when trying again is in vain, or {@link #stopRetrying} was called
     */
    void commit(Batch batch, boolean last) throws InterruptedException {
        if (disk == Disk.BUFFERED && !last && nextTry - System.nanoTime() > 0 && bufferInMemory(batch)) {
            return;
        }
        while (true) {
            long begun = System.nanoTime();
            try {
                store.commit(batch);
                metrics.committed(batch.rows().size(), System.nanoTime() - begun);
                takesAgain();
                return;
            } catch (StoreException e) {
                metrics.commitFailed();
                failed.run();
                if (e.isCorrupt()) {
                    throw e;
                }
                boolean buffered = !last && bufferInMemory(batch);
                log(buffered ? Disk.BUFFERED : Disk.STUCK, e);
                long pause = delay;
                delay = Math.min(2 * delay, LAST_DELAY_MILLIS);
                nextTry = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pause);
                if (buffered) {
                    return;
                }
                if (retryingStopped.await(pause, TimeUnit.MILLISECONDS)) {
                    throw e;
                }
            }
        }
    }

    private boolean bufferInMemory(Batch batch) {
        Optional<DroppedRows> gone = store.bufferInMemory(batch);
        gone.ifPresent(some -> {
            bufferedRows += batch.rows().size();
            droppedRows += some.rows();
            dropped.accept(some);
        });
        return gone.isPresent();
    }

    private void log(Disk now, StoreException why) {
        if (disk == Disk.TAKES) {
            failingSince = System.nanoTime();
        }
        if (disk != now) {
            disk = now;
            if (now == Disk.BUFFERED) {
                log.warn(
                        "{}: notifications are kept in memory and sent from there, at most {} MiB",
                        why.getMessage(),
                        Store.BUFFER_BYTES >> 20);
            } else {
                log.warn("Nothing can be recorded, trying again until it can: {}", why.getMessage());
            }
        }
    }

    private void takesAgain() {
        if (disk != Disk.TAKES) {
            log.info(
                    "Recording on disk again after {} s: {} notifications were kept in memory meanwhile, {} of them dropped",
                    TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - failingSince),
                    bufferedRows,
                    droppedRows);
            disk = Disk.TAKES;
            delay = FIRST_DELAY_MILLIS;
            bufferedRows = 0;
            droppedRows = 0;
        }
    }

    /** The next failure is the last. */
    void stopRetrying() {
        retryingStopped.countDown();
    }
}
