package org.vmeventagent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.FakeVmware;
import org.vmeventagent.rig.RunningAgent;

@Timeout(120)
class PolledDriverIT {
    private static final Duration SOON = Duration.ofSeconds(45);

    @TempDir
    Path directory;

    @Test
    void reportsWhatTwoListingsOfADriverWithoutEventsDiffer() {
        UUID uuid = UUID.randomUUID();
        AgentFiles files =
                AgentFiles.of(directory, FakeVmware.URI).withLogDriver().add("[libvirt]\npoll_interval = 1\n");
        try (FakeVmware vmware = new FakeVmware(uuid);
                RunningAgent agent = run(vmware, files)) {
            await().atMost(SOON).until(() -> reported(agent).equals(List.of("exists running audit")));
            vmware.stop();
            await().atMost(SOON).until(() -> reported(agent).size() == 2);
            vmware.run();
            await().atMost(SOON).until(() -> reported(agent).size() == 3);
            assertEquals(
                    List.of("exists running audit", "stopped defined poll", "started running poll"), reported(agent));
            assertTrue(agent.notifications().stream()
                    .map(notification -> notification.get("payload"))
                    .filter(payload -> payload.has("instance_id"))
                    .allMatch(payload -> payload.get("instance_id").asText().equals(uuid.toString())));
        }
    }

    /** At the interval as it is installed: the listings come closer than a mass change is waited for. */
    @Test
    void reportsThatAllMachinesAreGone() {
        AgentFiles files = AgentFiles.of(directory, FakeVmware.URI).withLogDriver();
        UUID[] uuids = Stream.generate(UUID::randomUUID).limit(6).toArray(UUID[]::new);
        try (FakeVmware vmware = new FakeVmware(uuids)) {
            try (RunningAgent agent = run(vmware, files)) {
                await().atMost(SOON)
                        .until(() -> reported(agent).equals(Collections.nCopies(6, "exists running audit")));
            }
            vmware.stop(); // which the driver finds when it is opened, and then they don't exist for it
            try (RunningAgent agent = run(vmware, files)) {
                await().atMost(SOON)
                        .until(() -> agent.notifications().stream()
                                .anyMatch(notification ->
                                        notification.get("event_type").asText().endsWith(".gap")));
                assertEquals(
                        6,
                        Collections.frequency(reported(agent), "undefined undefined poll"),
                        reported(agent)::toString);
            }
        }
    }

    /** As libvirt 12.4 does to all machines of a library that is updated. */
    @Test
    void takesTheSameMachinesWithOtherUuidsOver() {
        AgentFiles files = AgentFiles.of(directory, FakeVmware.URI).withLogDriver();
        for (int round = 0; round < 2; round++) {
            UUID[] uuids = Stream.generate(UUID::randomUUID).limit(3).toArray(UUID[]::new);
            try (FakeVmware vmware = new FakeVmware(uuids);
                    RunningAgent agent = run(vmware, files)) {
                await().atMost(SOON).until(() -> reported(agent).size() >= 3);
                agent.terminate();
                assertEquals(Collections.nCopies(3, "exists running audit"), reported(agent));
                assertEquals(round == 1, agent.said().contains("lists the domains of before with other UUIDs"));
            }
        }
    }

    private static RunningAgent run(FakeVmware vmware, AgentFiles files) {
        RunningAgent agent = RunningAgent.start(
                Map.of("PATH", vmware.path()),
                "run",
                "--config-file",
                files.config().toString());
        agent.awaitReady();
        return agent;
    }

    private static List<String> reported(RunningAgent agent) {
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
