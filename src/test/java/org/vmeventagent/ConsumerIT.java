package org.vmeventagent;

import java.nio.file.Path;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.chaos.ConsumerEnvironment;
import org.vmeventagent.rig.TestScale;

/**
 * The consumer of docs/consumer with faults on both sides of it: it is killed, its callbacks fail, messages come again, agents,
 * broker and libvirtd are killed. In the end its view is the hypervisor, and every notification was called back, in order.
 *
 * <p>The short form plays one seed. {@code -Dconsumer.rounds} sets the number of rounds, 100 by {@code -Dtags=consumer}; their
 * seed is drawn and printed. {@code -Dconsumer.seed} replays the choices of a run, not its timing.
 */
@Tag("consumer")
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class ConsumerIT {
    private static final int SHORT = 6;
    /** Has six kinds of faults in its rounds: of the consumer, of it and an agent, of the broker, of a database. */
    private static final long SHORT_SEED = 197;

    private static final int INSTANCES = 40;
    private static final int OPERATIONS_PER_SECOND = 20;
    /** After so many rounds the guests rest, and all must be right. */
    private static final int STATION = 10;

    private static final int STORY = 60;

    @TempDir
    private Path directory;

    @Test
    void viewIsTheHypervisorsHoweverOftenTheConsumerDies() throws Exception {
        int rounds = TestScale.of("consumer.rounds", SHORT, 100);
        long drawn = rounds == SHORT ? SHORT_SEED : new Random().nextInt(1_000_000);
        long seed = Long.getLong("consumer.seed", drawn);
        String run = "-Dconsumer.seed=" + seed + " -Dconsumer.rounds=" + rounds;
        System.out.println(run);
        try (ConsumerEnvironment environment =
                new ConsumerEnvironment(directory, INSTANCES, OPERATIONS_PER_SECOND, new SplittableRandom(seed))) {
            try {
                for (int round = 1; round <= rounds; round++) {
                    environment.round();
                    if (round % STATION == 0) {
                        environment.settle();
                        System.out.println("round " + round + ": " + environment.summary());
                    }
                }
                environment.finish();
            } catch (AssertionError e) {
                throw new AssertionError(run + ": " + e.getMessage() + environment.recently(STORY), e);
            }
            System.out.println(run + ": " + environment.summary());
        }
    }
}
