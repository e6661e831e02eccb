package org.vmeventagent.recorder;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.recorder.SimulatedHost.RUNNING;
import static org.vmeventagent.recorder.SimulatedHost.SHUTOFF;
import static org.vmeventagent.recorder.SimulatedHost.awaitReported;

import ch.qos.logback.classic.Level;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.StoreConfig;

/** Somebody sets the host's clock while the agent runs, or while it doesn't. */
class ClockStepTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final PublishFilter LIVES = new PublishFilter(Set.of("defined", "undefined", "removed"), true);
    private static final RecorderConfig OFTEN = new RecorderConfig(
            Duration.ofMillis(50),
            Duration.ofSeconds(5),
            true,
            256,
            Duration.ofMillis(20),
            Duration.ofSeconds(5),
            ResyncConfig.DEFAULTS,
            RateLimitConfig.NONE);

    @TempDir
    Path directory;

    private TestRecorder begin() {
        return new TestRecorder(
                StoreConfig.at(directory.resolve("agent.db")).withBounds(1 << 28, Duration.ofDays(7)),
                OFTEN,
                List.of(),
                LIVES,
                LibvirtQueries.NONE,
                "");
    }

    /** What the recorder does every 20 ms, some times. */
    private static void someTicks(TestRecorder run) throws InterruptedException {
        long until = System.nanoTime() + Duration.ofMillis(200).toNanos();
        while (System.nanoTime() - until < 0) {
            run.settle();
        }
    }

    @Test
    void whatWaitsIsNotTooOldBecauseTheClockWasSetForward() throws Exception {
        try (CapturedLog log = CapturedLog.open();
                TestRecorder run = begin()) {
            for (int domain = 1; domain <= 5; domain++) {
                run.receives(Events.defined(domain, null));
            }
            run.settle();
            run.clock.set(Duration.ofDays(8));
            someTicks(run);

            assertEquals(List.of(1L, 2L, 3L, 4L, 5L), run.keptNumbers());
            assertEquals(0, run.metrics.droppedRows.get());
            assertEquals(1, log.at(Level.WARN).size(), log.all());
            assertTrue(log.at(Level.WARN).get(0).contains("set forward by 691200 s"), log.all());

            run.clock.pass(Duration.ofDays(8));
            await().atMost(SOON).until(() -> run.metrics.droppedRows.get() == 5);
        }
    }

    @Test
    void whatWaitsAgesOnlyWhileTheAgentRuns() throws Exception {
        try (TestRecorder run = begin()) {
            run.receives(defined(1, run));
            run.settle();
            run.clock.pass(Duration.ofDays(6));
            run.receives(defined(2, run));
            run.settle();
        }
        try (TestRecorder run = begin()) {
            run.clock.set(Duration.ofDays(30));
            someTicks(run);
            assertEquals(2, run.store.depth());

            run.clock.pass(Duration.ofDays(2));
            await().atMost(SOON).until(() -> run.metrics.droppedRows.get() == 1);
        }
    }

    private static DomainEvent defined(int domain, TestRecorder run) {
        return Events.lifecycle(domain, Events.name(domain), 0, 0, null, run.clock.now());
    }

    @Test
    void aDomainIsNotRemovedSoonerBecauseTheClockWasSetForward() throws Exception {
        try (TestRecorder run = begin()) {
            run.receives(Events.defined(1, null), Events.lifecycle(1, Events.name(1), 1, 0, null, Events.CLOCK.now()));
            run.settle();
            run.clock.set(OFTEN.resync().removedGrace().plusSeconds(15));
            run.clock.pass(Duration.ofSeconds(1)); // a look is due
            someTicks(run);
            assertEquals(2, run.kept().size());

            run.clock.pass(OFTEN.resync().removedGrace());
            await().atMost(SOON).until(() -> run.kept().size() == 3);
        }
    }

    @Test
    void noWindowBeginsAfterItEndsWhereTheClockWasSetBack() throws Exception {
        SimulatedHost host = new SimulatedHost(directory);
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder run = host.begin()) {
            host.connect(run);
            awaitReported(run, "exists audit");
            run.clock.set(Duration.ofHours(-1));
            host.is(1, SHUTOFF, 3, -1);
            run.receives(new LibvirtInput.Overflow(7));
            awaitReported(run, "gap overflow 1");

            JsonNode stopped = payload(run, "libvirt.domain.stopped");
            assertOrder(stopped, "window_start", "observed_at");
            JsonNode gap = payload(run, "libvirt.agent.gap");
            assertOrder(gap, "from", "to");
        }
    }

    /** As much time as really passed: a minute at most in a test, and not an hour. */
    private static void assertOrder(JsonNode payload, String from, String to) {
        Duration length = Duration.between(time(payload, from), time(payload, to));
        assertFalse(length.isNegative(), payload::toPrettyString);
        assertTrue(length.toMinutes() < 5, payload::toPrettyString);
        assertTrue(payload.get("clock_stepped").asBoolean(), payload::toPrettyString);
    }

    @Test
    void aWindowIsAsLongAsTheTimeThatPassedWhereTheClockWasSetForward() throws Exception {
        SimulatedHost host = new SimulatedHost(directory);
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder run = host.begin()) {
            host.connect(run);
            awaitReported(run, "exists audit");
            run.clock.set(Duration.ofDays(8));
            host.is(1, SHUTOFF, 3, -1);
            run.receives(new LibvirtInput.Overflow(7));
            awaitReported(run, "gap overflow 1");

            assertOrder(payload(run, "libvirt.domain.stopped"), "window_start", "observed_at");
        }
    }

    @Test
    void aGapSaysNoBeginningWhereTheClockWasSetBackWhileNoAgentRan() throws Exception {
        SimulatedHost host = new SimulatedHost(directory);
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.agentDied(Events.CLOCK.instant().plusSeconds(3_600));
        try (CapturedLog log = CapturedLog.open();
                TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap agent_down 0");

            JsonNode gap = payload(second, "libvirt.agent.gap");
            assertFalse(gap.has("from"), gap::toPrettyString);
            assertTrue(gap.get("clock_stepped").asBoolean(), gap::toPrettyString);
            assertTrue(log.at(Level.WARN).get(0).contains("set back by"), log.all());
        }
    }

    private static Instant time(JsonNode payload, String key) {
        return Instant.parse(payload.get(key).asText());
    }

    /** Of the newest notification of this type. */
    private static JsonNode payload(TestRecorder run, String type) throws InterruptedException, IOException {
        JsonNode found = null;
        for (OutboxRow row : run.kept()) {
            JsonNode body = JSON.readTree(row.body());
            found = body.get("event_type").asText().equals(type) ? body.get("payload") : found;
        }
        if (found == null) {
            throw new AssertionError("no " + type);
        }
        return found;
    }
}
