package org.vmeventagent.recorder;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.store.Batch;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreException;

/**
 * Commits, and tries again what can't be committed: a full disk loses nothing, it makes the queue wait. The recorder's
 * thread owns it; {@link #giveUp} is for any thread.
 */
final class Commits {
    private static final Logger log = LoggerFactory.getLogger(Commits.class);

    private static final long FIRST_DELAY_MILLIS = 100;
    private static final long LAST_DELAY_MILLIS = 5_000;

    private final Store store;
    private final Runnable failed;
    private final CountDownLatch givenUp = new CountDownLatch(1);

    /** @param failed hears of each attempt that failed, on the recorder's thread */
    Commits(Store store, Runnable failed) {
        this.store = store;
        this.failed = failed;
    }

    /**
     * Returns when the batch is committed.
     *
     * @throws StoreException when trying again is in vain, or {@link #giveUp} was called
     */
    void commit(Batch batch) throws InterruptedException {
        long began = System.nanoTime();
        long delay = FIRST_DELAY_MILLIS;
        for (int failures = 0; ; failures++) {
            try {
                store.commit(batch);
                if (failures > 0) {
                    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
                    log.info("Recording again after {} s; nothing that was taken is lost", seconds);
                }
                return;
            } catch (StoreException e) {
                failed.run();
                if (e.isCorrupt()) {
                    throw e;
                }
                if (failures == 0) {
                    log.warn("Nothing can be recorded, trying again until it can: {}", e.getMessage());
                }
                if (givenUp.await(delay, TimeUnit.MILLISECONDS)) {
                    throw e;
                }
                delay = Math.min(2 * delay, LAST_DELAY_MILLIS);
            }
        }
    }

    /** The next failure is the last. */
    void giveUp() {
        givenUp.countDown();
    }
}
