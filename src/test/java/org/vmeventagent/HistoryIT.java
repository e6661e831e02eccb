package org.vmeventagent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.cli.ExitCode;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.BootSector;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.QemuGuests;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.store.Batch;
import org.vmeventagent.store.DropPriority;
import org.vmeventagent.store.OutboxEntry;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreConfig;

/** What the commands history and why show of real guests, while the agent runs and after it. */
@Timeout(120)
class HistoryIT {
    @TempDir
    private static Path directory;

    private static LibvirtDaemon daemon;
    private static AgentFiles files;
    private static RunningAgent agent;

    /** A guest whose disk fills up, and whose process is then killed; all of it confirmed. */
    @BeforeAll
    static void live() throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        daemon = new LibvirtDaemon();
        files = AgentFiles.of(directory, daemon.readOnly(daemon.qemuUri()))
                .withBroker(broker.url(virtualHost))
                .add("[notifications]\ndeclare = full\n");
        agent = RunningAgent.run(files).awaitReady();
        DrainedQueue queue = new DrainedQueue(broker, virtualHost);
        try (QemuGuests guests = new QemuGuests(daemon)) {
            guests.startPaused(
                    "full",
                    BootSector.WRITE_TO_SECOND_DISK,
                    QemuGuests.diskXml(daemon.diskWithoutSpace(), "hdb", "ide"));
            queue.until(named("libvirt.domain.io_error"));
            daemon.guest("full").destroyForcibly();
            queue.until(named("libvirt.domain.stopped"));
        }
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        command(ExitCode.OK, "history").stream().noneMatch(line -> line.contains("not confirmed")));
    }

    @AfterAll
    static void end() throws Exception {
        agent.close();
        daemon.close();
    }

    private static Predicate<JsonNode> named(String type) {
        return reported -> reported.get("event_type").asText().equals(type);
    }

    private static List<String> command(int exitCode, String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(List.of("--config-file", files.config().toString()));
        try (RunningAgent command = RunningAgent.start(all.toArray(String[]::new))) {
            assertEquals(exitCode, command.exitCode(), command::said);
            return exitCode == ExitCode.OK ? List.copyOf(command.out()) : List.copyOf(command.err());
        }
    }

    @Test
    void historyShowsALifeLineByLine() {
        List<String> lines = command(ExitCode.OK, "history", "full");
        assertTrue(lines.get(0).matches("TIME +EVENT +STATE +CAUSE +AFTER +INSTANCE +PROJECT +UUID"), lines.get(0));
        String last = lines.get(lines.size() - 1);
        assertTrue(
                last.matches(
                        "\\S+ \\S+  stopped failed +paused -> defined +process_died +[0-9.]+ (ms|s|min .*) +full +.*"
                                + QemuGuests.uuid("full")),
                last);
        assertTrue(
                lines.stream()
                        .anyMatch(line -> line.contains("suspended ioerror") && line.contains("running -> paused")),
                lines::toString);
        assertEquals(
                lines,
                command(
                        ExitCode.OK,
                        "history",
                        QemuGuests.uuid("full").toString().toUpperCase(Locale.ROOT)));
    }

    @Test
    void historyChoosesEventsAndPrintsThemAsTheyWerePublished() throws Exception {
        List<String> lines = command(ExitCode.OK, "history", "--event", "stopped,agent.started", "--json");
        List<String> types = new ArrayList<>();
        for (String line : lines) {
            types.add(new ObjectMapper().readTree(line).get("event_type").asText());
        }
        assertEquals(List.of("libvirt.agent.started", "libvirt.domain.stopped"), types);
        assertEquals(1, command(ExitCode.OK, "history", "--since", "2099-01-01").size(), "the heading");
    }

    @Test
    void whySaysItInWords() throws Exception {
        List<String> lines = command(ExitCode.OK, "why", "full");
        assertTrue(
                lines.get(0).matches("full, " + QemuGuests.uuid("full") + ", project \\S.*: defined since .* UTC"),
                lines.get(0));
        String end = lines.stream()
                .skip(1)
                .filter(line -> !line.contains("could not listen")) // another test's end of the agent
                .findFirst()
                .orElseThrow();
        assertTrue(
                end.matches(
                        "  \\S+ \\S+ UTC  stopped because its QEMU process died \\(.*\\); it had been paused for .*"),
                end);
        String all = String.join("\n", lines);
        assertTrue(all.contains("paused because its storage failed; it had been running for "), all);
        assertTrue(all.matches("(?s).* before: I/O error ENOSPC on ide0-0-1 .*; QEMU's action: pause.*"), all);
        JsonNode json = new ObjectMapper()
                .readTree(command(ExitCode.OK, "why", "full", "--json").get(0));
        assertEquals("process_died", json.findValuesAsText("cause").get(0)); // a gap has none
    }

    @Test
    void saysWhatIsWrongWhereItCantAnswer() throws Exception {
        assertTrue(
                command(ExitCode.FAILED, "why", "nobody").get(0).contains("nothing is kept of an instance 'nobody'"));
        assertTrue(command(ExitCode.FAILED, "history", "nobody").get(0).contains("nothing is kept"));
        assertTrue(command(ExitCode.USAGE, "history", "--since", "yesterday")
                .get(0)
                .contains("2h"));
        Path other = Files.writeString(directory.resolve("other.conf"), "[outbox]\npath = /nonexistent/agent.db\n");
        try (RunningAgent command = RunningAgent.start("history", "--config-file", other.toString())) {
            assertEquals(ExitCode.FAILED, command.exitCode());
            assertTrue(command.err().get(0).contains("/nonexistent/agent.db: there is no such file"), command::said);
        }
    }

    /** Each of its names clears the screen of a terminal that obeys it. */
    @Test
    void aFullHistoryFitsIntoACommandAndNoNameReachesTheTerminal() throws Exception {
        Path database = directory.resolve("full.db");
        byte[] body = new ObjectMapper()
                .readTree(Files.readString(Path.of("src/test/resources/golden/stopped.json")
                                .toAbsolutePath())
                        .replace("web & worker", "web\\u009b2J"))
                .toString()
                .getBytes(StandardCharsets.UTF_8);
        int rows = 16_000_000 / (body.length + 300);
        try (Store store = Store.open(StoreConfig.at(database))) {
            store.serve(List.of("t"), List.of(), List.of("info"), (row, priority) -> row);
            for (int first = 1; first <= rows; first += 1_000) {
                store.commit(batch(first, Math.min(rows, first + 999), body));
            }
            store.release("info", rows);
            store.commit(Batch.EMPTY);
        }
        Path config = Files.writeString(directory.resolve("full.conf"), "[outbox]\npath = " + database + "\n");
        String instance = "6f5b7a1e-0c1d-4f6e-9d0a-1b2c3d4e5f60";
        for (List<String> command : List.of(
                List.of("history"),
                List.of("history", "--json"),
                List.of("why", instance, "--most", "5000"),
                List.of("why", instance, "--json"))) {
            List<String> all = new ArrayList<>(command);
            all.addAll(List.of("--config-file", config.toString()));
            try (RunningAgent running = RunningAgent.start(all.toArray(String[]::new))) {
                assertEquals(ExitCode.OK, running.exitCode(), command::toString);
                assertTrue(
                        command.contains("why") || running.out().size() >= rows,
                        () -> "" + running.out().size());
                assertTrue(
                        running.out().stream().noneMatch(line -> line.contains("\u009b")),
                        () -> running.out().get(0));
            }
        }
    }

    private static Batch batch(int first, int last, byte[] body) {
        List<OutboxEntry> entries = new ArrayList<>();
        for (int sequence = first; sequence <= last; sequence++) {
            entries.add(new OutboxEntry(
                    new OutboxRow(sequence, "info", null, "id-" + sequence, sequence, body),
                    DropPriority.STATE,
                    "stopped",
                    "one"));
        }
        return new Batch(entries, List.of(), List.of(), Map.of(Store.SEQUENCE, (long) last));
    }

    @Test
    void theGroupMayReadItWhetherAnAgentRunsOrNot() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(files.config(), PosixFilePermissions.fromString("rw-r-----"));
        own(files.config(), "root:daemon");
        for (String part : List.of("", "-wal", "-shm")) {
            own(directory.resolve("agent.db" + part), "root:daemon");
        }
        List<String> asRoot = command(ExitCode.OK, "why", "full");
        assertEquals(asRoot, asUser("daemon", ExitCode.OK));
        assertTrue(asUser("nogroup", ExitCode.CONFIGURATION).get(0).contains("agent.conf"));
        Files.setPosixFilePermissions(files.config(), PosixFilePermissions.fromString("rw-r--r--"));
        List<String> refused = asUser("nogroup", ExitCode.FAILED);
        assertTrue(refused.get(0).contains("agent.db: can't be read as user "), refused::toString);

        assertEquals(0, agent.terminate(), agent::said);
        assertTrue(Files.notExists(directory.resolve("agent.db-wal")));
        assertEquals(asRoot, command(ExitCode.OK, "why", "full"));
        assertEquals(asRoot, asUser("daemon", ExitCode.OK));
        assertTrue(Files.notExists(directory.resolve("agent.db-wal")), "it only reads");
        agent = RunningAgent.run(files).awaitReady();
    }

    private static List<String> asUser(String group, int exitCode) {
        try (RunningAgent command = RunningAgent.startAs(
                "nobody", group, "why", "full", "--config-file", files.config().toString())) {
            assertEquals(exitCode, command.exitCode(), command::said);
            return exitCode == ExitCode.OK ? List.copyOf(command.out()) : List.copyOf(command.err());
        }
    }

    private static void own(Path path, String owner) {
        LibvirtDaemon.run("chown", owner, path.toString());
    }
}
