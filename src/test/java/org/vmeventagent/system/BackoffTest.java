package org.vmeventagent.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.vmeventagent.system.Backoff.Jitter;

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
    void doublesUpToTheLongestAndBeginsAgainWhenReset() {
        Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60), Jitter.FULL, HIGHEST);
        for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            assertEquals(Duration.ofSeconds(seconds), backoff.next());
        }
        backoff.reset();
        assertEquals(Duration.ofSeconds(1), backoff.next());
    }

    @Test
    void waitsHalfOfEachStepAtLeast() {
        Backoff backoff =
                new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1), Jitter.HALF, new SplittableRandom(1));
        for (int step : new int[] {100, 200, 400, 800, 1000, 1000}) {
            assertBetween(step / 2, step, backoff.next());
        }
        backoff.reset();
        assertBetween(50, 100, backoff.next());
    }

    @Test
    void longestBoundsTheFirstToo() {
        Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofMillis(50), Jitter.FULL, HIGHEST);
        assertEquals(Duration.ofMillis(50), backoff.next());
    }

    @Test
    void staysInBoundsForEver() {
        Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60), Jitter.FULL, new Random(1));
        for (int i = 0; i < 10_000; i++) {
            assertBetween(0, 60_000, backoff.next());
        }
    }

    @Test
    void splayIsAnythingUpToTheMost() {
        assertEquals(Duration.ofSeconds(30), Backoff.splay(Duration.ofSeconds(30), HIGHEST));
        assertEquals(Duration.ZERO, Backoff.splay(Duration.ZERO, new Random(1)));
    }

    private static void assertBetween(long least, long most, Duration actual) {
        assertTrue(actual.toMillis() >= least && actual.toMillis() <= most, actual::toString);
    }
}
