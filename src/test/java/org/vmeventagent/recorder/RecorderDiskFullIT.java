package org.vmeventagent.recorder;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.Turns;
import org.vmeventagent.store.Tmpfs;

/** A recorder whose disk fills up. */
class RecorderDiskFullIT {
    private static final int EVENTS = 8_000;

    @TempDir
    Path directory;

    private Tmpfs disk;
    private Path path;

    @BeforeEach
    void mount() throws Exception {
        disk = new Tmpfs(directory, "24m");
        path = directory.resolve("agent.db");
    }

    @AfterEach
    void unmount() throws Exception {
        disk.unmount();
    }

    @Test
    void losesNothingWhileTheDiskIsFull() throws Exception {
        try (Recording run = new Recording(path)) {
            run.settle();
            Path ballast = disk.fill();
            for (int event = 0; event < EVENTS; event++) {
                assertTrue(run.queue.offer(Events.reboot(event)));
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> run.seen.failedCommits.get() > 2);
            Files.delete(ballast);

            assertEquals(LongStream.rangeClosed(1, EVENTS + 1).boxed().toList(), run.keptNumbers());
            assertEquals(EVENTS + 1, run.recorded().size());
        }
    }

    @Test
    void givesUpWhenItIsToEndAndCannotCommit() throws Exception {
        RecorderConfig defaults = RecorderConfig.DEFAULTS;
        RecorderConfig hasty = new RecorderConfig(
                defaults.lookupTimeout(),
                defaults.lookupPause(),
                true,
                256,
                defaults.tick(),
                Duration.ofMillis(500),
                defaults.resync(),
                BudgetConfig.NONE);
        Recording run = new Recording(path, hasty, List.of());
        run.settle();
        disk.fill();
        for (int event = 0; event < EVENTS; event++) {
            run.queue.offer(Events.reboot(event));
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> run.seen.failedCommits.get() > 2);
        Turns.awaitTwo(run.recorder::sinceLastTurn); // waiting for room is no reason to be killed
        assertFalse(run.recorder.drain(Duration.ofMillis(100)));
        long began = System.nanoTime();
        run.close();

        assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(20));
        assertTrue(run.seen.failed.await(20, TimeUnit.SECONDS));
    }
}
