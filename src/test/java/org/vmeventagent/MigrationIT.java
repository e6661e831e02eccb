package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Domain;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.BootSector;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.QemuGuests;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;

/**
 * What is published of a real guest that migrates between two libvirtd, read from RabbitMQ. One agent listens to both, by
 * their read-only sockets.
 */
@Timeout(180)
class MigrationIT {
    private static final String NAME = "moved";
    private static final UUID GUEST = QemuGuests.uuid(NAME);

    @Test
    void theDestinationKnowsTheFiguresOfTheMigration(@TempDir Path directory) throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        try (LibvirtDaemon source = new LibvirtDaemon("source");
                LibvirtDaemon destination = new LibvirtDaemon("destination");
                QemuGuests guests = new QemuGuests(source)) {
            String there = destination.readOnly(destination.qemuUri());
            AgentFiles files = AgentFiles.of(directory, source.readOnly(source.qemuUri()))
                    .withBroker(broker.url(virtualHost))
                    .add("[libvirt]\nconnection_uri = " + there + "\n")
                    .add("[notifications]\ndeclare = full\nevents = +migrated,+migration_progress\n");
            Domain domain = guests.define(NAME, BootSector.DIRTY_MEMORY);
            domain.create();
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                DrainedQueue queue = new DrainedQueue(broker, virtualHost);
                LibvirtDaemon.run(
                        "virsh",
                        "-c",
                        source.qemuUri(),
                        "migrate",
                        "--live",
                        "--unsafe",
                        "--undefinesource",
                        "--bandwidth",
                        "4",
                        NAME,
                        destination.qemuUri(),
                        "--migrateuri",
                        "tcp://127.0.0.1");
                queue.until(is("migration_progress"));
                queue.until(is("migrated"));
                List<JsonNode> all = queue.until(is("job_completed"));
                JsonNode left = payload(all, "job_completed");
                JsonNode arrived = payload(all, "migrated");
                JsonNode resumed = all.stream()
                        .map(notification -> notification.get("payload"))
                        .filter(payload -> payload.path("cause").asText().equals("migrated_in"))
                        .findFirst()
                        .orElseThrow();

                JsonNode onItsWay = payload(all, "migration_progress");
                assertEquals(
                        source.readOnly(source.qemuUri()),
                        onItsWay.get("connection_uri").asText());
                assertEquals(
                        "migration_out", onItsWay.at("/attributes/operation").asText());
                for (String figure :
                        List.of("memory_iteration", "memory_remaining", "memory_processed", "time_elapsed")) {
                    assertTrue(onItsWay.at("/attributes/" + figure).isIntegralNumber(), onItsWay::toString);
                }
                assertEquals(there, arrived.get("connection_uri").asText());
                assertEquals("migration_out", left.at("/attributes/operation").asText());
                assertEquals("migration_in", arrived.at("/attributes/operation").asText());
                for (String figure : List.of(
                        "downtime", "data_total", "memory_processed", "memory_dirty_rate", "memory_iteration")) {
                    assertEquals(left.at("/attributes/" + figure), arrived.at("/attributes/" + figure), figure);
                    assertTrue(arrived.at("/attributes/" + figure).isIntegralNumber(), figure);
                }
                assertEquals(arrived.at("/attributes/downtime"), arrived.get("downtime_ms"));
                assertEquals(resumed.get("observed_at"), arrived.get("observed_at"));
                assertTrue(arrived.get("sequence").asLong()
                        > resumed.get("sequence").asLong());
                assertEquals(0, agent.terminate(), agent::said);
            } finally {
                domain.free();
            }
        }
    }

    private static Predicate<JsonNode> is(String name) {
        return notification -> notification.get("event_type").asText().equals("libvirt.domain." + name)
                && notification.at("/payload/instance_id").asText().equals(GUEST.toString());
    }

    private static JsonNode payload(List<JsonNode> all, String name) {
        return all.stream()
                .filter(is(name))
                .map(notification -> notification.get("payload"))
                .findFirst()
                .orElseThrow();
    }
}
