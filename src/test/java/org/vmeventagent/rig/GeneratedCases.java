package org.vmeventagent.rig;

import java.time.Duration;
import java.util.Random;

/**
 * A property of made-up inputs, tried again and again. Each case has a seed of its own, which a failure tells:
 * {@code -Dfuzz.seed=N} tries that one alone. {@code -Dfuzz.seconds=N} tries for so long, with cases never tried before,
 * and prints how many they were; {@code -Dtags=fuzz} makes that 20. In the normal build they are always the same.
 */
public final class GeneratedCases {
    private static final long SEED = 20_261_122;

    private GeneratedCases() {}

    /** What must hold, whatever comes out of the generator; throws if it doesn't. */
    public interface Property {
        void check(Random random) throws Exception;
    }

    /**
     * Tries them.
     *
     * @param what for the line that tells how many there were
     */
    public static void each(String what, int count, Property property) {
        Long only = Long.getLong("fuzz.seed");
        Duration length = Duration.ofSeconds(TestScale.of("fuzz.seconds", 0, 20));
        if (only != null) {
            check(what, only, property);
        } else if (length.isZero()) {
            for (long i = 0; i < count; i++) {
                check(what, SEED + i, property);
            }
        } else {
            long first = new Random().nextLong() >>> 2;
            long end = System.nanoTime() + length.toNanos();
            long seed = first;
            while (System.nanoTime() < end) {
                check(what, seed++, property);
            }
            System.out.printf("%s: %,d cases from seed %d%n", what, seed - first, first);
        }
    }

    private static void check(String what, long seed, Property property) {
        try {
            property.check(new Random(seed));
        } catch (Exception | AssertionError | StackOverflowError e) {
            throw new AssertionError(what + " fails with -Dfuzz.seed=" + seed + ": " + e, e);
        }
    }
}
