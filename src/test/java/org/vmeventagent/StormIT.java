package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.rig.OsloListener;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.Storm;
import org.vmeventagent.rig.TestLives;

/** A thousand instances live and die as fast as libvirt can, and a consumer sees every step of each. */
@Timeout(120)
class StormIT {
    private static final int CYCLES = 1000;
    private static final List<String> LIFE =
            List.of("defined", "started", "suspended", "resumed", "stopped", "undefined");

    private static LibvirtDaemon daemon;
    private static TestLives keepsDomains;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = new LibvirtDaemon();
        keepsDomains = new TestLives(daemon);
    }

    @AfterAll
    static void end() throws Exception {
        keepsDomains.close();
        daemon.close();
    }

    /**
     * Each domain lives for two fifths of a second, and its events wait for the look-up for a second: enough on a host that is
     * busy with other things. By default an event waits for 50 ms: see docs/reliability.md.
     */
    @Test
    void everyNotificationHasItsIdentityWhereALookupHadTime() throws Exception {
        Map<String, List<JsonNode>> lives = storm("--cycles", "" + CYCLES, "--threads", "40", "--pause-ms", "400");

        List<List<JsonNode>> incomplete = lives.values().stream()
                .filter(life -> life.stream().anyMatch(StormIT::isUnknown))
                .toList();
        assertTrue(
                incomplete.size() <= CYCLES / 100,
                () -> incomplete.size() + " of " + CYCLES + " without identity, as " + incomplete.get(0));
        lives.values().forEach(StormIT::assertIdentity);
    }

    @Test
    void nothingIsMissingWithoutAnyPause() throws Exception {
        Map<String, List<JsonNode>> lives = storm("--cycles", "" + CYCLES, "--threads", "2");

        lives.values().forEach(StormIT::assertIdentity);
    }

    /** Whole or honestly none; and once it is known it stays. */
    private static void assertIdentity(List<JsonNode> life) {
        boolean known = false;
        for (JsonNode payload : life) {
            assertFalse(known && isUnknown(payload), life::toString);
            known = !isUnknown(payload);
            assertEquals(known, payload.path("display_name").asText().startsWith("storm "), payload::toString);
            assertEquals(
                    known ? "5e7e4c9a1d7f4c52a3c8f2c4ab9d7002" : "",
                    payload.path("project_id").asText());
        }
    }

    private static boolean isUnknown(JsonNode payload) {
        return payload.get("metadata_source").asText().equals("none");
    }

    /** Lets it storm; the payloads of each instance in their order. */
    private Map<String, List<JsonNode>> storm(String... options) throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String url = broker.url(broker.newVirtualHost());
        AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                .withBroker(url)
                .add("[libvirt]\nlookup_timeout_ms = 1000\n");
        try (OsloListener listener = OsloListener.start(url, "vm-event-agent");
                RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            Storm.run(daemon, options);
            assertEquals(0, agent.terminate(), agent::said);
            return lives(listener.takeUntil(
                    reported -> reported.get("event_type").asText().equals("libvirt.agent.stopped"),
                    Duration.ofSeconds(30)));
        }
    }

    private static Map<String, List<JsonNode>> lives(List<JsonNode> reported) throws IOException {
        for (JsonNode one : reported) {
            NotificationSchema.assertValid(OsloListener.inner(one));
        }
        List<JsonNode> payloads =
                reported.stream().map(one -> one.get("payload")).toList();
        assertEquals(
                LongStream.rangeClosed(1, reported.size()).boxed().toList(),
                payloads.stream()
                        .map(payload -> payload.get("sequence").asLong())
                        .toList());
        Map<String, List<JsonNode>> lives = new HashMap<>();
        for (JsonNode payload : payloads) {
            if (LIFE.contains(payload.path("event").asText())
                    && payload.path("origin").asText().equals("event")) {
                lives.computeIfAbsent(payload.get("instance_id").asText(), id -> new ArrayList<>())
                        .add(payload);
            }
        }
        assertEquals(CYCLES, lives.size());
        lives.values().forEach(life -> assertEquals(LIFE, names(life)));
        return lives;
    }

    private static List<String> names(List<JsonNode> life) {
        return life.stream().map(payload -> payload.get("event").asText()).collect(Collectors.toList());
    }
}
