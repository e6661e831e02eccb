package org.vmeventagent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.FakeVmware;
import org.vmeventagent.rig.RunningAgent;

@Timeout(120)
class PolledDriverIT {
    @TempDir
    Path directory;

    @Test
    void tellsWhatTwoListingsOfADriverWithoutEventsDiffer() {
        UUID uuid = UUID.randomUUID();
        AgentFiles files =
                AgentFiles.of(directory, FakeVmware.URI).withLogDriver().add("[libvirt]\npoll_interval = 1\n");
        try (FakeVmware vmware = new FakeVmware("vm", uuid);
                RunningAgent agent = RunningAgent.start(
                        Map.of("PATH", vmware.path()),
                        "run",
                        "--config-file",
                        files.config().toString())) {
            agent.awaitReady();
            await().atMost(Duration.ofSeconds(20)).until(() -> told(agent).equals(List.of("exists running audit")));
            vmware.stop();
            await().atMost(Duration.ofSeconds(20)).until(() -> told(agent).size() == 2);
            vmware.run();
            await().atMost(Duration.ofSeconds(20)).until(() -> told(agent).size() == 3);
            assertEquals(List.of("exists running audit", "stopped defined poll", "started running poll"), told(agent));
            assertTrue(agent.notifications().stream()
                    .map(notification -> notification.get("payload"))
                    .filter(payload -> payload.has("instance_id"))
                    .allMatch(payload -> payload.get("instance_id").asText().equals(uuid.toString())));
        }
    }

    private static List<String> told(RunningAgent agent) {
        return agent.notifications().stream()
                .filter(notification -> notification.get("event_type").asText().startsWith("libvirt.domain."))
                .map(PolledDriverIT::text)
                .toList();
    }

    private static String text(JsonNode notification) {
        JsonNode payload = notification.get("payload");
        return notification.get("event_type").asText().substring("libvirt.domain.".length()) + " "
                + payload.get("domain_state").asText() + " "
                + payload.get("origin").asText();
    }
}
