package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.chaos.BrokerConsumer;
import org.vmeventagent.chaos.ReceivedNotification;
import org.vmeventagent.chaos.SoakEnvironment;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TestScale;

/**
 * An agent under a storm of events that is killed again and again: while it starts, while it compares, while it records
 * and publishes.
 *
 * <p>{@code -Dsoak.kills} says how often, {@code -Dsoak.seed} replays the choices (not the timing).
 */
@Tag("soak")
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class KilledAgentIT {
    private static final int INSTANCES = 60;
    private static final int OPERATIONS_PER_SECOND = 400;
    private static final int STORY = 40;

    @TempDir
    private Path directory;

    @Test
    void nothingIsMissingAndNothingIsOtherHoweverOftenTheAgentIsKilled() throws Exception {
        long seed = Long.getLong("soak.seed", new Random().nextInt(1_000_000));
        int kills = TestScale.of("soak.kills", 12, 200);
        String run = "-Dsoak.seed=" + seed + " -Dsoak.kills=" + kills;
        RandomGenerator random = new SplittableRandom(seed);
        try (SoakEnvironment environment = SoakEnvironment.withCeilometer(
                        directory, INSTANCES, OPERATIONS_PER_SECOND, random, "budget_state = 0\n");
                BrokerConsumer wire = environment.tap()) {
            try {
                environment.agent().awaitErr("Connected to");
                for (int i = 0; i < kills; i++) {
                    comeToAnyPoint(environment.agent(), random);
                    environment.agent().kill9();
                    environment.startAgent();
                    environment.listen();
                    assertEquals("[]", environment.received().faults().toString());
                }
                environment.finish();
                assertEquals("[]", wire.faults().toString());
                assertEquals(0, environment.dropped(), "Ceilometer never acknowledges what it drops");
            } catch (AssertionError e) {
                throw new AssertionError(run + ": " + e.getMessage() + environment.recently(STORY), e);
            }
            long starts = environment.received().all().stream()
                    .map(ReceivedNotification::name)
                    .filter("agent.started"::equals)
                    .count();
            assertTrue(starts > kills / 3 && starts <= kills + 1, () -> "only " + starts + " starts were recorded");
            System.out.println(run + ": " + environment.load().operations() + " events, "
                    + environment.received().count() + " notifications, "
                    + wire.duplicates() + " of them sent again, "
                    + environment.received().duplicates() + " given to the consumer again, "
                    + starts + " starts recorded");
        }
    }

    /** A third of the times on the way up, a third when it has just subscribed, a third when it has just connected. */
    private static void comeToAnyPoint(RunningAgent agent, RandomGenerator random) {
        switch (random.nextInt(3)) {
            case 0 -> pause(random, 1500);
            case 1 -> {
                agent.awaitErr(" subscribed: ");
                pause(random, 800);
            }
            default -> {
                agent.awaitErr("Connected to");
                pause(random, 800);
            }
        }
    }

    private static void pause(RandomGenerator random, int mostMillis) {
        LockSupport.parkNanos(Duration.ofMillis(random.nextInt(mostMillis)).toNanos());
    }
}
