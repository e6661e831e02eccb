package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.libvirt.Domain;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.rig.OsloListener;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TestLives;

/** The whole way: a daemon's events, the program as it is installed, a real broker, a real oslo.messaging listener. */
@Timeout(60)
class AgentDeliveryIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    private static LibvirtDaemon daemon;
    private static TestLives lives;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = new LibvirtDaemon();
        lives = new TestLives(daemon);
    }

    @AfterAll
    static void end() throws Exception {
        lives.close();
        daemon.close();
    }

    /** The listener's queues hang on another service's exchange, as Ceilometer's do, or on ours. */
    @ParameterizedTest
    @CsvSource({"false, nova", "true, nova", "false, vm-event-agent", "true, vm-event-agent"})
    void lifeOfAnInstanceArrivesWholeWithItsIdentity(boolean durable, String exchange) throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String url = broker.url(broker.newVirtualHost());
        AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                .withBroker(url)
                .add("[oslo_messaging_rabbit]\namqp_durable_queues = " + durable + "\n");
        UUID uuid = UUID.randomUUID();
        List<JsonNode> all;
        try (OsloListener listener =
                        OsloListener.start(url, exchange, durable ? new String[] {"--durable"} : new String[0]);
                RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            Domain domain = lives.define(uuid, "web &amp; wörker");
            all = new ArrayList<>(listener.takeUntil(
                    reported -> reported.get("event_type").asText().equals("libvirt.domain.defined"), SOON));
            lives.finish(domain);
            all.addAll(listener.takeUntil(
                    reported -> reported.get("event_type").asText().equals("libvirt.domain.undefined"), SOON));
            assertEquals(0, agent.terminate(), agent::said);
            all.addAll(listener.takeUntil(
                    reported -> reported.get("event_type").asText().equals("libvirt.agent.stopped"), SOON));
        }

        for (JsonNode reported : all) {
            NotificationSchema.assertValid(OsloListener.inner(reported));
            assertEquals("vm-event-agent.cmp-01", reported.get("publisher_id").asText());
            assertEquals("info", reported.get("priority").asText());
        }
        assertComplete(all);
        assertLife(uuid, all);
    }

    private static void assertComplete(List<JsonNode> all) {
        Set<String> streams = new HashSet<>();
        all.forEach(reported -> streams.add(reported.at("/payload/stream").asText()));
        assertEquals(1, streams.size());
        assertEquals(
                LongStream.rangeClosed(1, all.size()).boxed().toList(),
                all.stream()
                        .map(reported -> reported.at("/payload/sequence").asLong())
                        .toList());
        assertEquals("libvirt.agent.started", all.get(0).get("event_type").asText());
    }

    private static void assertLife(UUID uuid, List<JsonNode> all) {
        List<JsonNode> life = all.stream()
                .filter(reported -> reported.at("/payload/instance_id").asText().equals(uuid.toString()))
                .toList();
        assertEquals(
                List.of(
                        "libvirt.domain.defined undefined -> defined",
                        "libvirt.domain.started defined -> running",
                        "libvirt.domain.suspended running -> paused",
                        "libvirt.domain.resumed paused -> running",
                        "libvirt.domain.stopped running -> defined",
                        "libvirt.domain.undefined defined -> undefined"),
                life.stream()
                        .map(reported -> reported.get("event_type").asText() + " "
                                + reported.at("/payload/old_domain_state").asText() + " -> "
                                + reported.at("/payload/domain_state").asText())
                        .toList());
        long previous = 0;
        for (JsonNode reported : life) {
            JsonNode payload = reported.get("payload");
            assertEquals("web & wörker", payload.get("display_name").asText());
            assertEquals(
                    "2b7e4c9a1d7f4c52a3c8f2c4ab9d7002",
                    payload.get("project_id").asText());
            assertEquals(
                    "2b7e4c9a1d7f4c52a3c8f2c4ab9d7002", payload.get("tenant_id").asText());
            assertEquals(
                    "8d1c0f3d5a7c4b1fb7a1d1c9f6a4e001", payload.get("user_id").asText());
            assertEquals("m1.nano", payload.get("instance_type").asText());
            assertEquals(
                    "2b7e4c9a1d7f4c52a3c8f2c4ab9d7002",
                    reported.at("/ctxt/project_id").asText());
            assertEquals(previous, payload.path("previous_sequence").asLong(0));
            previous = payload.get("sequence").asLong();
            assertTrue(
                    Set.of("live", "cached")
                            .contains(payload.get("metadata_source").asText()),
                    payload::toString);
        }
    }
}
