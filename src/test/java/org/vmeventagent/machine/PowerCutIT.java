package org.vmeventagent.machine;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power goes at any moment: while guests start and end, while the broker is away, while the disk is nearly full, and
 * while the machine boots. A consumer at a broker elsewhere sees all the same every number once, and every gap.
 *
 * <p>{@code -Dmachine.cuts} says how often, {@code -Dmachine.seed} replays the choices, not their timing.
 */
@Tag("long")
@Tag("machine")
class PowerCutIT {
    /** What else is wrong when the power goes. */
    private enum Trouble {
        NONE,
        BROKER_AWAY,
        DISK_NEARLY_FULL,
        WHILE_IT_BOOTS
    }

    @TempDir
    private Path directory;

    private final Map<Trouble, Integer> cuts = new EnumMap<>(Trouble.class);

    @Test
    void everyNumberComesOnceAndEveryGapIsTold() throws Exception {
        int count = Integer.getInteger("machine.cuts", 100);
        long seed = Long.getLong("machine.seed", new Random().nextInt(1_000_000));
        String run = "-Dmachine.seed=" + seed + " -Dmachine.cuts=" + count;
        System.out.println(run);
        RandomGenerator random = new SplittableRandom(seed);
        try (MachineEnvironment environment = new MachineEnvironment("trixie", directory, "")) {
            for (int i = 1; i <= count; i++) {
                Trouble trouble = Trouble.values()[random.nextInt(Trouble.values().length)];
                cut(environment, trouble, random);
                cuts.merge(trouble, 1, Integer::sum);
                System.out.println(Instant.now() + " cut " + i + ", " + trouble + ": " + environment.figures());
            }
            System.out.println(run + ": " + cuts + ", " + environment.figures());
        } catch (AssertionError e) {
            throw new AssertionError(run + ", " + cuts + ": " + e.getMessage(), e);
        }
    }

    private static void cut(MachineEnvironment environment, Trouble trouble, RandomGenerator random) {
        AgentMachine machine = environment.machine();
        environment.invariants().beginRound();
        machine.storm(random.nextInt(1_000_000));
        pause(random, Duration.ofSeconds(5));
        switch (trouble) {
            case BROKER_AWAY -> environment.broker().freeze();
            case DISK_NEARLY_FULL -> machine.fillDisk(random.nextInt(2_000));
            case NONE, WHILE_IT_BOOTS -> {}
        }
        pause(random, Duration.ofSeconds(20));
        Instant cut = Instant.now();
        machine.cutPower();
        environment.broker().thaw();
        if (trouble == Trouble.WHILE_IT_BOOTS) {
            machine.switchOn();
            pause(random, Duration.ofSeconds(90));
            machine.cutPower();
        }
        machine.boot();
        machine.freeDisk();
        environment.awaitSettled(cut);
    }

    private static void pause(RandomGenerator random, Duration most) {
        LockSupport.parkNanos(random.nextLong(most.toNanos()));
    }
}
