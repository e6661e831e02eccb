package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;

/** The command emit-test, through a running agent and a real broker. */
@Timeout(120)
class EmitTestIT {
    private static final String NO_AGENT_EVENTS = "[notifications]\nevents = stopped\n";

    @TempDir
    private Path directory;

    @Test
    void arrivesAndIsConfirmedWhateverIsPublished() {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        AgentFiles files = files(broker.url(virtualHost)).add(NO_AGENT_EVENTS + "declare = full\n");
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            agent.awaitErr("Connected to");
            RunningAgent lines = emit(0, files);
            JsonNode object = emit(0, files, "--json").notifications().get(0);

            assertTrue(lines.out().get(0).matches("Confirmed after \\d+\\.\\d{3} s: libvirt.agent.test"), lines::said);
            assertTrue(lines.out().contains("sequence: 1"), lines::said);
            assertTrue(lines.out().contains("routing key notifications.info: confirmed"), lines::said);
            assertTrue(object.get("confirmed").asBoolean(), object::toString);
            assertEquals(2, object.get("sequence").asLong());
            List<JsonNode> arrived = new DrainedQueue(broker, virtualHost)
                    .until(reported -> reported.get("message_id").equals(object.get("message_id")));
            assertEquals(
                    List.of("libvirt.agent.test", "libvirt.agent.test"),
                    arrived.stream()
                            .map(reported -> reported.get("event_type").asText())
                            .toList());
            assertEquals(object.get("stream"), arrived.get(1).at("/payload/stream"));
            assertTrue(
                    lines.out()
                            .contains("message_id: "
                                    + arrived.get(0).get("message_id").asText()),
                    lines::said);
        }
    }

    @Test
    void saysThatTheQueueIsMissing() {
        RabbitBroker broker = RabbitBroker.shared();
        AgentFiles files = files(broker.url(broker.newVirtualHost()));
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            agent.awaitErr("notifications.info waits: there is no queue");
            RunningAgent lines = emit(1, files, "--timeout", "1");
            JsonNode object =
                    emit(1, files, "--timeout", "1", "--json").notifications().get(0);

            assertTrue(lines.out().get(0).startsWith("Not confirmed within 1."), lines::said);
            assertTrue(
                    lines.out().stream()
                            .anyMatch(line -> line.startsWith(
                                    "routing key notifications.info: waits: there is no queue notifications.info")),
                    lines::said);
            assertEquals("It stays in the outbox until the broker confirms it.", last(lines.out()));
            assertFalse(object.get("confirmed").asBoolean(), object::toString);
            assertTrue(object.at("/routing_keys/0/problem").asText().startsWith("there is no queue"), object::toString);
        }
    }

    @Test
    void saysWhyThereIsNoConnection() {
        AgentFiles files = files("rabbit://guest:guest@127.0.0.1:1/");
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            agent.awaitErr("Can't connect to the broker");
            RunningAgent lines = emit(1, files, "--timeout", "1");

            assertTrue(
                    lines.said().contains("waits: no connection to the broker: guest@127.0.0.1:1: Connection refused"),
                    lines::said);
        }
    }

    @Test
    void saysThatNothingIsSentOrNobodyAnswers() {
        AgentFiles files = AgentFiles.of(directory, "test:///default").withLogDriver();
        RunningAgent nobody = emit(1, files);
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            RunningAgent lines = emit(1, files);

            assertEquals(1, lines.err().size(), lines::said);
            assertTrue(agent.isAlive(), agent::said);
            assertTrue(lines.err().get(0).contains("says: nothing is sent to a broker: "), lines::said);
            assertTrue(nobody.err().get(0).startsWith("vm-event-agent: no agent answers at "), nobody::said);
            assertEquals(List.of(), nobody.out());
        }
    }

    @Test
    void refusesATimeThatIsNone() {
        RunningAgent refused = ended(2, "emit-test", "--timeout", "0");

        assertEquals(
                "vm-event-agent: --timeout must be whole seconds from 1 to 3600",
                refused.err().get(0));
    }

    private AgentFiles files(String transportUrl) {
        return AgentFiles.of(directory, "test:///default").withBroker(transportUrl);
    }

    private static RunningAgent emit(int exitCode, AgentFiles files, String... options) {
        List<String> arguments = new ArrayList<>(
                List.of("emit-test", "--config-file", files.config().toString()));
        arguments.addAll(List.of(options));
        return ended(exitCode, arguments.toArray(String[]::new));
    }

    private static RunningAgent ended(int exitCode, String... arguments) {
        try (RunningAgent command = RunningAgent.start(arguments)) {
            assertEquals(exitCode, command.exitCode(), command::said);
            return command;
        }
    }

    private static String last(List<String> lines) {
        return lines.get(lines.size() - 1);
    }
}
