package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;

/**
 * The installed program with {@code debug} on, through one outage after another: the password is in nothing that it
 * wrote, neither on its outputs nor in a file, not among its arguments, and not in what {@code status} and {@code check} show.
 */
@Timeout(120)
class SecretsOfTheProgramIT {
    private static final String MARKER = "Marker-5ecret";
    private static final String PART = "5ecret";
    private static final int CONFIGURATION = 78;

    /** Of a libvirt that is not there, with a password of its own. */
    private static final String DEBUG = """
            [DEFAULT]
            debug = true
            [libvirt]
            connection_uri = qemu+tcp://u:%s@127.0.0.1:1/system
            [oslo_messaging_rabbit]
            heartbeat_timeout_threshold = 2
            [notifications]
            declare = full
            """.formatted(MARKER);

    @TempDir
    private Path directory;

    private final StringBuilder shown = new StringBuilder();
    private Path secret;
    private AgentFiles files;

    @BeforeAll
    static void addUser() {
        RabbitBroker.shared().addUser("program", MARKER);
    }

    @BeforeEach
    void write() throws IOException {
        Files.createDirectory(directory.resolve("agent"));
        secret = directory.resolve("transport_url");
        files = AgentFiles.of(directory.resolve("agent"), "test:///default").add(DEBUG);
        Files.setPosixFilePermissions(files.config(), PosixFilePermissions.fromString("rw-------"));
    }

    @AfterEach
    void showsThePasswordNowhere() throws IOException {
        try (Stream<Path> written = Files.walk(directory.resolve("agent"))) {
            for (Path file : written.filter(Files::isRegularFile).toList()) {
                if (!file.equals(files.config())) {
                    shown.append(Files.readString(file, StandardCharsets.ISO_8859_1));
                }
            }
        }
        assertFalse(shown.isEmpty());
        int at = shown.indexOf(PART);
        assertFalse(at >= 0, () -> shown.substring(Math.max(0, at - 200), Math.min(shown.length(), at + 20)));
    }

    @Test
    void isInNothingThatIsWrittenThroughManyOutages() throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String url = url();
        Files.writeString(secret, url);
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        files.add("[oslo_messaging_notifications]\ntransport_url_file = " + secret + "\n");
        try (RunningAgent agent = RunningAgent.run(files)) {
            agent.awaitErr("Connected to");
            broker.kill9();
            try {
                await(agent, "Lost the connection to the broker", 1);
                look(agent, Map.of(), "status", "check");
            } finally {
                broker.start();
            }
            await(agent, "Connected to", 2);
            broker.freeze();
            try {
                await(agent, "Lost the connection to the broker", 2);
                look(agent, Map.of(), "status");
            } finally {
                broker.thaw();
            }
            await(agent, "Connected to", 3);

            Files.writeString(secret, url.replace(MARKER, MARKER + "/"));
            agent.signal("HUP");
            agent.awaitErr("Configuration not changed");
            Files.writeString(secret, url.replace(MARKER, MARKER + "-no-more"));
            agent.signal("HUP");
            agent.awaitErr("Configuration re-read");
            broker.rabbitmqctl("close_all_connections", "--vhost", url.substring(url.lastIndexOf('/') + 1), "test");
            agent.awaitErr("login refused");
            look(agent, Map.of(), "status", "check");
            assertEquals(0, agent.terminate(), agent::said);
            assertTrue(agent.err().stream().anyMatch(line -> line.contains(" DEBUG ")), agent::said);
            shown.append(agent.said());
        }
    }

    @Test
    void environmentStaysWhereItIs() {
        files.add("[oslo_messaging_notifications]\ndriver = messagingv2\n");
        Map<String, String> environment = Map.of("OS_DEFAULT__TRANSPORT_URL", url());
        try (RunningAgent agent = RunningAgent.start(
                environment, "run", "--config-file", files.config().toString())) {
            agent.awaitErr("Connected to");
            look(agent, environment, "status", "audit", "check");
            assertEquals(0, agent.terminate(), agent::said);
            shown.append(agent.said());
        }
    }

    @Test
    void badUrlIsRefusedUnseenWhereverItStands() throws IOException {
        for (String bad : List.of("amqp://u:%s@h/", "rabbit://u:%s@h:x/")) {
            refused(Map.of("OS_DEFAULT__TRANSPORT_URL", bad.formatted(MARKER)));
        }
        for (String bad : List.of("rabbit://u:%s/x@h/", "rabbit://u:%s@h/?ssl=x")) {
            Files.writeString(secret, bad.formatted(MARKER));
            refused(Map.of("OS_OSLO_MESSAGING_NOTIFICATIONS__TRANSPORT_URL_FILE", secret.toString()));
        }
    }

    private void refused(Map<String, String> environment) {
        try (RunningAgent agent = RunningAgent.start(
                environment, "run", "--config-file", files.config().toString())) {
            assertEquals(CONFIGURATION, agent.exitCode(), agent::said);
            shown.append(agent.said());
        }
    }

    /** Its arguments, as every user of the host sees them, and what the commands that ask it print. */
    private void look(RunningAgent agent, Map<String, String> environment, String... commands) {
        String arguments = LibvirtDaemon.run("ps", "-ww", "-o", "args=", "-p", Long.toString(agent.pid()));
        assertTrue(arguments.contains("vm-event-agent.jar"), arguments);
        shown.append(arguments);
        for (String command : commands) {
            try (RunningAgent asked = RunningAgent.start(
                    environment, command, "--config-file", files.config().toString())) {
                assertTrue(asked.exitCode() <= 1, asked::said);
                shown.append(asked.said());
            }
        }
    }

    private static String url() {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        broker.permit("program", virtualHost, ".*", ".*", ".*");
        return "rabbit://program:" + MARKER + "@127.0.0.1:" + broker.port() + '/' + virtualHost;
    }

    private static void await(RunningAgent agent, String part, long count) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .until(() ->
                        agent.err().stream().filter(line -> line.contains(part)).count() >= count);
    }
}
