package org.vmeventagent;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.chaos.ChaosEnvironment;
import org.vmeventagent.chaos.ChaosRound;
import org.vmeventagent.chaos.Invariants;
import org.vmeventagent.rig.TestScale;

/**
 * No silent gap, and nothing twice: an agent over real daemons, guests and a broker, of which at random one is killed,
 * hangs or is flooded, while domains come, change and go.
 *
 * <p>The short form plays one seed. {@code -Dchaos.rounds} sets the number of rounds, 300 by {@code -Dtags=chaos}; their seed
 * is drawn and printed. {@code -Dchaos.seed} replays the choices of a run, not its timing.
 */
@Tag("chaos")
class ChaosIT {
    private static final int SHORT = 10;
    /** Has nearly every kind of fault and operation in its first rounds. */
    private static final long SHORT_SEED = 8;

    private static final int STORY = 80;
    private static final int PROGRESS = 10;
    private static final List<Integer> RESYNC_INTERVALS = List.of(0, 3, 600);

    @TempDir
    Path directory;

    @Test
    void consumerSeesEveryTransitionOnceAndEveryGap() throws Exception {
        int rounds = TestScale.of("chaos.rounds", SHORT, 300);
        long drawn = rounds == SHORT ? SHORT_SEED : new Random().nextInt(1_000_000);
        long seed = Long.getLong("chaos.seed", drawn);
        String run = "-Dchaos.seed=" + seed + " -Dchaos.rounds=" + rounds;
        System.out.println(run);
        int interval = RESYNC_INTERVALS.get(new SplittableRandom(seed).nextInt(RESYNC_INTERVALS.size()));
        try (ChaosEnvironment environment = new ChaosEnvironment(directory, interval)) {
            Invariants invariants = new Invariants(environment.bus());
            for (int round = 1; round <= rounds; round++) {
                try {
                    new ChaosRound(environment, invariants, new SplittableRandom(seed * 1_000_003 + round)).run();
                } catch (AssertionError e) {
                    String wrong = environment.named(String.valueOf(e.getMessage()));
                    throw new AssertionError(
                            run + ", round " + round + ": " + wrong + "\n" + environment.recently(STORY), e);
                }
                if (round % PROGRESS == 0) {
                    System.out.println("round " + round + ": " + environment.summary());
                }
            }
            System.out.println(run + ": " + environment.summary());
        }
    }
}
