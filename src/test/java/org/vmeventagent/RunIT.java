package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.rig.NotifySocket;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TestLives;

/** The running daemon: its signals, and what tenants can do to its output. */
@Timeout(60)
class RunIT {
    private static final String LOG_LINE =
            "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} (DEBUG|INFO|WARN|ERROR) .*";

    private static final int SIGUSR1 = 10;

    private static LibvirtDaemon daemon;
    private static TestLives lives;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = new LibvirtDaemon();
        lives = new TestLives(daemon);
    }

    @AfterAll
    static void end() throws Exception {
        lives.close();
        daemon.close();
    }

    @Test
    void hangUpTakesOverTheFilterAndRefusesAWrongFile() throws Exception {
        AgentFiles files = files();
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            assertEquals(6, reported(agent, "default"));
            files.add("[notifications]\nevents = -suspended,-resumed\nevent = all\n");
            agent.signal("HUP");
            agent.awaitErr("Configuration re-read");
            agent.awaitErr("[notifications] event is no option, did you mean events?");
            assertEquals(4, reported(agent, "filtered"));
            files.add("[notifications]\nevents = -nonsense\n");
            agent.signal("HUP");
            String refused = agent.awaitErr("Configuration not changed: ");
            assertTrue(refused.contains("events = -nonsense: 'nonsense' is no event"), refused);
            assertEquals(4, reported(agent, "still filtered"));
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    @Test
    void interruptEndsItInOrder() {
        try (RunningAgent agent = RunningAgent.run(files()).awaitReady()) {
            agent.signal("USR1");
            agent.signal("INT");
            assertEquals(0, agent.exitCode(), agent::said);
            agent.awaitErr(" Stopped");
            List<JsonNode> all = agent.notifications();
            assertEquals(
                    "libvirt.agent.stopped",
                    all.get(all.size() - 1).get("event_type").asText());
        }
    }

    /** A configuration that is written late keeps the start waiting. */
    @Test
    void signalsDuringTheStartAreDoneAfterIt() {
        Path late = lateConfiguration();
        try (RunningAgent agent =
                RunningAgent.start("run", "--config-file", late.toString()).awaitTaken(SIGUSR1)) {
            agent.signal("USR1");
            agent.signal("HUP");
            write(late);
            agent.awaitReady();
            write(late); // SIGHUP reads it again
            agent.awaitErr("Configuration re-read");
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    @Test
    void terminateDuringTheStartEndsItInOrder() {
        Path late = lateConfiguration();
        try (RunningAgent agent =
                RunningAgent.start("run", "--config-file", late.toString()).awaitTaken(SIGUSR1)) {
            agent.signal("TERM");
            write(late);
            assertEquals(0, agent.exitCode(), agent::said);
            agent.awaitErr(" Stopped");
        }
    }

    private Path lateConfiguration() {
        files();
        Path late = directory.resolve("late.conf");
        LibvirtDaemon.run("mkfifo", late.toString());
        return late;
    }

    /** Whoever reads it goes on. */
    private void write(Path late) {
        LibvirtDaemon.run(
                "timeout",
                "30",
                "sh",
                "-c",
                "cat \"$0\" >\"$1\"",
                files().config().toString(),
                late.toString());
    }

    @Test
    void startThatWaitsForLibvirtAsksSystemdForMoreTime() {
        String name = "@vm-event-agent-" + UUID.randomUUID();
        AgentFiles files = files().add("[libvirt]\nopen_timeout = 6\n");
        daemon.freeze();
        try (NotifySocket systemd = new NotifySocket(name);
                RunningAgent agent = RunningAgent.start(
                        Map.of("NOTIFY_SOCKET", name),
                        "run",
                        "--config-file",
                        files.config().toString())) {
            List<String> reported = new ArrayList<>();
            while (!reported.contains("READY=1")) {
                reported.add(systemd.next());
            }
            assertTrue(
                    reported.stream()
                                    .filter("EXTEND_TIMEOUT_USEC=30000000"::equals)
                                    .count()
                            >= 2,
                    reported::toString);
            assertEquals(0, agent.terminate(), agent::said);
        } finally {
            daemon.thaw();
        }
    }

    /** C1 control characters, line ends and direction marks are all that XML lets through. */
    @Test
    void namesThatTenantsChoseArriveExactlyAndLeaveEveryLineOne() throws Exception {
        String name = "a\nb\tc\u0085d\u009b31me\u2028f\u202eg\u200b\"\\\ufffdh" + "\ud83e\udd8a".repeat(200);
        UUID uuid = UUID.randomUUID();
        try (RunningAgent agent = RunningAgent.run(files().add("[DEFAULT]\ndebug = true\n"))
                        .awaitReady();
                RunningAgent watch = RunningAgent.start("watch", "--connection", daemon.readOnly(daemon.testUri()))) {
            watch.awaitErr("Watching ");
            Domain domain = lives.define(uuid, references(name));
            agent.awaitOut(line -> line.contains("domain.defined") && line.contains(uuid.toString()));
            watch.awaitOut(line -> line.contains("defined added") && line.endsWith(uuid.toString()));
            lives.finish(domain);
            agent.awaitOut(line -> line.contains("domain.undefined") && line.contains(uuid.toString()));
            watch.awaitOut(line -> line.contains("undefined removed") && line.endsWith(uuid.toString()));
            assertEquals(0, agent.terminate(), agent::said);
            assertEquals(0, watch.terminate(), watch::said);

            List<JsonNode> reported = agent.notifications().stream()
                    .filter(one -> one.at("/payload/instance_id").asText().equals(uuid.toString()))
                    .toList();
            reported.forEach(
                    one -> assertEquals(name, one.at("/payload/display_name").asText()));
            assertTrue(reported.size() >= 6, agent::said);
            agent.out().forEach(line -> NotificationSchema.assertValid(line.getBytes(StandardCharsets.UTF_8)));
            agent.err().forEach(line -> assertTrue(line.matches(LOG_LINE), line));
            List<String> shown = watch.out();
            shown.subList(1, shown.size())
                    .forEach(line -> assertTrue(line.matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} .*"), line));
            assertTrue(shown.get(1).contains("a\\nb\\tc\\u{85}d\\u{9b}31me\\u{2028}f\\u{202e}g"), shown.get(1));
        }
        for (String forbidden : List.of("&#0;", "&#27;[31m")) {
            assertThrows(LibvirtException.class, () -> lives.define(UUID.randomUUID(), forbidden));
        }
    }

    @Test
    void standardOutputThatNobodyReadsIsReportedOnce() throws Exception {
        try (RunningAgent agent = RunningAgent.run(files()).awaitReady()) {
            agent.closeOut();
            lives.live(UUID.randomUUID(), "unseen");
            agent.awaitOutClosed();
            lives.live(UUID.randomUUID(), "unseen");
            agent.awaitErr(" ERROR publisher: Can't write to standard output (Broken pipe)");
            lives.live(UUID.randomUUID(), "unseen");
            assertEquals(0, agent.terminate(), agent::said);
            assertEquals(
                    1,
                    agent.err().stream()
                            .filter(line -> line.contains("Can't write to standard output"))
                            .count(),
                    agent::said);
        }
    }

    @Test
    void logAsJsonIsOneObjectALine() throws Exception {
        try (RunningAgent agent = RunningAgent.run(files().add("[DEFAULT]\ndebug = true\nlog_format = json\n"))
                .awaitReady()) {
            lives.live(UUID.randomUUID(), references("x\n\"y\u202e"));
            assertEquals(0, agent.terminate(), agent::said);
            agent.err().forEach(line -> assertTrue(line.matches("\\{\"time\":.*\"message\":\".*\"}"), line));
        }
    }

    private AgentFiles files() {
        return AgentFiles.of(directory, daemon.readOnly(daemon.testUri())).withLogDriver();
    }

    /** How many steps of one more life are reported. */
    private static long reported(RunningAgent agent, String name) throws Exception {
        UUID uuid = UUID.randomUUID();
        lives.live(uuid, name);
        agent.awaitOut(line -> line.contains("domain.undefined") && line.contains(uuid.toString()));
        return agent.out().stream()
                .filter(line -> line.contains(uuid.toString()) && line.contains("\"kind\":\"state\""))
                .count();
    }

    /** Every character as XML's numeric reference. */
    private static String references(String text) {
        StringBuilder xml = new StringBuilder();
        text.codePoints().forEach(point -> xml.append("&#").append(point).append(';'));
        return xml.toString();
    }
}
