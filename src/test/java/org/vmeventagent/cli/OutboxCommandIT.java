package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;

/** The command outbox, beside a running agent whose broker has no queue, and without it. */
@Timeout(120)
class OutboxCommandIT {
    private final RabbitBroker broker = RabbitBroker.shared();
    private final String virtualHost = broker.newVirtualHost();

    @TempDir
    private Path directory;

    private AgentFiles files() {
        return AgentFiles.of(directory, "test:///default").withBroker(broker.url(virtualHost));
    }

    @Test
    void showsWhatWaitsAndWhyWithAndWithoutAnAgent() {
        AgentFiles files = files();
        try (RunningAgent agent = waiting(files)) {
            RunningAgent list = ended(0, files, "list");
            assertTrue(
                    list.out()
                            .get(1)
                            .matches(
                                    "notifications\\.info +[1-9]\\d* +\\d{4}-\\d\\d-\\d\\d [0-9:.]+ +there is no queue .*"),
                    list::said);
            assertTrue(list.out().get(3).startsWith("SEQUENCE  "), list::said);
            assertTrue(
                    list.out().get(4).matches("1 +\\d{4}-\\d\\d-\\d\\d [0-9:.]+ +agent\\.started first_run.*"),
                    list::said);
            assertEquals(5, ended(0, files, "list", "--most", "1").out().size());
            JsonNode object = ended(0, files, "list", "--json").notifications().get(0);
            assertTrue(object.at("/routing_keys/0/problem").asText().startsWith("there is no queue"), object::toString);
            assertEquals("agent.started", object.at("/notifications/0/event").asText());
            assertEquals(0, agent.terminate(), agent::said);
        }
        RunningAgent list = ended(0, files, "list");
        assertTrue(list.out().get(1).contains("  no agent answers at "), list::said);

        String whole = ended(0, files, "show", "1", "--json").out().get(0);
        NotificationSchema.assertValid(whole.getBytes(StandardCharsets.UTF_8));
        assertTrue(whole.contains("libvirt.agent.started"), whole);
        assertTrue(ended(0, files, "show", "1").out().contains("  \"event_type\" : \"libvirt.agent.started\","));
        assertTrue(ended(1, files, "show", "4711")
                .err()
                .get(0)
                .startsWith("vm-event-agent: there is no notification 4711"));
        RunningAgent drop = ended(1, files, "drop", "--before", "2", "--yes");
        assertTrue(
                drop.err()
                        .get(0)
                        .startsWith("vm-event-agent: nothing was dropped, only the running agent can: no agent"),
                drop::said);
    }

    @Test
    void dropsWhatWaitsAndOverflowReportsIt() {
        AgentFiles files = files();
        try (RunningAgent agent = waiting(files)) {
            assertEquals(
                    "vm-event-agent: --yes is needed where no terminal can ask",
                    ended(2, files, "drop", "--before", "3").err().get(0));
            assertEquals(
                    "Nothing waits before the sequence number 1.",
                    ended(0, files, "drop", "--before", "1h").out().get(0));
            RunningAgent drop = ended(0, files, "drop", "--before", "3", "--yes", "--json");
            assertEquals(List.of("{\"before\":3,\"dropped\":2}"), drop.out());
            agent.awaitErr("Dropping what waits before the sequence number 3, by command");
            agent.awaitErr("Dropped 2 unsent notifications");
            JsonNode left = ended(0, files, "list", "--json").notifications().get(0);
            assertEquals(3, left.at("/notifications/0/sequence").asLong(3), left::toString);
            assertTrue(ended(1, files, "show", "2").err().get(0).contains("there is no notification 2"));
            assertEquals(0, agent.terminate(), agent::said);
        }
        files.add("[notifications]\ndeclare = full\n");
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            List<JsonNode> arrived = new DrainedQueue(broker, virtualHost)
                    .until(reported -> reported.get("event_type").asText().equals("libvirt.agent.overflow"));
            assertTrue(agent.isAlive());
            JsonNode overflow = arrived.get(arrived.size() - 1);
            assertEquals(
                    "[{\"first\":1,\"last\":2}]",
                    arrived.stream()
                            .filter(one -> one.get("event_type").asText().equals("libvirt.agent.overflow"))
                            .findFirst()
                            .orElse(overflow)
                            .at("/payload/ranges")
                            .toString());
            assertTrue(
                    arrived.stream()
                            .noneMatch(one -> one.at("/payload/sequence").asLong() < 3),
                    arrived::toString);
        }
    }

    @Test
    void refusesWhatItCanNotRead() {
        AgentFiles files = files();
        assertTrue(ended(1, files, "list").err().get(0).contains("agent.db: there is no such file"));
        assertEquals(
                "vm-event-agent: outbox needs one of list, show SEQUENCE, drop --before",
                ended(2, List.of("outbox")).err().get(0));
    }

    /** An agent whose key waits for its queue. */
    private static RunningAgent waiting(AgentFiles files) {
        RunningAgent agent = RunningAgent.run(files).awaitReady();
        agent.awaitErr("notifications.info waits: there is no queue");
        return agent;
    }

    private static RunningAgent ended(int exitCode, AgentFiles files, String command, String... options) {
        List<String> arguments = new ArrayList<>(
                List.of("outbox", command, "--config-file", files.config().toString()));
        arguments.addAll(List.of(options));
        return ended(exitCode, arguments);
    }

    private static RunningAgent ended(int exitCode, List<String> arguments) {
        try (RunningAgent outbox = RunningAgent.start(arguments.toArray(String[]::new))) {
            assertEquals(exitCode, outbox.exitCode(), outbox::said);
            return outbox;
        }
    }
}
