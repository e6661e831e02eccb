package org.vmeventagent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.EsxSimulator;
import org.vmeventagent.rig.RunningAgent;

/** libvirt's real ESX driver against a simulated host. */
@Timeout(120)
class EsxIT {
    private static final Duration SOON = Duration.ofSeconds(45);
    private static final String OF_DOMAIN = "libvirt.domain.";
    private static final String PASSWORD = "first-secret";
    private static final Pattern LOG_LINE =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} (INFO|WARN|ERROR) \\w+: .*");

    @TempDir
    Path directory;

    @BeforeAll
    static void build() {
        EsxSimulator.build();
    }

    @Test
    void reportsOnceWhatOthersDoWithItsMachines() {
        try (EsxSimulator esx = esx("esx", 3);
                RunningAgent agent = run(esx, files(esx.uri()))) {
            awaitReported(agent, "VM0", "exists running audit");
            esx.virsh("suspend", "ha-host_VM0");
            awaitReported(agent, "VM0", "suspended running->paused poll");
            esx.virsh("resume", "ha-host_VM0");
            awaitReported(agent, "VM0", "resumed paused->running poll");
            esx.virsh("destroy", "ha-host_VM0");
            awaitReported(agent, "VM0", "stopped running->defined poll");
            esx.virsh("start", "ha-host_VM0");
            awaitReported(agent, "VM0", "started defined->running poll");
            esx.virsh("destroy", "ha-host_VM1");
            esx.virsh("undefine", "ha-host_VM1");
            awaitReported(agent, "VM1", "undefined defined->undefined poll");

            assertEquals(
                    List.of(
                            "exists running audit",
                            "suspended running->paused poll",
                            "resumed paused->running poll",
                            "stopped running->defined poll",
                            "started defined->running poll"),
                    reported(agent, "VM0"));
            assertEquals(
                    List.of(
                            "exists running audit",
                            "stopped running->defined poll",
                            "undefined defined->undefined poll"),
                    reported(agent, "VM1"));
            assertEquals(List.of("exists running audit"), reported(agent, "VM2"));
            assertOnlyLogLines(agent);
        }
    }

    @Test
    void doubtsThatAllMachinesAreGoneAtOnce() {
        try (EsxSimulator esx = esx("esx", 5);
                RunningAgent agent = run(esx, files(esx.uri()))) {
            awaitReported(agent, "VM4", "exists running audit");
            esx.hideMachines();
            awaitPolls(esx, 2);
            esx.showMachines();
            awaitPolls(esx, 2);
            assertEquals(Collections.nCopies(5, "exists running audit"), reported(agent));

            long hidden = System.nanoTime();
            esx.hideMachines();
            awaitReported(agent, "VM0", "undefined defined->undefined poll");
            assertTrue(System.nanoTime() - hidden >= Duration.ofSeconds(10).toNanos());
            await().atMost(SOON).until(() -> reported(agent).size() == 5 + 2 * 5);
            esx.showMachines();
            await().atMost(SOON).until(() -> reported(agent).size() == 5 + 4 * 5);
            for (int i = 0; i < 5; i++) {
                assertEquals(
                        List.of(
                                "exists running audit",
                                "stopped running->defined poll",
                                "undefined defined->undefined poll",
                                "defined undefined->defined poll",
                                "started defined->running poll"),
                        reported(agent, "VM" + i));
            }
        }
    }

    @Test
    void renewsItsSessionAndSparesTheAccount() {
        try (EsxSimulator esx = esx("esx", 2)) {
            AgentFiles files = files(esx.uri());
            try (RunningAgent agent = run(esx, files)) {
                awaitReported(agent, "VM1", "exists running audit");
                int logins = esx.calls("Login");
                esx.expireSessions();
                awaitPolls(esx, 2);
                assertTrue(esx.calls("Login") > logins);
                esx.virsh("suspend", "ha-host_VM0");
                awaitReported(agent, "VM0", "suspended running->paused poll");
                assertEquals(3, reported(agent).size(), agent::said);
                assertFalse(agent.said().contains(" lost: "), agent::said);

                esx.changePassword("second-secret");
                esx.expireSessions();
                agent.awaitErr("refuses the user or the password");
                int refused = esx.calls("Login");
                await().during(Duration.ofSeconds(3)).atMost(SOON).until(() -> esx.calls("Login") == refused);
                assertFalse(agent.said().contains("-secret"), agent::said);
                assertEquals(0, agent.terminate());
            }
            esx.login("second-secret");
            esx.virsh("resume", "ha-host_VM0");
            try (RunningAgent agent = run(esx, files)) {
                agent.awaitErr("transitions were missed");
                await().atMost(SOON).until(() -> gaps(agent).equals(List.of("agent_down 1")));
                assertEquals(List.of("resumed paused->running poll"), reported(agent));
            }
        }
    }

    @Test
    void takesAHostThatHangsForLostWhileOthersGoOn() {
        try (EsxSimulator hung = esx("hung", 2);
                EsxSimulator other = esx("other", 2)) {
            AgentFiles files = files(hung.uri(), other.uri())
                    .add("[libvirt]\nkeepalive_interval = 1\nkeepalive_count = 1\nopen_timeout = 1\n");
            try (RunningAgent agent = run(hung, files)) {
                await().atMost(SOON).until(() -> reported(agent).size() == 4);
                hung.hang();
                agent.awaitErr(hung.uri() + " lost: keepalive");
                agent.awaitErr("attempts to open " + hung.uri() + " hang");
                other.virsh("suspend", "ha-host_VM0");
                awaitReported(agent, "VM0", "suspended running->paused poll");

                hung.answerAgain();
                await().atMost(SOON).until(() -> gaps(agent).equals(List.of("keepalive 0")));
                hung.virsh("suspend", "ha-host_VM1");
                awaitReported(agent, "VM1", "suspended running->paused poll");
                assertEquals(4 + 2, reported(agent).size(), agent::said);

                hung.hang();
                assertEquals(0, agent.terminate());
            }
        }
    }

    @Test
    void looksAtTheCertificateUnlessToldNotTo() {
        try (EsxSimulator esx = EsxSimulator.startTls(made("esx"), 1, PASSWORD);
                RunningAgent agent = run(esx, files(esx.uri(), esx.uri() + "?no_verify=1"))) {
            agent.awaitErr(esx.uri() + " can't be subscribed: ");
            awaitReported(agent, "VM0", "exists running audit");
            assertEquals(
                    List.of(esx.uri() + "?no_verify=1"),
                    agent.notifications().stream()
                            .filter(EsxIT::isOfDomain)
                            .map(notification ->
                                    notification.at("/payload/connection_uri").asText())
                            .toList());
            assertTrue(agent.awaitErr("can't be subscribed").contains("certificate"), agent::said);
        }
    }

    @Test
    void followsHundredsOfMachines() {
        try (EsxSimulator esx = esx("esx", 300);
                RunningAgent agent = run(esx, files(esx.uri()))) {
            await().atMost(SOON).until(() -> reported(agent).size() == 300);
            esx.virsh("suspend", "ha-host_VM299");
            awaitReported(agent, "VM299", "suspended running->paused poll");
            assertFalse(agent.said().contains(" lost: "), agent::said);

            int read = esx.calls("FindByUuid");
            await().atMost(SOON).until(() -> esx.calls("FindByUuid") > read); // in the midst of a poll
            esx.kill9();
            agent.awaitErr(esx.uri() + " lost: ");
            assertEquals(301, reported(agent).size());
            assertTrue(
                    agent.err().stream()
                                    .filter(line -> line.contains("can't read domain"))
                                    .count()
                            <= 3,
                    agent::said);
        }
    }

    private EsxSimulator esx(String name, int machines) {
        return EsxSimulator.start(made(name), machines, PASSWORD);
    }

    private Path made(String name) {
        try {
            return Files.createDirectories(directory.resolve(name));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private AgentFiles files(String... uris) {
        AgentFiles files = AgentFiles.of(made("agent"), uris[0]).withLogDriver().add("[libvirt]\npoll_interval = 1\n");
        for (int i = 1; i < uris.length; i++) {
            files.add("connection_uri = " + uris[i] + "\n");
        }
        return files;
    }

    private static RunningAgent run(EsxSimulator esx, AgentFiles files) {
        return RunningAgent.start(
                        esx.environment(),
                        "run",
                        "--config-file",
                        files.config().toString())
                .awaitReady();
    }

    /** Waits until whole polls have begun and ended. */
    private static void awaitPolls(EsxSimulator esx, int polls) {
        int until = esx.listings() + (polls + 1) * EsxSimulator.LISTINGS_OF_A_POLL;
        await().atMost(SOON).until(() -> esx.listings() >= until);
    }

    private static void awaitReported(RunningAgent agent, String machine, String line) {
        await().atMost(SOON).until(() -> reported(agent, machine).contains(line));
    }

    private static List<String> reported(RunningAgent agent, String machine) {
        return agent.notifications().stream()
                .filter(EsxIT::isOfDomain)
                .filter(notification ->
                        notification.at("/payload/domain").asText().equals("ha-host_" + machine))
                .map(EsxIT::line)
                .toList();
    }

    private static List<String> reported(RunningAgent agent) {
        return agent.notifications().stream()
                .filter(EsxIT::isOfDomain)
                .map(EsxIT::line)
                .toList();
    }

    private static List<String> gaps(RunningAgent agent) {
        return agent.notifications().stream()
                .filter(notification -> notification.get("event_type").asText().equals("libvirt.agent.gap"))
                .map(notification -> notification.at("/payload/reason").asText() + " "
                        + notification.at("/payload/transitions_found").asText())
                .toList();
    }

    private static boolean isOfDomain(JsonNode notification) {
        return notification.get("event_type").asText().startsWith(OF_DOMAIN);
    }

    private static String line(JsonNode notification) {
        JsonNode payload = notification.get("payload");
        return notification.get("event_type").asText().substring(OF_DOMAIN.length()) + " "
                + (payload.has("old_domain_state")
                        ? payload.get("old_domain_state").asText() + "->"
                        : "")
                + payload.get("domain_state").asText() + " "
                + payload.get("origin").asText();
    }

    /** libvirt's client warns at each query of properties that it doesn't know. */
    private static void assertOnlyLogLines(RunningAgent agent) {
        assertEquals(
                List.of(),
                agent.err().stream()
                        .filter(line -> !LOG_LINE.matcher(line).matches())
                        .toList());
    }
}
