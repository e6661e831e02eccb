package org.vmeventagent.recorder;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.store.OutboxRow;

/** What the recorder stamps and joins, as a consumer sees it. */
class RecorderWireTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void path() {
        path = directory.resolve("agent.db");
    }

    @Test
    void stampsTheStreamAndTheChainOfTheDomain() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.started(1), Events.started(2), Events.reboot(1), Events.stopped(1));
            List<JsonNode> payloads = payloads(run.kept());

            assertEquals("first_run", payloads.get(0).get("reason").asText());
            assertFalse(payloads.get(1).has("previous_sequence"));
            assertFalse(payloads.get(2).has("previous_sequence"));
            assertEquals(2, payloads.get(3).get("previous_sequence").asLong());
            assertEquals(4, payloads.get(4).get("previous_sequence").asLong());
            for (int i = 0; i < payloads.size(); i++) {
                assertEquals(i + 1, payloads.get(i).get("sequence").asLong());
                assertEquals(
                        run.store.stream().toString(),
                        payloads.get(i).get("stream").asText());
            }
        }
    }

    @Test
    void theMessageIdOfTheRowIsTheOneInTheBody() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.started(1));
            for (OutboxRow row : run.kept()) {
                JsonNode body = JSON.readTree(row.body());
                assertEquals(row.messageId(), body.get("message_id").asText());
                assertNotEquals(
                        "req-" + row.messageId(),
                        body.get("_context_request_id").asText());
            }
        }
    }

    @Test
    void theIdentityIsCachedAfterARestart() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.started(1, Events.answered(Events.metadata(1)), Events.CLOCK.now()));
            assertEquals("live", last(run).get("metadata_source").asText());
        }
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.stopped(1));
            JsonNode stopped = last(run);

            assertEquals("cached", stopped.get("metadata_source").asText());
            assertEquals("p1", stopped.get("project_id").asText());
            assertEquals("running", stopped.get("old_domain_state").asText());
            assertEquals(2, stopped.get("previous_sequence").asLong());
            assertEquals("restart", payloads(run.kept()).get(2).get("reason").asText());
        }
    }

    @Test
    void theIdentityThatCameLateGoesWithTheNextEvent() throws Exception {
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.started(1, lookup, Events.CLOCK.now()));
            assertEquals("none", last(run).get("metadata_source").asText());
            lookup.complete(Events.metadata(1));
            run.receives(Events.reboot(1));

            assertEquals("p1", last(run).get("project_id").asText());
            assertEquals(Events.metadataText(1), run.row(1).orElseThrow().metadata());
        }
    }

    @Test
    void aDomainThatIsLockedLetsTheOthersPass() throws Exception {
        CompletableFuture<LookupResult> lookup = Events.unanswered();
        RecorderConfig patient = RecorderConfig.DEFAULTS.withLookupTimeout(Duration.ofMinutes(1));
        try (TestRecorder run = new TestRecorder(path, patient, List.of())) {
            run.queue.offer(Events.started(1, lookup, Events.CLOCK.now()));
            run.queue.offer(Events.reboot(1));
            run.queue.offer(Events.started(2));
            await().until(() -> run.store.lastSequence() == 2);
            lookup.complete(Events.metadata(1));
            await().until(() -> run.store.lastSequence() == 4);
            List<JsonNode> payloads = payloads(run.kept());

            assertEquals(
                    Events.uuid(2).toString(),
                    payloads.get(1).get("instance_id").asText());
            assertEquals("started", payloads.get(2).get("event").asText());
            assertEquals("p1", payloads.get(2).get("project_id").asText());
            assertEquals("reboot", payloads.get(3).get("event").asText());
        }
    }

    @Test
    void publishesNovasDomainsWhileItIgnoresOthers() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.recorder.filter(new PublishFilter(Set.of("started"), false));
            run.receives(Events.started(1), Events.started(2, Events.answered(Events.metadata(2)), Events.CLOCK.now()));

            assertEquals(2, run.kept().size());
            assertEquals(Events.uuid(2).toString(), last(run).get("instance_id").asText());
        }
    }

    @Test
    void saysThatTheClockStepped() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.started(1));
            run.settle();
            run.clock.set(Duration.ofHours(-1));
            run.receives(
                    Events.started(2, null, run.clock.now()),
                    Events.started(3, null, run.clock.now()),
                    Events.started(4)); // observed before the clock was set
            List<JsonNode> payloads = payloads(run.kept());

            assertFalse(payloads.get(1).has("clock_stepped"));
            assertTrue(payloads.get(2).get("clock_stepped").asBoolean());
            assertFalse(payloads.get(3).has("clock_stepped"));
            assertTrue(payloads.get(4).get("clock_stepped").asBoolean());
        }
    }

    @Test
    void reportsTheConnectionAndNamesItsNode() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(
                    new LibvirtInput.ConnectionUp(Events.URI, 1, "QEMU", "compute-1.example", 22),
                    Events.started(1),
                    new LibvirtInput.ConnectionLost(Events.URI, 1, "keepalive", Events.CLOCK.now()));
            List<JsonNode> payloads = payloads(run.kept());

            assertEquals(Events.URI, payloads.get(1).get("connection_uri").asText());
            assertEquals(22, payloads.get(1).get("events_registered").asInt());
            assertEquals("keepalive", payloads.get(3).get("reason").asText());
            for (JsonNode payload : payloads.subList(1, 4)) {
                assertEquals("compute-1.example", payload.get("node").asText());
            }
            assertEquals("qemu", payloads.get(2).get("hypervisor").asText());
        }
    }

    private static JsonNode last(TestRecorder run) throws IOException, InterruptedException {
        List<JsonNode> payloads = payloads(run.kept());
        return payloads.get(payloads.size() - 1);
    }

    private static List<JsonNode> payloads(List<OutboxRow> rows) throws IOException {
        List<JsonNode> payloads = new ArrayList<>();
        for (OutboxRow row : rows) {
            payloads.add(JSON.readTree(row.body()).get("payload"));
        }
        return payloads;
    }
}
