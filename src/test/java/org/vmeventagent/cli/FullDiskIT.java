package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.RunningAgent;

/** What a command prints goes into a file on a full disk: nothing may be missing there without a word. */
@Timeout(120)
class FullDiskIT {
    private static final String REPORTED =
            "vm-event-agent: standard output could not be written: No space left on device";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--version",
                "--help",
                "run --help",
                "watch --help",
                "demo",
                "list --connection test:///default",
                "list --connection test:///default --json",
                "watch --connection test:///default",
                "watch --connection test:///default --json",
            })
    void aCommandSaysThatItsOutputIsMissing(String command) {
        assertEquals(REPORTED, lastLine(command.split(" ", -1)));
    }

    @Test
    void importedLinesThatAreMissingAreReported() throws Exception {
        Path nova = Files.writeString(directory.resolve("nova.conf"), "[DEFAULT]\ntransport_url = rabbit://u:p@h/\n");

        assertEquals(REPORTED, lastLine("import-config", nova.toString()));
    }

    @Test
    void anAnswerOfTheRunningAgentThatIsMissingIsReported() {
        AgentFiles files = AgentFiles.of(directory, "test:///default").withLogDriver();
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            for (String command : List.of("status", "audit")) {
                assertEquals(
                        REPORTED,
                        lastLine(command, "--config-file", files.config().toString()));
            }
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    @Test
    void theDriverLogSaysThatNotificationsAreLost() {
        AgentFiles files = AgentFiles.of(directory, "test:///default").withLogDriver();
        try (RunningAgent agent = RunningAgent.startOnFullDisk(
                        "run", "--config-file", files.config().toString())
                .awaitReady()) {
            agent.awaitErr(" ERROR publisher: Can't write to standard output (No space left on device)");
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    private static String lastLine(String... command) {
        try (RunningAgent agent = RunningAgent.startOnFullDisk(command)) {
            assertEquals(ExitCode.FAILED, agent.exitCode(), agent::said);
            List<String> err = new ArrayList<>(agent.err());
            err.removeIf(line -> line.startsWith("Watching "));
            assertEquals(1, err.size(), agent::said);
            return err.get(0);
        }
    }
}
