package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DocumentedSchema;
import org.vmeventagent.rig.RunningAgent;

/** {@code check} as a person or a script uses it. */
@Timeout(60)
class CheckIT {
    private static final String SECRET = "pass-marker";

    @TempDir
    private Path directory;

    private AgentFiles files;

    @BeforeEach
    void write() {
        files = AgentFiles.of(directory, "test:///default");
    }

    @Test
    void isOkWithWarningsAndPrintsALineForEachFinding() {
        files.withLogDriver().add("[notifications]\nevent = all\n");
        RunningAgent check = ended(ExitCode.OK, RunningAgent.start(arguments()));

        assertEquals(List.of(), check.err());
        assertTrue(
                check.out().get(0).matches("warning  configuration: .* is no option, did you mean events\\?"),
                check::said);
        assertTrue(check.out().contains("ok       libvirt: test:///default has 1 domain"), check::said);
        assertTrue(
                check.out().stream()
                        .allMatch(line -> line.matches(
                                "(ok     |warning|error  )  (configuration|host|java|database|libvirt|broker): .*")),
                check::said);
    }

    @Test
    void printsTheSameAsOneArrayAndFailsForAnError() throws IOException {
        files.withBroker("rabbit://u:" + SECRET + "@127.0.0.1:1/");
        RunningAgent lines = ended(ExitCode.FAILED, RunningAgent.start(arguments()));
        RunningAgent check = ended(ExitCode.FAILED, RunningAgent.start(arguments("--json")));

        assertEquals(1, check.out().size(), check::said);
        new DocumentedSchema("check").assertValid(check.out().get(0));
        JsonNode array = new ObjectMapper().readTree(check.out().get(0));
        assertEquals(lines.out().size(), array.size());
        JsonNode last = array.get(array.size() - 1);
        assertEquals("error", last.path("level").asText());
        assertEquals(
                "error    broker: " + last.path("message").asText() + "; "
                        + last.path("remedy").asText(),
                lines.out().get(array.size() - 1));
        assertTrue(!lines.said().contains(SECRET) && !check.said().contains(SECRET), check::said);
    }

    @Test
    void databaseThatThisUserMayNotWriteIsAnError() throws IOException {
        Path database = Files.createDirectory(
                directory.resolve("none"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        files.withLogDriver().add("[outbox]\npath = " + database + "/agent.db\n");
        String refused = error(ended(ExitCode.FAILED, RunningAgent.startUnprivileged(arguments())), "database");
        assertTrue(
                refused.startsWith("the user root may not write " + database + ", which belongs to root:root with mode "
                        + "r-xr-xr-x; chown root " + database),
                refused);

        Files.setPosixFilePermissions(database, PosixFilePermissions.fromString("rwx------"));
        Path file = Files.writeString(database.resolve("agent.db"), "");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        refused = error(ended(ExitCode.FAILED, RunningAgent.startUnprivileged(arguments())), "database");
        assertTrue(refused.startsWith("the user root may not write " + file + ", which"), refused);

        Path above = Files.createDirectories(directory.resolve("above/below")).getParent();
        Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("---------"));
        files.add("[outbox]\npath = " + above + "/below/agent.db\n");
        refused = error(ended(ExitCode.FAILED, RunningAgent.startUnprivileged(arguments())), "database");
        Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwx------"));
        assertTrue(refused.startsWith(above + "/below may not be looked at by the user root; check as root"), refused);
    }

    @Test
    void saysWhichFilterAnEventMeets() throws IOException {
        files.withLogDriver()
                .add(
                        "[notifications]\nevents = -resumed\n[filter:ci]\nproject = billing\nname = ci-*\nevent = suspended"
                                + "\naction = drop\n[filter:crash]\ncause = process_died\nseverity = error\ntopic = alarms\n[filter:calls]\nkind = guest"
                                + "\nbudget = 2\n");
        assertEquals(
                "ok       filter: [filter:ci] drops suspended",
                filtered("--event", "suspended", "--project", "billing", "--name", "ci-7"));
        assertEquals(
                "ok       filter: suspended is published as it is: no section is about it",
                filtered("--event", "suspended", "--project", "billing", "--name", "web"));
        assertEquals(
                "ok       filter: [filter:crash] publishes stopped with severity error to the topic alarms alone",
                filtered("--event", "stopped", "--detail", "failed", "--cause", "process_died", "--state", "defined"));
        assertEquals(
                "ok       filter: [filter:calls] publishes reboot, at most 2 in 10 s of a domain if it changes no state",
                filtered("--event", "reboot"));
        assertEquals(
                "ok       filter: resumed is not published: [notifications] events leaves it out",
                filtered("--event", "resumed", "--flavor", "m1.nano"));
        RunningAgent json = ended(ExitCode.OK, RunningAgent.start(arguments("--event", "agent.gap", "--json")));
        new DocumentedSchema("check").assertValid(json.out().get(0));
        RunningAgent wrong =
                ended(ExitCode.USAGE, RunningAgent.start(arguments("--event", "stopped", "--cause", "proces_died")));
        assertTrue(
                wrong.err().get(0).contains("'proces_died' is no cause, perhaps 'process_died'; allowed: "),
                wrong::said);
    }

    private String filtered(String... options) {
        RunningAgent check = ended(ExitCode.OK, RunningAgent.start(arguments(options)));
        assertEquals(1, check.out().size(), check::said);
        return check.out().get(0);
    }

    @Test
    void wrongConfigurationIsReportedAsEverywhere() {
        files.withLogDriver().add("[libvirt]\nqueue_size = many\n");
        RunningAgent check = ended(ExitCode.CONFIGURATION, RunningAgent.start(arguments("--json")));

        assertEquals(List.of(), check.out());
        assertEquals(1, check.err().size(), check::said);
        assertTrue(check.err().get(0).contains("[libvirt] queue_size = many: must be "), check::said);
    }

    private String[] arguments(String... more) {
        String[] arguments =
                List.of("check", "--config-file", files.config().toString()).toArray(new String[3 + more.length]);
        System.arraycopy(more, 0, arguments, 3, more.length);
        return arguments;
    }

    private static String error(RunningAgent check, String name) {
        String prefix = "error    " + name + ": ";
        return check.out().stream()
                .filter(line -> line.startsWith(prefix))
                .findFirst()
                .orElseThrow(() -> new AssertionError(check.said()))
                .substring(prefix.length());
    }

    private static RunningAgent ended(int exitCode, RunningAgent command) {
        try (command) {
            assertEquals(exitCode, command.exitCode(), command::said);
            return command;
        }
    }
}
