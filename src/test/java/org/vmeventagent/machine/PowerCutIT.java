package org.vmeventagent.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The power goes at any moment while guests start and end, and while the machine boots: with the broker away, with a disk
 * that is nearly full. A consumer at a broker elsewhere sees all the same every number once, and every gap.
 *
 * <p>A boot takes a minute. So a second form has none: the machine goes on from where it was kept before, and only the
 * agent's disk is as the power cut left it.
 *
 * <p>{@code -Dmachine.cuts} says how often at the least in each test, {@code -Dmachine.seed} replays the choices, not their
 * timing.
 */
@Tag("long")
@Tag("machine")
class PowerCutIT {
    /** What else is wrong when the power goes. */
    private enum Trouble {
        NONE,
        BROKER_AWAY,
        DISK_NEARLY_FULL
    }

    private static final Duration LOAD = Duration.ofSeconds(20);
    /** Time enough for the agent to be back. */
    private static final Duration BOOT = Duration.ofSeconds(100);

    @TempDir
    private Path directory;

    private final Map<Trouble, Integer> cuts = new EnumMap<>(Trouble.class);

    @Test
    void ext4() throws Exception {
        cutPower("ext4", "full", true);
    }

    @Test
    void xfs() throws Exception {
        cutPower("xfs", "full", true);
    }

    @Test
    void normal() throws Exception {
        cutPower("ext4", "normal", true);
    }

    @ParameterizedTest
    @CsvSource({"ext4, full", "xfs, full", "ext4, normal"})
    void withoutBoots(String fileSystem, String synchronous) throws Exception {
        cutPower(fileSystem, synchronous, false);
    }

    private void cutPower(String fileSystem, String synchronous, boolean boots) throws Exception {
        int count = Integer.getInteger("machine.cuts", 50);
        long seed = Long.getLong("machine.seed", new Random().nextInt(1_000_000));
        String run = fileSystem + ", " + synchronous + (boots ? "" : ", without boots") + ", -Dmachine.seed=" + seed
                + " -Dmachine.cuts=" + count;
        System.out.println(run);
        RandomGenerator random = new SplittableRandom(seed);
        try (MachineEnvironment environment =
                new MachineEnvironment("trixie", directory, AgentMachine.secondDisk(directory))) {
            environment.machine().mountState(fileSystem);
            environment.startAgent(
                    List.of(AgentMachine.QEMU, AgentMachine.TEST), "[outbox]\nsynchronous = " + synchronous);
            environment.invariants().allowReportedDrops();
            if (!boots) {
                environment.machine().freeze();
            }
            Instant off = Instant.now();
            for (int done = 0; done < count; ) {
                Trouble trouble = Trouble.values()[random.nextInt(Trouble.values().length)];
                int times = 1 + random.nextInt(4);
                if (boots) {
                    cutPower(environment, trouble, times, random);
                } else {
                    off = cutPowerWithoutBoots(environment, trouble, times, random, off);
                }
                done += times;
                cuts.merge(trouble, times, Integer::sum);
                System.out.println(Instant.now() + " cuts: " + cuts + ", " + environment.figures());
                if (synchronous.equals("full") && !cuts.containsKey(Trouble.DISK_NEARLY_FULL)) {
                    assertEquals(List.of(), environment.consumer().overflows());
                }
            }
            System.out.println(run + ": " + cuts + ", " + environment.figures());
        } catch (AssertionError e) {
            throw new AssertionError(run + ", " + cuts + ": " + e.getMessage(), e);
        }
    }

    /** Once under load, and then while it boots. */
    private static void cutPower(MachineEnvironment environment, Trouble trouble, int times, RandomGenerator random) {
        AgentMachine machine = environment.machine();
        environment.invariants().beginRound();
        machine.storm(random.nextInt(1_000_000));
        switch (trouble) {
            case BROKER_AWAY -> environment.broker().freeze();
            case DISK_NEARLY_FULL -> machine.fillDisk(random.nextInt(2_000));
            case NONE -> {}
        }
        List<Instant> moments = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            pause(random, i == 0 ? LOAD : BOOT);
            moments.add(Instant.now());
            machine.cutPower();
            machine.switchOn();
        }
        environment.broker().thaw();
        machine.awaitBoot();
        machine.endStorm();
        machine.freeDisk();
        environment.awaitSettled(moments);
    }

    /** Just after the agent's start, or somewhat later; when the machine was off at last. */
    private static Instant cutPowerWithoutBoots(
            MachineEnvironment environment, Trouble trouble, int times, RandomGenerator random, Instant off) {
        AgentMachine machine = environment.machine();
        environment.invariants().beginRound();
        List<Instant> moments = new ArrayList<>(List.of(off));
        if (trouble == Trouble.BROKER_AWAY) {
            environment.broker().freeze();
        }
        for (int i = 0; i < times; i++) {
            machine.resume(random.nextInt(1_000_000));
            if (i == 0 && trouble == Trouble.DISK_NEARLY_FULL) {
                machine.fillDisk(random.nextInt(2_000));
            }
            pause(random, LOAD);
            moments.add(Instant.now());
            machine.cutPower();
        }
        environment.broker().thaw();
        machine.resume(random.nextInt(1_000_000));
        machine.freeDisk();
        machine.endStorm();
        environment.awaitSettled(moments);
        Instant last = Instant.now();
        machine.cutPower();
        return last;
    }

    private static void pause(RandomGenerator random, Duration most) {
        LockSupport.parkNanos(random.nextLong(most.toNanos()));
    }
}
