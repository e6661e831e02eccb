package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.RunningAgent;

/** The start script: which Java it takes, and what it makes of the environment. */
@Timeout(120)
class LauncherIT {
    private static final int CONFIGURATION = 78;
    private static final String NOT_IN_THIS_LOCALE =
            "characters that file names have not in this locale (ANSI_X3.4-1968); set LC_ALL=C.UTF-8";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"1.8.0_402, file", "11.0.22, file", "16, file", "1.8.0_402, program", "11.0.22, program"})
    void aJavaThatIsTooOldIsNamedInOneLineAndNotTriedAgain(String version, String saidBy) throws IOException {
        Path java = java(version, saidBy);

        assertEquals(
                List.of("vm-event-agent: Java 17 or newer is needed; in JAVA_HOME=" + directory + ": " + java + " is "
                        + version + "; install one, or set JAVA_HOME to where it is"),
                ended(CONFIGURATION, Map.of("JAVA_HOME", directory.toString())).err());
    }

    @Test
    void whatIsNoJavaIsSaidToBeNone() throws IOException {
        Map<String, String> environment = Map.of("JAVA_HOME", directory.toString());
        assertTrue(ended(CONFIGURATION, environment).err().get(0).contains("in JAVA_HOME=" + directory + ": none; "));

        Path java = script("exit 0\n");
        assertTrue(ended(CONFIGURATION, environment).err().get(0).contains(": " + java + " is no Java; "));
    }

    @Test
    void anotherJavaIsTakenWhereTheOneOfThePathIsTooOld() throws IOException {
        java("11.0.22", "file");

        ended(0, Map.of("PATH", directory.resolve("bin") + ":" + System.getenv("PATH"), "JAVA_HOME", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"17", "21.0.8", "25-ea"})
    void aJavaThatIsNewEnoughIsNotAskedForItsVersion(String version) throws IOException {
        script("echo \"$@\"\n");
        Files.writeString(directory.resolve("release"), "X=\"y z\"\nJAVA_VERSION=\"" + version + "\"\nZ=\"1\"\n");

        List<String> out = ended(0, Map.of("JAVA_HOME", directory.toString())).out();
        assertEquals(1, out.size(), out::toString);
        assertTrue(out.get(0).endsWith(" --version"), out::toString);
    }

    @Test
    void anOptionOfTheEnvironmentComesAfterThoseOfTheFileAndWins() throws IOException {
        script("echo \"$@\"\n");
        Files.writeString(directory.resolve("release"), "JAVA_VERSION=\"17\"\n");
        Map<String, String> environment =
                Map.of("JAVA_HOME", directory.toString(), "VM_EVENT_AGENT_JAVA_OPTS", "-Xmx96m");

        String command = ended(0, environment).out().get(0);
        assertTrue(command.matches("@\\S*/jvm[.]options .* -Xmx96m .*"), command);
        String file = command.substring(1, command.indexOf(' '));
        assertTrue(Files.readAllLines(Path.of(file)).contains("-Xmx64m"), file);
    }

    @Test
    void anOptionThatALaterJavaHasDroppedIsPassedOver() {
        ended(0, Map.of("VM_EVENT_AGENT_JAVA_OPTS", "-XX:+DroppedByALaterJava -XX:DroppedNumber=3"));
    }

    /** As a unit has it without a locale on the host, and a shell whose locale was never generated. */
    @ParameterizedTest
    @ValueSource(strings = {"C", "POSIX", "de_DE.ISO-8859-1", "xx_YY.UTF-8"})
    void filesMayHaveAnyNameWhateverTheLocale(String locale) throws IOException {
        Path umlauts = Files.createDirectory(directory.resolve("K\u00f6ln \u2014 \ud83e\udd8a"));
        AgentFiles files = AgentFiles.of(umlauts, "test:///default").withLogDriver();
        Map<String, String> environment = Map.of("LC_ALL", locale, "LANG", locale);
        String config = files.config().toString();
        try (RunningAgent agent = RunningAgent.start(environment, "run", "--config-file", config)
                        .awaitReady();
                RunningAgent status = RunningAgent.start(environment, "status", "--config-file", config)) {
            assertEquals(0, status.exitCode(), status::said);
            assertTrue(Files.exists(files.database()), agent::said);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "run --config-file /\u00fc, --config-file",
        "run --config-dir /\u00fc, --config-dir",
        "status --config-file /\u00fc, --config-file",
        "import-config /\u00fc, FILE"
    })
    void aPathThatTheLocaleCannotWriteIsNamedWithItsOption(String command, String option) throws IOException {
        try (RunningAgent agent = RunningAgent.start(withoutUtf8(), command.split(" ", -1))) {
            assertEquals(2, agent.exitCode(), agent::said);
            assertEquals(2, agent.err().size(), agent::said);
            assertTrue(agent.err().get(0).contains(option), agent::said);
            assertTrue(agent.err().get(0).endsWith(NOT_IN_THIS_LOCALE), agent::said);
        }
    }

    @Test
    void aPathInTheConfigurationThatTheLocaleCannotWriteIsNamedWithItsLine() throws IOException {
        AgentFiles files = AgentFiles.of(directory, "test:///default").withLogDriver();
        files.add("[outbox]\npath = /\u00fc/agent.db\n");
        try (RunningAgent agent = RunningAgent.start(
                withoutUtf8(), "run", "--config-file", files.config().toString())) {
            assertEquals(CONFIGURATION, agent.exitCode(), agent::said);
            assertEquals(1, agent.err().size(), agent::said);
            assertTrue(agent.err().get(0).contains("[outbox] path = /\u00fc/agent.db: must be an absolute path"));
            assertTrue(agent.err().get(0).endsWith(NOT_IN_THIS_LOCALE), agent::said);
        }
    }

    /** A system that has no C.UTF-8. */
    private Map<String, String> withoutUtf8() throws IOException {
        script("LC_ALL=C exec " + System.getProperty("java.home") + "/bin/java \"$@\"\n");
        Files.writeString(directory.resolve("release"), "JAVA_VERSION=\"17\"\n");
        return Map.of("JAVA_HOME", directory.toString());
    }

    private Path java(String version, String saidBy) throws IOException {
        if (saidBy.equals("file")) {
            Files.writeString(directory.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
            return script("exit 1\n");
        }
        return script("echo 'openjdk version \"" + version + "\" 2024-01-16' >&2\n");
    }

    private Path script(String lines) throws IOException {
        Path java = Files.createDirectories(directory.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\n" + lines);
        return Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static RunningAgent ended(int exitCode, Map<String, String> environment) {
        try (RunningAgent version = RunningAgent.start(environment, "--version")) {
            assertEquals(exitCode, version.exitCode(), version::said);
            assertEquals(1, version.out().size() + version.err().size(), version::said);
            return version;
        }
    }
}
