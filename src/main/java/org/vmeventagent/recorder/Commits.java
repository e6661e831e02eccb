package org.vmeventagent.recorder;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.store.Batch;
import org.vmeventagent.store.Loss;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreException;

/**
 * Commits. What the disk doesn't take is held in memory and tried again from time to time; where not even its numbers can
 * be secured, it makes the queue wait. The recorder's thread owns it; {@link #giveUp} is for any thread.
 */
final class Commits {
    private static final Logger log = LoggerFactory.getLogger(Commits.class);

    private static final long FIRST_DELAY_MILLIS = 100;
    private static final long LAST_DELAY_MILLIS = 5_000;

    private final Store store;
    private final Runnable failed;
    private final Consumer<Loss> lost;
    private final CountDownLatch givenUp = new CountDownLatch(1);

    private Disk disk = Disk.TAKES;
    private long failingSince;
    private long delay = FIRST_DELAY_MILLIS;
    private long nextTry;
    private long heldRows;
    private long lostRows;

    /** How it is with the disk. */
    private enum Disk {
        TAKES,
        /** It takes nothing, and what is recorded is held. */
        HELD,
        /** It takes nothing, and nothing can be held. */
        STUCK
    }

    /**
     * Both hear it on the recorder's thread.
     *
     * @param failed of each attempt that failed
     * @param lost of what was given up for want of memory
     */
    Commits(Store store, Runnable failed, Consumer<Loss> lost) {
        this.store = store;
        this.failed = failed;
        this.lost = lost;
    }

    /**
     * Returns when the batch is committed, or held.
     *
     * @param last whether only the first will do: no other commit follows
     * @throws StoreException when trying again is in vain, or {@link #giveUp} was called
     */
    void commit(Batch batch, boolean last) throws InterruptedException {
        if (disk == Disk.HELD && !last && nextTry - System.nanoTime() > 0 && hold(batch)) {
            return;
        }
        while (true) {
            try {
                store.commit(batch);
                takesAgain();
                return;
            } catch (StoreException e) {
                failed.run();
                if (e.isCorrupt()) {
                    throw e;
                }
                boolean held = !last && hold(batch);
                tell(held ? Disk.HELD : Disk.STUCK, e);
                long pause = delay;
                delay = Math.min(2 * delay, LAST_DELAY_MILLIS);
                nextTry = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pause);
                if (held) {
                    return;
                }
                if (givenUp.await(pause, TimeUnit.MILLISECONDS)) {
                    throw e;
                }
            }
        }
    }

    private boolean hold(Batch batch) {
        Optional<Loss> gone = store.hold(batch);
        gone.ifPresent(some -> {
            heldRows += batch.rows().size();
            lostRows += some.rows();
            lost.accept(some);
        });
        return gone.isPresent();
    }

    private void tell(Disk now, StoreException why) {
        if (disk == Disk.TAKES) {
            failingSince = System.nanoTime();
        }
        if (disk != now) {
            disk = now;
            if (now == Disk.HELD) {
                log.warn(
                        "{}: notifications are kept in memory and sent from there, at most {} MiB",
                        why.getMessage(),
                        Store.HELD_BYTES >> 20);
            } else {
                log.warn("Nothing can be recorded, trying again until it can: {}", why.getMessage());
            }
        }
    }

    private void takesAgain() {
        if (disk != Disk.TAKES) {
            log.info(
                    "Recording on disk again after {} s: {} notifications were kept in memory meanwhile, {} of them given up",
                    TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - failingSince),
                    heldRows,
                    lostRows);
            disk = Disk.TAKES;
            delay = FIRST_DELAY_MILLIS;
            heldRows = 0;
            lostRows = 0;
        }
    }

    /** The next failure is the last. */
    void giveUp() {
        givenUp.countDown();
    }
}
