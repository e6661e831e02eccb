package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.chaos.FaultInjector;
import org.vmeventagent.chaos.ProcessSampler;
import org.vmeventagent.chaos.SoakEnvironment;
import org.vmeventagent.chaos.SoakReport;

/**
 * A steady load for a long time, while broker, libvirtd and agent are killed, frozen, restarted and cut off at random.
 * Leaves its table and its figure in {@code target/soak}.
 *
 * <p>{@code -Dsoak.minutes} says how long, {@code -Dsoak.seed} replays the choices (not the timing).
 */
@Tag("soak")
@Tag("long")
class SoakIT {
    private static final int INSTANCES = 60;
    private static final int OPERATIONS_PER_SECOND = 20;
    private static final int STORY = 60;
    private static final Duration QUIET = Duration.ofSeconds(15);
    private static final Duration SAMPLING_INTERVAL = Duration.ofSeconds(10);

    /** After so many faults the guests rest, and all must be right. */
    private static final int STATION = 10;

    /** One heap of 64 MB, and what Java, SQLite and libvirt take beside it. */
    private static final long MOST_MEMORY_KB = 200 * 1024;

    private static final long MOST_DESCRIPTORS = 120;

    @TempDir
    private Path directory;

    @Test
    void nothingIsMissingAndNothingGrows() throws Exception {
        long seed = Long.getLong("soak.seed", new Random().nextInt(1_000_000));
        Duration length = Duration.ofMinutes(Integer.getInteger("soak.minutes", 30));
        String run = "-Dsoak.seed=" + seed + " -Dsoak.minutes=" + length.toMinutes();
        System.out.println(run);
        SplittableRandom random = new SplittableRandom(seed);
        try (SoakEnvironment environment = SoakEnvironment.withCeilometer(
                        directory, INSTANCES, OPERATIONS_PER_SECOND, random.split(), "");
                ProcessSampler processSampler = new ProcessSampler(environment, SAMPLING_INTERVAL)) {
            FaultInjector faultInjector = new FaultInjector(environment, random);
            try {
                environment.agent().awaitErr("Connected to");
                soak(environment, faultInjector, length);
                environment.finish();
            } catch (AssertionError e) {
                throw new AssertionError(
                        run + ": " + e.getMessage() + "\n" + faultInjector.reported() + environment.recently(STORY), e);
            } finally {
                new SoakReport(processSampler.samples(), faultInjector.reported()).write(Path.of("target", "soak"));
            }
            for (ProcessSampler.Sample sample : processSampler.samples()) {
                assertTrue(sample.memoryKb() < MOST_MEMORY_KB, sample::toString);
                assertTrue(sample.descriptors() < MOST_DESCRIPTORS, sample::toString);
            }
            System.out.println(run + ": " + reported(environment, faultInjector));
        }
    }

    private static void soak(SoakEnvironment environment, FaultInjector faultInjector, Duration length)
            throws Exception {
        long end = System.nanoTime() + length.toNanos();
        for (int i = 1; System.nanoTime() < end; i++) {
            faultInjector.pause(QUIET);
            faultInjector.happen();
            environment.listen();
            assertEquals("[]", environment.received().faults().toString());
            if (i % STATION == 0) {
                environment.settle();
                System.out.println(reported(environment, faultInjector));
            }
        }
    }

    private static String reported(SoakEnvironment environment, FaultInjector faultInjector) {
        return environment.load().operations() + " events, "
                + environment.received().count() + " notifications, "
                + environment.received().duplicates() + " received again, "
                + faultInjector.reported().size() + " faults";
    }
}
