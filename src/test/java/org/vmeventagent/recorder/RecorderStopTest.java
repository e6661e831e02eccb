package org.vmeventagent.recorder;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecorderStopTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void path() {
        path = directory.resolve("agent.db");
    }

    @Test
    void drainsAllThatWasReceivedAndReportsItsEnd() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            for (int i = 0; i < 1_000; i++) {
                run.receives(Events.reboot(i));
            }

            assertTrue(run.recorder.drain(DEADLINE));
            assertEquals(1_002, run.store.lastSequence(), "started, the events, stopped");
            assertEquals(1_002, run.store.depth());
        }
    }

    @Test
    void keepsAcknowledgementsThatComeAfterTheDrain() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            assertTrue(run.recorder.drain(DEADLINE));
            run.store.acknowledge("notifications.info", 2);
        }
        try (TestRecorder run = new TestRecorder(path)) {
            assertEquals(2, run.store.acknowledged("notifications.info"));
        }
    }

    @Test
    void isNotStuckWhileNothingIsReceived() {
        try (TestRecorder run = new TestRecorder(path)) {
            await().atMost(DEADLINE)
                    .until(() -> run.recorder.sinceLastProgress().isZero());
        }
    }

    @Test
    void keepsAcknowledgementsWithinASecondWhileNothingIsReceived() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.settle();
            run.store.acknowledge("notifications.info", 1);

            await().atMost(Duration.ofSeconds(5)).until(() -> !run.store.hasPendingAcknowledgements());
        }
    }

    @Test
    void closesWithoutADrainAndTwice() {
        TestRecorder run = new TestRecorder(path);
        run.receives(Events.started(1));
        run.close();
        run.close();

        try (TestRecorder again = new TestRecorder(path)) {
            assertTrue(again.store.lastSequence() >= 2, "what was received before the end is recorded");
        }
    }

    @Test
    void saysWhenItCouldNotDrain() throws Exception {
        RecorderConfig config = RecorderConfig.DEFAULTS.withLookupTimeout(Duration.ofMillis(500));
        try (TestRecorder run = new TestRecorder(path, config, List.of())) {
            run.receives(Events.started(1, Events.unanswered(), Events.CLOCK.now()));

            assertFalse(run.recorder.drain(Duration.ofMillis(10)));
        }
    }
}
