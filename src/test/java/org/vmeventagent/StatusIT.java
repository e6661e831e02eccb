package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DocumentedSchema;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RunningAgent;

/** {@code status} of a running agent, for people and for programs. */
@Timeout(60)
class StatusIT {
    private static final DocumentedSchema SCHEMA = new DocumentedSchema("status");
    private static final int DEGRADED = 1;
    private static final int DOWN = 2;

    @TempDir
    private Path directory;

    @Test
    void bothFormsSayTheSameOfAnAgentThatIsWellAndOfOneThatIsNot() throws Exception {
        try (LibvirtDaemon daemon = new LibvirtDaemon();
                RunningAgent agent = RunningAgent.run(files(daemon)).awaitReady()) {
            JsonNode well = status(0, "--json").notifications().get(0);
            assertEquals("ok", well.path("verdict").asText());
            assertEquals("none", well.path("broker").asText());
            assertTrue(well.at("/connections/0/event_ids").asInt() > 1, well::toString);
            assertEquals(
                    "connection " + well.at("/connections/0/uri").asText() + ": subscribed to "
                            + well.at("/connections/0/event_ids").asInt() + " event ids",
                    status(0).out().get(2));

            daemon.kill9();
            agent.awaitErr(" lost: eof");
            JsonNode degraded = status(DEGRADED, "--json").notifications().get(0);
            String reason = degraded.at("/reasons/0").asText();
            assertTrue(
                    List.of("away", "lost")
                            .contains(degraded.at("/connections/0/state").asText()),
                    reason);
            assertTrue(
                    reason.startsWith(
                            "connection " + degraded.at("/connections/0/uri").asText() + ": "),
                    reason);
            assertEquals("status: degraded", status(DEGRADED).out().get(0));
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    @Test
    void saysNothingOnStandardOutputWhereNoAgentAnswers() {
        AgentFiles.of(directory, "test:///default").withLogDriver();

        RunningAgent status = status(DOWN, "--json");
        assertEquals(List.of(), status.out());
        assertTrue(status.err().get(0).startsWith("vm-event-agent: no agent answers at "), status::said);
    }

    private AgentFiles files(LibvirtDaemon daemon) {
        return AgentFiles.of(directory, daemon.readOnly(daemon.testUri())).withLogDriver();
    }

    private RunningAgent status(int exitCode, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "status", "--config-file", directory.resolve("agent.conf").toString()));
        arguments.addAll(List.of(more));
        try (RunningAgent command = RunningAgent.start(arguments.toArray(String[]::new))) {
            assertEquals(exitCode, command.exitCode(), command::said);
            if (arguments.contains("--json")) {
                command.out().forEach(SCHEMA::assertValid);
            }
            return command;
        }
    }
}
