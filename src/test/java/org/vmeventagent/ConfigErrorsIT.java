package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;

/** Whatever is wrong with what the program is given: one clear line, the right exit code, no stack trace, no password. */
@Timeout(60)
class ConfigErrorsIT {
    private static final String SECRET = "pass-marker";
    private static final int FAILED = 1;
    private static final int CONFIGURATION = 78;

    @TempDir
    private Path directory;

    private final StringBuilder said = new StringBuilder();

    @AfterEach
    void saysNeitherAPasswordNorAStackTrace() {
        assertFalse(said.toString().contains(SECRET), said::toString);
        assertFalse(said.toString().contains("\tat "), said::toString);
        assertFalse(said.toString().contains("Exception"), said::toString);
    }

    /** The last line of the file is the wrong one. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            [libvirt]         | queue_size = many                       | [libvirt] queue_size = many: must be an integer from 16 to 1048576
            [libvirt]         | connection_uri = qmeu:///system         | must be a libvirt connection URI, DRIVER[+TRANSPORT]://..., of a driver among bhyve, ch,
            [libvirt]         | events = watchdoog                      | 'watchdoog' is no event, perhaps 'watchdog'
            [notifications]   | events = +rebooot                       | 'rebooot' is no event, perhaps 'reboot'
            [notifications]   | exchange = nova                         | allow_foreign_exchange = true permits it
            [notifications]   | event_type_prefix = compute.x           | must be dotted words
            [outbox]          | synchronous = often                     | must be one of
            [DEFAULT]         | transport_url = kafka://u:pass-marker@h | transport_url = ***: transport_url must begin with rabbit://
            [DEFAULT]         | transport_url = rabbit://u:pass-marker@h:99999/ | transport_url = ***: host 1 of transport_url has a port
            [DEFAULT]         | transport_url = rabbit://u:pass-marker/x@h/     | transport_url = ***: transport_url has an @ after the hosts
            [oslo_messaging_notifications] | driver = kafka             | must be one of messagingv2, messaging, log, noop
            [oslo_messaging_notifications] | driver = messagingv2       | driver = messagingv2: needs a transport_url
            [oslo_messaging_notifications] | transport_url_file = /nonexistent | the file does not exist
            """)
    void wrongValueIsNamedWithItsPlaceAndWhatIsAllowed(String section, String line, String expected) {
        AgentFiles files = files().add(section + "\n" + line + "\n");
        long number = files.text().lines().count();
        if (line.startsWith("transport_url =")) {
            files.write(files.text().replace("driver = log", "topics = notifications"));
        }

        String reported = failsToStart(
                CONFIGURATION, "run", "--config-file", files.config().toString());
        assertTrue(reported.startsWith("vm-event-agent: " + files.config() + ":" + number + ": " + section), reported);
        assertTrue(reported.contains(expected), reported);
    }

    @Test
    void neitherDriverNorTransportUrlIsAnError() {
        AgentFiles files = AgentFiles.of(directory, "test:///default");

        assertEquals(
                "vm-event-agent: [oslo_messaging_notifications] driver is not set: there must be a driver or a transport_url",
                failsToStart(
                        CONFIGURATION, "run", "--config-file", files.config().toString()));
    }

    @Test
    void fileThatCannotBeReadIsNamed() throws IOException {
        String missing = directory.resolve("missing.conf").toString();
        assertEquals(
                "vm-event-agent: " + missing + ": the configuration file does not exist",
                failsToStart(CONFIGURATION, "run", "--config-file", missing));
        assertEquals(
                "vm-event-agent: " + directory + ": the configuration file is a directory; --config-dir reads one",
                failsToStart(CONFIGURATION, "run", "--config-file", directory.toString()));
        Path binary = Files.write(directory.resolve("binary.conf"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        assertEquals(
                "vm-event-agent: " + binary + ": the configuration file is not UTF-8",
                failsToStart(CONFIGURATION, "run", "--config-file", binary.toString()));
        AgentFiles files = files();
        Files.setPosixFilePermissions(files.config(), PosixFilePermissions.fromString("---------"));
        assertEquals(
                "vm-event-agent: " + files.config() + ": the configuration file may not be read by this user",
                failed(
                        CONFIGURATION,
                        RunningAgent.startUnprivileged(
                                "run", "--config-file", files.config().toString())));
    }

    @Test
    void directoryOfTheDatabaseMustExistAndBeWritable() throws IOException {
        AgentFiles files = files().add("[outbox]\npath = " + directory + "/none/agent.db\n");
        assertEquals(
                "vm-event-agent: " + directory + "/none/agent.db: the directory " + directory + "/none doesn't exist;"
                        + " create it",
                failsToStart(FAILED, "run", "--config-file", files.config().toString()));

        Files.createDirectory(
                directory.resolve("none"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        String reported = failed(
                FAILED,
                RunningAgent.startUnprivileged(
                        "run", "--config-file", files.config().toString()));
        assertTrue(reported.contains("no permission to write " + directory + "/none/agent.db.lock as user"), reported);
    }

    @Test
    void databaseOfANewerVersionIsLeftAlone() throws Exception {
        AgentFiles files = files();
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            assertEquals(0, agent.terminate(), agent::said);
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + files.database());
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 99");
        }

        String reported =
                failsToStart(FAILED, "run", "--config-file", files.config().toString());
        assertTrue(reported.contains("written by a newer vm-event-agent (schema 99"), reported);
        assertTrue(reported.contains("install that version again"), reported);
    }

    @Test
    void secondAgentOnTheSameDatabaseIsRefused() {
        AgentFiles files = files();
        try (RunningAgent first = RunningAgent.run(files).awaitReady()) {
            assertEquals(
                    "vm-event-agent: " + files.database() + ": in use by another vm-event-agent",
                    failsToStart(FAILED, "run", "--config-file", files.config().toString()));
            assertTrue(first.isAlive());
        }
    }

    @Test
    void unknownOptionAndConnectionThatIsAwayAreReportedOnceAndSurvived() {
        AgentFiles files =
                AgentFiles.of(directory, "vbox:///session").withLogDriver().add("[notifications]\nevent = all\n");
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            Awaitility.await()
                    .during(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> warnings(agent).size() == 2);
            assertTrue(warnings(agent).get(0).contains("[notifications] event is no option, did you mean events?"));
            assertTrue(warnings(agent).get(1).contains("vbox:///session can't be subscribed: "));
            said.append(agent.said());
        }
    }

    @Test
    void wrongPasswordIsReportedOnceAndTheOutboxHolds() {
        RabbitBroker broker = RabbitBroker.shared();
        String url = broker.url(broker.newVirtualHost()).replace("guest:guest", "guest:" + SECRET);
        AgentFiles files = AgentFiles.of(directory, "test:///default").withBroker(url);
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            String reported =
                    agent.awaitErr("The broker can't be used as it is configured; notifications wait in the outbox: ");
            assertTrue(reported.contains(" ERROR "), reported);
            Awaitility.await()
                    .during(Duration.ofSeconds(2))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> warnings(agent).size() == 1);
            assertEquals(0, agent.terminate(), agent::said);
            said.append(agent.said());
        }
        assertTrue(Files.exists(files.database()));
    }

    private AgentFiles files() {
        return AgentFiles.of(directory, "test:///default").withLogDriver();
    }

    private static List<String> warnings(RunningAgent agent) {
        return agent.err().stream().filter(line -> !line.contains(" INFO ")).toList();
    }

    private String failsToStart(int exitCode, String... arguments) {
        return failed(exitCode, RunningAgent.start(arguments));
    }

    /** The one line it says. */
    private String failed(int exitCode, RunningAgent agent) {
        try (agent) {
            int code = agent.exitCode();
            said.append(agent.said());
            assertEquals(exitCode, code, agent::said);
            assertEquals(List.of(), agent.out());
            assertEquals(1, agent.err().size(), agent::said);
            return agent.err().get(0);
        }
    }
}
