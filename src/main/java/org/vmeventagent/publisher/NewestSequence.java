package org.vmeventagent.publisher;

import java.time.Duration;
import org.vmeventagent.store.Outbox;

/** Finds the newest row's number by asking whether there are newer ones, without reading rows. */
final class NewestSequence {
    private NewestSequence() {}

    /** The newest number, or {@code known} if there is no newer. Some 2 log2(n) questions. */
    static long after(Outbox outbox, long known) throws InterruptedException {
        long low = known;
        long step = 1;
        while (outbox.await(low + step, Duration.ZERO)) {
            low += step;
            step *= 2;
        }
        long high = low + step;
        while (low < high) {
            long middle = low + (high - low) / 2;
            if (outbox.await(middle, Duration.ZERO)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
