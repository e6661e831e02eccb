package org.vmeventagent.publisher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private final AtomicLong now = new AtomicLong();

    @Test
    void givesTheRateAndNoMore() {
        TokenBucket drainRate = new TokenBucket(1000, now::get);
        int taken = 0;
        for (int ms = 0; ms < 1000; ms++) {
            now.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
            while (drainRate.take()) {
                taken++;
            }
        }
        assertTrue(taken >= 1000 && taken <= 1100, "took " + taken);
    }

    @Test
    void savesUpATenthOfASecond() {
        TokenBucket drainRate = new TokenBucket(50, now::get);
        now.addAndGet(TimeUnit.HOURS.toNanos(1));
        assertEquals(5, drainRate.available());
    }

    @Test
    void slowRatesStillMove() {
        TokenBucket drainRate = new TokenBucket(1, now::get);
        assertTrue(drainRate.take());
        assertFalse(drainRate.take());
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(1001));
        assertTrue(drainRate.take());
    }

    @Test
    void zeroIsWithoutALimit() {
        TokenBucket drainRate = new TokenBucket(0, now::get);
        for (int i = 0; i < 1000; i++) {
            assertTrue(drainRate.take());
        }
    }
}
