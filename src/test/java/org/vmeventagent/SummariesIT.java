package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Domain;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.BootSector;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.LoggedTransitions;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.rig.QemuGuests;
import org.vmeventagent.rig.RunningAgent;

/** What the program sums up of a real QEMU guest, also where the agent died in between. */
@Timeout(120)
class SummariesIT {
    private static final String NAME = "summed-up";
    private static final UUID GUEST = QemuGuests.uuid(NAME);

    @Test
    void aKilledGuestIsAnOutageAndARestartForTheNextRunOfTheAgentToo(@TempDir Path directory) throws Exception {
        try (LibvirtDaemon daemon = new LibvirtDaemon();
                QemuGuests guests = new QemuGuests(daemon)) {
            AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.qemuUri()))
                    .withLogDriver()
                    .add("[notifications]\nevents = +restarted,+outage\n");
            Domain domain = guests.define(NAME, BootSector.IDLE);
            JsonNode stopped;
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                LoggedTransitions lives = new LoggedTransitions(agent);
                domain.create();
                lives.await(GUEST, "started/booted defined->running booted");
                daemon.guest(NAME).destroyForcibly();
                stopped = await(agent, "stopped", 0);
                assertFalse(find(agent, "restarted", 0).isPresent());
                agent.kill9();
            }
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                domain.create();
                JsonNode outage = await(agent, "outage", 0);
                JsonNode restarted = await(agent, "restarted", 0);
                JsonNode started = await(agent, "started", 0);
                for (JsonNode summary : List.of(restarted, outage)) {
                    assertEquals(stopped.get("observed_at"), summary.get("down_since"));
                    assertEquals("process_died", summary.get("down_cause").asText());
                    assertEquals(
                            millis(stopped, started), summary.get("downtime_ms").asLong());
                    assertEquals("event", summary.get("origin").asText());
                    assertTrue(summary.get("sequence").asLong()
                            > started.get("sequence").asLong());
                }

                domain.destroy();
                domain.create(1); // paused, as Nova does while it waits for a port
                JsonNode destroyed = await(agent, "stopped", 0);
                Awaitility.await()
                        .until(() -> new LoggedTransitions(agent)
                                .of(GUEST)
                                .contains("suspended/paused running->paused start_paused"));
                assertFalse(find(agent, "restarted", 1).isPresent(), agent::said);
                domain.resume();
                JsonNode again = await(agent, "restarted", 1);
                assertEquals(millis(destroyed, again), again.get("downtime_ms").asLong());
                assertEquals("destroyed", again.get("down_cause").asText());
                assertEquals(await(agent, "resumed", 1).get("observed_at"), again.get("observed_at"));

                domain.destroy();
                domain.free();
                assertEquals(0, agent.terminate(), agent::said);
                agent.out().forEach(line -> NotificationSchema.assertValid(line.getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    private static long millis(JsonNode from, JsonNode until) {
        return Duration.between(
                        Instant.parse(from.get("observed_at").asText()),
                        Instant.parse(until.get("observed_at").asText()))
                .toMillis();
    }

    /** The payload of the first of this name, after as many others. */
    private static JsonNode await(RunningAgent agent, String name, int before) {
        return Awaitility.await()
                .until(() -> find(agent, name, before), Optional::isPresent)
                .orElseThrow();
    }

    private static Optional<JsonNode> find(RunningAgent agent, String name, int before) {
        return agent.notifications().stream()
                .filter(reported -> reported.get("event_type").asText().equals("libvirt.domain." + name))
                .map(reported -> reported.get("payload"))
                .filter(payload -> payload.get("instance_id").asText().equals(GUEST.toString()))
                .skip(before)
                .findFirst();
    }
}
