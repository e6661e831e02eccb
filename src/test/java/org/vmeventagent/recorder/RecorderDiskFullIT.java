package org.vmeventagent.recorder;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.publisher.MemoryBroker;
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.PublisherConfig;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.rig.ProgressWatch;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreConfig;
import org.vmeventagent.store.Tmpfs;
import org.vmeventagent.time.AgentClock;

/** A recorder whose disk fills up. */
class RecorderDiskFullIT {
    private static final int EVENTS = 8_000;
    private static final Duration DEADLINE = Duration.ofSeconds(30);

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
    void publishesFromMemoryWhileTheDiskIsFull() throws Exception {
        MemoryBroker broker = new MemoryBroker();
        PublisherConfig config = new PublisherConfig(
                OsloEnvelope.MESSAGINGV2,
                List.of("notifications"),
                List.of(),
                List.of("info", "error"),
                256,
                Duration.ZERO,
                Duration.ofMillis(50),
                0,
                Duration.ofMillis(200),
                Duration.ofDays(1),
                Duration.ofSeconds(10));
        try (CapturedLog log = CapturedLog.open();
                TestRecorder run = new TestRecorder(path);
                Publisher publisher =
                        new Publisher(config, run.store, broker, AgentMetrics.NONE, AgentClock.system(0))) {
            run.settle();
            Path ballast = disk.fill();
            publisher.start();
            for (int event = 0; event < EVENTS; event++) {
                assertTrue(run.queue.offer(Events.reboot(event)));
            }
            await().atMost(DEADLINE).until(() -> broker.taken().size() == EVENTS + 1);
            assertTrue(run.store.isBuffering());
            assertEquals(numbered(EVENTS + 1), broker.taken());

            Files.delete(ballast);
            await().atMost(DEADLINE).until(() -> !run.store.isBuffering());
            run.receives(Events.started(1), Events.stopped(1));
            await().atMost(DEADLINE).until(() -> broker.taken().size() == EVENTS + 3);
            assertEquals(numbered(EVENTS + 3), broker.taken(), "in order, and none twice");
            await().atMost(DEADLINE).until(() -> run.store.depth() == 0);
            assertEquals(List.of(), log.at(Level.ERROR));
            assertEquals(
                    List.of(path + ": the disk is full: notifications are kept in memory and sent from there, at most"
                            + " 8 MiB"),
                    log.at(Level.WARN));
            assertTrue(log.at(Level.INFO).stream()
                    .anyMatch(line -> line.matches("Recording on disk again after \\d+ s: \\d+ notifications were kept"
                            + " in memory meanwhile, 0 of them dropped")));
        }
        try (TestRecorder next = new TestRecorder(path)) {
            assertEquals(EVENTS + 4, next.recorded().get(0).sequence(), "without a hole");
        }
    }

    private static List<String> numbered(int last) {
        return IntStream.rangeClosed(1, last)
                .mapToObj(number -> "notifications.info " + number)
                .toList();
    }

    @Test
    void dropsWhatIsTooMuchForMemoryAndReportsItOnceThereIsRoom() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.settle();
            Path ballast = disk.fill();
            for (int event = 0; event < 2 * EVENTS; event++) {
                if (event == EVENTS) {
                    run.settle();
                }
                assertTrue(run.queue.offer(Events.reboot(event % 10)));
            }
            run.settle();
            assertEquals(2 * EVENTS + 1, run.store.lastSequence());
            long givenUp = run.metrics.droppedRows.get();
            assertTrue(givenUp > 1_000, "given up " + givenUp);
            assertTrue(run.store.read("info", 1, 2 * EVENTS).stream()
                            .mapToLong(row -> row.body().length)
                            .sum()
                    <= Store.BUFFER_BYTES);

            Files.delete(ballast);
            await().atMost(DEADLINE).until(() -> !run.store.isBuffering());
            assertEquals(2 * EVENTS + 1 - givenUp, run.store.depth());
            assertEquals(givenUp, run.store.unreportedDrops(0).rows());
            List<OutboxRow> waiting = run.store.read("info", 0, 2 * EVENTS);
            assertEquals(2 * EVENTS + 1, waiting.get(waiting.size() - 1).sequence());
            run.store.acknowledge("notifications.info", 2 * EVENTS + 1);
            run.store.release("info", 2 * EVENTS + 1);
            await().atMost(DEADLINE).until(() -> !run.store.hasUnreportedDrops());
            String reported = run.kept().stream()
                    .map(row -> new String(row.body(), StandardCharsets.US_ASCII))
                    .collect(Collectors.joining("\n"));
            assertTrue(reported.contains("\"dropped\":{\"reboot\":" + givenUp + "}"), reported);
        }
    }

    @Test
    void waitsWhereItsNumbersCannotBeSecuredEither() throws Exception {
        try (CapturedLog log = CapturedLog.open();
                TestRecorder run = new TestRecorder(StoreConfig.at(path), RecorderConfig.DEFAULTS, List.of())) {
            run.settle();
            Path ballast = disk.fill();
            Path alive = directory.resolve("agent.db.alive");
            Files.delete(alive);
            Files.createDirectory(alive); // can't be written, as on a read-only file system
            for (int event = 0; event < 1_000; event++) {
                assertTrue(run.queue.offer(Events.reboot(event)));
            }
            await().atMost(DEADLINE).until(() -> run.metrics.failedCommits.get() > 2);
            long last = run.store.lastSequence();
            assertFalse(run.store.isBuffering());
            assertTrue(run.store.read("info", last, 1).isEmpty());
            ProgressWatch.awaitTwo(run.recorder::sinceLastProgress); // waiting for room is no reason to be killed
            assertEquals(last, run.store.lastSequence());
            assertTrue(log.at(Level.WARN)
                    .contains("Nothing can be recorded, trying again until it can: " + path + ": the disk is full"));

            Files.delete(ballast);
            assertEquals(LongStream.rangeClosed(1, 1_001).boxed().toList(), run.keptNumbers());
        }
    }

    @Test
    void stopsRetryingWhenItIsToEndAndCannotCommit() throws Exception {
        RecorderConfig defaults = RecorderConfig.DEFAULTS;
        RecorderConfig hasty = new RecorderConfig(
                defaults.lookupTimeout(),
                defaults.lookupPause(),
                true,
                256,
                defaults.tick(),
                Duration.ofMillis(500),
                defaults.resync(),
                RateLimitConfig.NONE);
        TestRecorder run = new TestRecorder(path, hasty, List.of());
        run.settle();
        disk.fill();
        for (int event = 0; event < EVENTS; event++) {
            run.queue.offer(Events.reboot(event));
        }
        await().atMost(DEADLINE).until(() -> run.metrics.failedCommits.get() > 2);
        assertTrue(run.recorder.drain(DEADLINE), "a publisher can still send it");
        long began = System.nanoTime();
        run.close();

        assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(20));
        assertTrue(run.ended.await(20, TimeUnit.SECONDS));
        try (Store next = Store.open(StoreConfig.at(path))) {
            assertTrue(next.lastSequence() >= EVENTS + 2, "no number is used twice");
        }
    }
}
