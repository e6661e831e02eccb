package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.vmeventagent.libvirt.EventLoop;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.LoggedTransitions;
import org.vmeventagent.rig.NovaXml;
import org.vmeventagent.rig.RunningAgent;

/** The example of docs/configuration.md, with the running program and libvirtd's test driver. */
@Timeout(60)
class FilterIT {
    private static final String FILTERS = """
            [filter:ci]
            project = billing
            name = ci-*
            event = suspended,resumed
            action = drop
            [filter:production]
            flavor = m1.*
            event = stopped
            severity = error
            """;

    @Test
    void theFirstSectionThatMeetsDecidesAndAHangUpReadsThemAgain(@TempDir Path directory) throws Exception {
        EventLoop.start();
        try (LibvirtDaemon daemon = new LibvirtDaemon()) {
            AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                    .withLogDriver()
                    .add(FILTERS);
            Connect connect = new Connect(daemon.testUri(), false);
            UUID filtered = UUID.randomUUID();
            UUID other = UUID.randomUUID();
            UUID later = UUID.randomUUID();
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                LoggedTransitions lives = new LoggedTransitions(agent);
                live(connect, filtered, "ci-7", lives);
                live(connect, other, "web-1", lives);

                assertEquals(List.of("defined", "started", "stopped E"), reported(lives, filtered));
                assertEquals(
                        List.of("defined", "started", "suspended", "resumed", "stopped E"), reported(lives, other));
                JsonNode started = lives.payload(filtered, "started");
                assertEquals(
                        started.get("sequence"),
                        lives.payload(filtered, "stopped").get("previous_sequence"));
                assertUnbroken(agent.notifications());

                files.write(files.text().replace("severity = error", "severity = info"));
                agent.signal("HUP");
                agent.awaitErr("Configuration re-read");
                live(connect, later, "ci-8", lives);
                assertEquals(List.of("defined", "started", "stopped"), reported(lives, later));

                files.write(files.text().replace("action = drop", "action = dorp"));
                agent.signal("HUP");
                String refused = agent.awaitErr("Configuration not changed");
                assertTrue(refused.contains("[filter:ci] action = dorp: must be one of publish, drop"), refused);
                assertEquals(0, agent.terminate(), agent::said);
            } finally {
                connect.close();
            }
        }
    }

    private static void live(Connect connect, UUID uuid, String displayName, LoggedTransitions lives) throws Exception {
        Domain domain = connect.domainDefineXML(NovaXml.testDomain("instance-" + uuid, uuid, displayName));
        lives.await(uuid, "defined/added undefined->defined defined");
        domain.create();
        domain.suspend();
        domain.resume();
        domain.destroy();
        domain.free();
    }

    /** The names until it is stopped, with an E for an error. */
    private static List<String> reported(LoggedTransitions lives, UUID uuid) {
        Awaitility.await().until(() -> lives.of(uuid).stream().anyMatch(line -> line.startsWith("stopped/destroyed")));
        return lives.of(uuid).stream()
                .map(line -> line.replaceAll("/[^E]*( E)?$", "$1").strip())
                .toList();
    }

    private static void assertUnbroken(List<JsonNode> notifications) {
        List<Long> numbers = notifications.stream()
                .map(reported -> reported.at("/payload/sequence").asLong())
                .toList();
        for (int i = 1; i < numbers.size(); i++) {
            assertEquals(numbers.get(i - 1) + 1, numbers.get(i), numbers::toString);
        }
    }
}
