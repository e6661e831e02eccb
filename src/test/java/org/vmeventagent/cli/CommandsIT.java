package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Domain;
import org.vmeventagent.config.ConnectionUri;
import org.vmeventagent.rig.FakeVmware;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TestLives;

/** The commands as a person or a script uses them. */
@Timeout(60)
class CommandsIT {
    private static LibvirtDaemon daemon;
    private static TestLives lives;
    private static String uri;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = new LibvirtDaemon();
        lives = new TestLives(daemon);
        uri = daemon.readOnly(daemon.testUri());
    }

    @AfterAll
    static void end() throws Exception {
        lives.close();
        daemon.close();
    }

    @Test
    void saysWhichVersionItIs() {
        RunningAgent version = ended(0, "--version");
        assertEquals(1, version.out().size(), version::said);
        assertTrue(version.out().get(0).matches("vm-event-agent \\d.*"), version::said);
    }

    @Test
    void helpNamesEveryCommandAndExitCode() {
        RunningAgent help = ended(0, "--help");
        String text = String.join("\n", help.out());
        List.of("run", "watch", "list", "import-config", "demo", "78 configuration")
                .forEach(word -> assertTrue(text.contains(word), word));
        assertEquals(help.out(), ended(2).err(), "without a command the same goes to standard error");
        for (String command : List.of("run", "watch", "list", "import-config", "demo")) {
            assertFalse(ended(0, command, "--help").out().isEmpty());
        }
    }

    @Test
    void misuseIsReportedInTwoLines() {
        assertEquals(
                List.of("vm-event-agent: Unknown option: '--jason'", "See: vm-event-agent watch --help"),
                ended(2, "watch", "--jason").err());
        RunningAgent typo = ended(2, "wach");
        assertTrue(typo.err().get(0).startsWith("vm-event-agent: Unmatched argument at index 0: 'wach'"), typo::said);
        assertTrue(typo.err().get(1).contains("watch"), typo::said);
        assertEquals(List.of(), typo.out());
        assertEquals(
                "See: vm-event-agent import-config --help",
                ended(2, "import-config").err().get(1));
    }

    @Test
    void listsDomainsWithTheirInstance() throws Exception {
        UUID uuid = UUID.randomUUID();
        Domain domain = lives.define(uuid, "listed");
        RunningAgent table = ended(0, "list", "--connection", uri);
        RunningAgent json = ended(0, "list", "--connection", uri, "--json");
        domain.undefine();
        domain.free();

        assertTrue(table.out().get(0).startsWith("STATE "), table::said);
        assertTrue(
                table.out().stream().anyMatch(line -> line.matches("defined .* listed +billing +m1.nano +" + uuid)),
                table::said);
        JsonNode reported = json.notifications().stream()
                .filter(one -> one.at("/payload/instance_id").asText().equals(uuid.toString()))
                .findFirst()
                .orElseThrow();
        assertEquals("libvirt.domain.exists", reported.get("event_type").asText());
        assertEquals("listed", reported.at("/payload/display_name").asText());
        assertValid(json);
    }

    @Test
    void listSaysInOneLineThatThereIsNoDaemon() {
        RunningAgent list = ended(1, "list", "--connection", "test+unix:///default?socket=/nonexistent");
        assertEquals(1, list.err().size(), list::said);
        assertTrue(list.err().get(0).startsWith("vm-event-agent: test+unix:///default"), list::said);
        assertEquals(List.of(), list.out());
    }

    @Test
    void demoShowsThreeLivesAndOneNotificationAndEnds() {
        RunningAgent demo = ended(0, "demo");
        List<String> out = demo.out();
        assertEquals("Three example instances on test:///default:", out.get(0));
        assertTrue(out.get(1).startsWith("TIME "), demo::said);
        for (String wanted : List.of("defined added", "started booted", "suspended paused", "undefined removed")) {
            assertTrue(out.stream().anyMatch(line -> line.contains("  " + wanted + " ")), wanted + demo.said());
        }
        assertTrue(out.contains("The whole notification of the last start, as a collector gets it:"), demo::said);
        assertEquals("}", out.get(out.size() - 1));
        assertEquals(List.of(), demo.err());
    }

    @Test
    void importsOnlyWhatItNeeds() throws Exception {
        Path nova = Files.writeString(directory.resolve("nova.conf"), """
                [DEFAULT]
                transport_url = rabbit://nova:secret@192.0.2.1:5672/
                host = cmp-07
                [database]
                connection = mysql://other-secret
                [oslo_messaging_rabbit]
                amqp_durable_queues = true
                """);
        RunningAgent imported = ended(0, "import-config", nova.toString());
        assertTrue(imported.out().contains("transport_url = rabbit://nova:secret@192.0.2.1:5672/"), imported::said);
        assertTrue(imported.out().contains("host = cmp-07"), imported::said);
        assertTrue(imported.out().contains("amqp_durable_queues = true"), imported::said);
        assertFalse(imported.said().contains("other-secret"), imported::said);
        RunningAgent missing = ended(78, "import-config", "/nonexistent");
        assertEquals(List.of("vm-event-agent: /nonexistent: the configuration file does not exist"), missing.err());
    }

    @Test
    void watchShowsEachStepAsALine() throws Exception {
        try (RunningAgent watch = RunningAgent.start("watch", "--connection", uri)) {
            watch.awaitErr("Watching test+unix:///default");
            UUID uuid = UUID.randomUUID();
            Domain domain = lives.define(uuid, "watched");
            watch.awaitOut(line -> line.contains("defined added") && line.endsWith(uuid.toString()));
            lives.finish(domain);
            watch.awaitOut(line -> line.contains("undefined removed") && line.endsWith(uuid.toString()));
            watch.signal("INT");
            assertEquals(0, watch.exitCode(), watch::said);
            assertTrue(watch.out().get(0).startsWith("TIME "), watch::said);
            List<String> steps = watch.out().stream()
                    .filter(line -> line.endsWith(uuid.toString()))
                    .toList();
            assertEquals(6, steps.size(), watch::said);
            assertTrue(
                    steps.get(1)
                            .matches(
                                    "\\d\\d:\\d\\d:\\d\\d\\.\\d{3} +started booted +defined -> running +booted +watched +billing +"
                                            + uuid),
                    steps.get(1));
            assertFalse(watch.said().contains("\u001b"), "no colours where nobody looks");
        }
    }

    /** The client library looks its host's name up, and warns on standard error where it can't be found. */
    @Test
    void libvirtSaysNothingPastTheLog() {
        try (RunningAgent watch = onHostWithoutName(Map.of())) {
            watch.awaitErr("Watching test:///default");
            assertEquals(0, watch.terminate(), watch::said);
            assertEquals(1, watch.err().size(), watch::said);
        }
    }

    @Test
    void libvirtSaysWhatWhoeverStartsItAsksFor() {
        try (RunningAgent watch = onHostWithoutName(Map.of("LIBVIRT_LOG_OUTPUTS", "3:stderr"))) {
            watch.awaitErr("getaddrinfo failed for 'no-such-host'");
            assertEquals(0, watch.terminate(), watch::said);
        }
    }

    private static RunningAgent onHostWithoutName(Map<String, String> environment) {
        return RunningAgent.startOnHost("no-such-host", environment, "watch", "--connection", "test:///default");
    }

    @Test
    void watchJsonPrintsNotifications() throws Exception {
        try (RunningAgent watch = RunningAgent.start("watch", "--json", "--connection", uri)) {
            watch.awaitErr("Watching ");
            UUID uuid = UUID.randomUUID();
            lives.live(uuid, "watched");
            watch.awaitOut(line -> line.contains("libvirt.domain.undefined") && line.contains(uuid.toString()));
            assertEquals(0, watch.terminate(), watch::said);
            assertValid(watch);
        }
    }

    @Test
    void watchShowsWhatADriverWithoutEventsWasFoundToDo() throws Exception {
        try (FakeVmware vmware = new FakeVmware(UUID.randomUUID());
                RunningAgent watch =
                        RunningAgent.start(Map.of("PATH", vmware.path()), "watch", "--connection", FakeVmware.URI)) {
            watch.awaitErr("Watching " + FakeVmware.URI + ", 1 domain;");
            vmware.stop();
            watch.awaitOut(line -> line.contains("stopped") && line.contains("running -> defined"));
            assertEquals(0, watch.terminate(), watch::said);
        }
    }

    @Test
    void watchReportsAConnectionThatIsLostAndBackInBothForms() throws Exception {
        try (LibvirtDaemon mortal = new LibvirtDaemon();
                RunningAgent lines = RunningAgent.start("watch", "--connection", mortal.readOnly(mortal.testUri()));
                RunningAgent json =
                        RunningAgent.start("watch", "--json", "--connection", mortal.readOnly(mortal.testUri()))) {
            lines.awaitErr("Watching ");
            json.awaitErr("Watching ");
            mortal.kill9();
            lines.awaitOut(line -> line.contains("agent.disconnected") && line.endsWith(": eof"));
            json.awaitOut(line -> line.contains("libvirt.agent.disconnected"));
            mortal.start();
            lines.awaitOut(line -> line.contains("agent.connected") && line.endsWith(": reconnect"));
            json.awaitOut(line -> line.contains("libvirt.agent.connected") && line.contains("reconnect"));
            assertEquals(0, json.terminate(), json::said);
            assertValid(json);
        }
    }

    @Test
    void watchEndsWhenNobodyReadsAnyMore() throws Exception {
        try (RunningAgent watch = RunningAgent.start("watch", "--connection", uri)) {
            watch.awaitErr("Watching ");
            watch.closeOut();
            lives.live(UUID.randomUUID(), "unseen");
            watch.awaitOutClosed();
            lives.live(UUID.randomUUID(), "unseen");
            assertEquals(0, watch.exitCode(), watch::said);
        }
    }

    @Test
    void aUriOfNoDriverOfLibvirtIsMisuse() {
        for (String command : List.of("watch", "list")) {
            String reported =
                    ended(2, command, "--connection", "qmeu:///system").err().get(0);
            assertTrue(reported.startsWith("vm-event-agent: Invalid value for option '--connection'"), reported);
            assertTrue(reported.endsWith("'qmeu:///system' must be " + ConnectionUri.ALLOWED), reported);
        }
    }

    @Test
    void twoUrisOfOneConnectionAreMisuse() {
        String reported = ended(2, "watch", "--connection", "qemu:///system", "--connection", "qemu+unix:///system")
                .err()
                .get(0);
        assertEquals(
                "vm-event-agent: qemu+unix:///system and qemu:///system are the same connection: one is allowed",
                reported);
    }

    private static void assertValid(RunningAgent printed) {
        printed.out().forEach(line -> NotificationSchema.assertValid(line.getBytes(StandardCharsets.UTF_8)));
    }

    private static RunningAgent ended(int exitCode, String... arguments) {
        try (RunningAgent command = RunningAgent.start(arguments)) {
            assertEquals(exitCode, command.exitCode(), command::said);
            return command;
        }
    }
}
