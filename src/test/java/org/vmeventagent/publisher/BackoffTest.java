package org.vmeventagent.publisher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final RandomGenerator HIGHEST = new RandomGenerator() {
        @Override
        public long nextLong() {
            return Long.MAX_VALUE;
        }

        @Override
        public long nextLong(long bound) {
            return bound - 1;
        }
    };

    @Test
    void doublesUpToTheMostAndBeginsAgainAfterALoss() {
        Backoff backoff = new Backoff(Duration.ofSeconds(30), Duration.ofSeconds(60), HIGHEST);
        assertEquals(Duration.ofSeconds(30), backoff.afterLoss());
        for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            assertEquals(Duration.ofSeconds(seconds), backoff.afterFailure());
        }
        backoff.afterLoss();
        assertEquals(Duration.ofSeconds(1), backoff.afterFailure());
    }

    @Test
    void staysInBoundsForEver() {
        Backoff backoff = new Backoff(Duration.ZERO, Duration.ofSeconds(60), new Random(1));
        assertEquals(Duration.ZERO, backoff.afterLoss());
        for (int i = 0; i < 10_000; i++) {
            long ms = backoff.afterFailure().toMillis();
            assertTrue(ms >= 0 && ms <= 60_000);
        }
    }
}
