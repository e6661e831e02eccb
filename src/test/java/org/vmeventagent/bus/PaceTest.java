package org.vmeventagent.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PaceTest {
    private final AtomicLong now = new AtomicLong();

    @Test
    void givesTheRateAndNoMore() {
        Pace pace = new Pace(1000, now::get);
        int taken = 0;
        for (int ms = 0; ms < 1000; ms++) {
            now.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
            while (pace.take()) {
                taken++;
            }
        }
        assertTrue(taken >= 1000 && taken <= 1100, "took " + taken);
    }

    @Test
    void savesUpATenthOfASecond() {
        Pace pace = new Pace(50, now::get);
        now.addAndGet(TimeUnit.HOURS.toNanos(1));
        assertEquals(5, pace.available());
    }

    @Test
    void slowRatesStillMove() {
        Pace pace = new Pace(1, now::get);
        assertTrue(pace.take());
        assertFalse(pace.take());
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(1001));
        assertTrue(pace.take());
    }

    @Test
    void zeroIsWithoutALimit() {
        Pace pace = new Pace(0, now::get);
        for (int i = 0; i < 1000; i++) {
            assertTrue(pace.take());
        }
    }
}
