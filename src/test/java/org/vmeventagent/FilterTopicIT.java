package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TestLives;
import org.vmeventagent.store.DatabaseReader;

/** A section with a topic of its own, with the running program and a real broker, which goes away. */
@Timeout(120)
class FilterTopicIT {
    private static final List<String> QUEUES =
            List.of("notifications.info", "notifications.error", "alarms.info", "alarms.error");

    private static final String OPTIONS = """
            [notifications]
            declare = full
            error_priority = ERROR
            [oslo_messaging_rabbit]
            amqp_durable_queues = true
            [filter:alarms]
            event = stopped
            severity = error
            topic = alarms
            """;

    @Test
    void whatASectionSendsToATopicGoesThereAlone(@TempDir Path directory) throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        List<DrainedQueue> queues = QUEUES.stream()
                .map(name -> new DrainedQueue(broker, virtualHost, name))
                .toList();
        DrainedQueue notifications = queues.get(0);
        DrainedQueue alarms = queues.get(3);
        UUID first = UUID.randomUUID();
        UUID away = UUID.randomUUID();
        UUID restarted = UUID.randomUUID();
        try (LibvirtDaemon daemon = new LibvirtDaemon();
                TestLives lives = new TestLives(daemon)) {
            AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                    .withBroker(broker.url(virtualHost))
                    .add(OPTIONS);
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                lives.live(first, "web");
                alarms.until(about(first));
                notifications.until(about(first).and(named("undefined")));
                files.write(files.text().replace("topic = alarms", "topic = pager"));
                agent.signal("HUP");
                agent.awaitErr(
                        "The filters stay as they are until the next start: they name a topic that is new, pager");
                files.write(files.text().replace("topic = pager", "topic = alarms"));
                assertEquals(0, agent.terminate(), agent::said);
            }
            broker.stop();
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                lives.live(away, "web");
                Awaitility.await().until(() -> waiting(files, "alarms.error") == 1);
                assertEquals(0, agent.terminate(), agent::said);
            } finally {
                broker.start();
            }
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                alarms.until(about(away));
                lives.live(restarted, "web");
                alarms.until(about(restarted));
                notifications.until(about(restarted).and(named("undefined")));
                assertEquals(0, agent.terminate(), agent::said);
            }
            List<List<JsonNode>> all = new ArrayList<>();
            for (DrainedQueue queue : queues) {
                all.add(queue.now());
            }
            for (String name : QUEUES) {
                assertEquals(0, waiting(files, name), name);
            }
            assertEquals(
                    List.of(
                            "libvirt.domain.stopped " + first,
                            "libvirt.domain.stopped " + away,
                            "libvirt.domain.stopped " + restarted),
                    all.get(3).stream()
                            .map(one -> one.get("event_type").asText()
                                    + ' '
                                    + one.at("/payload/instance_id").asText())
                            .distinct()
                            .toList());
            assertEquals(List.of(), all.get(2));
            assertEachCameOnce(all);
        }
    }

    /** No number is missing over all queues, and none is in two of them. */
    private static void assertEachCameOnce(List<List<JsonNode>> all) {
        List<Long> numbers = new ArrayList<>();
        all.forEach(queue -> queue.stream()
                .map(one -> one.at("/payload/sequence").asLong())
                .distinct()
                .forEach(numbers::add));
        assertEquals(
                LongStream.rangeClosed(1, numbers.size()).boxed().toList(),
                numbers.stream().sorted().toList());
    }

    private static long waiting(AgentFiles files, String routingKey) {
        try (DatabaseReader reader = DatabaseReader.open(files.database())) {
            return reader.routingKeys().stream()
                    .filter(key -> key.name().equals(routingKey))
                    .mapToLong(DatabaseReader.RoutingKey::waiting)
                    .sum();
        }
    }

    private static Predicate<JsonNode> about(UUID uuid) {
        return one -> one.at("/payload/instance_id").asText().equals(uuid.toString());
    }

    private static Predicate<JsonNode> named(String event) {
        return one -> one.get("event_type").asText().equals("libvirt.domain." + event);
    }
}
