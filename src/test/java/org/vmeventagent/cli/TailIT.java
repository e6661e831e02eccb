package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.libvirt.Domain;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TestLives;

/** The command tail: a running agent publishes, a real broker distributes. */
@Timeout(120)
class TailIT {
    private static final String TEST =
            "{\"publisher_id\": \"vm-event-agent.x\", \"event_type\": \"libvirt.agent.test\","
                    + " \"payload\": {\"observed_at\": \"2026-11-22T20:14:42Z\"}}";
    private static final String LISTENING = "Listening at ";

    private static LibvirtDaemon daemon;
    private static TestLives lives;

    private final RabbitBroker broker = RabbitBroker.shared();
    private final String virtualHost = broker.newVirtualHost();

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

    @ParameterizedTest
    @ValueSource(strings = {"messagingv2", "messaging"})
    void showsWhatAgentsPublishAsLines(String driver) throws Exception {
        AgentFiles files = files("declare = full\n").add("[oslo_messaging_notifications]\ndriver = " + driver + "\n");
        UUID uuid = UUID.randomUUID();
        try (RunningAgent agent = connected(files);
                RunningAgent tail = tail(files)) {
            Domain domain = lives.define(uuid, "shown");
            tail.awaitOut(line -> line.contains("defined added") && line.endsWith(uuid.toString()));
            lives.finish(domain);
            tail.awaitOut(line -> line.contains("undefined removed") && line.endsWith(uuid.toString()));
            assertEquals(0, tail.terminate(), tail::said);

            assertTrue(agent.isAlive());
            assertTrue(tail.out().get(0).startsWith("TIME          HOST"), tail::said);
            List<String> steps = tail.out().stream()
                    .filter(line -> line.endsWith(uuid.toString()))
                    .filter(line -> !line.contains(" metadata_change ")) // where the look-up was late
                    .toList();
            assertEquals(6, steps.size(), tail::said);
            assertTrue(
                    steps.get(1)
                            .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} +cmp-01 +started booted +defined -> running +booted"
                                    + " +shown +billing +" + uuid),
                    steps.get(1));
        }
    }

    @Test
    void takesNothingFromACollectorAndLeavesNothingBehind() throws Exception {
        AgentFiles files = files("declare = full\n");
        UUID uuid = UUID.randomUUID();
        try (RunningAgent agent = connected(files);
                RunningAgent tail = tail(files, "--json")) {
            String own = queues().lines()
                    .filter(line -> line.startsWith("vm-event-agent-tail-"))
                    .findFirst()
                    .orElseThrow();
            assertTrue(own.contains("\ttrue\ttrue\t"), "exclusive, and deleted with its consumer: " + own);
            assertTrue(own.contains("x-max-length"), own);
            lives.live(uuid, "shared");
            tail.awaitOut(line -> line.contains("libvirt.domain.undefined") && line.contains(uuid.toString()));
            assertEquals(0, tail.terminate(), tail::said);

            assertTrue(agent.isAlive());
            tail.out().forEach(line -> NotificationSchema.assertValid(line.getBytes(StandardCharsets.UTF_8)));
            List<JsonNode> collected = new DrainedQueue(broker, virtualHost)
                    .until(reported -> reported.get("event_type").asText().equals("libvirt.domain.undefined"));
            assertEquals(of(collected, uuid), of(tail.notifications(), uuid));
            assertFalse(queues().contains("vm-event-agent-tail-"), this::queues);
        }
    }

    @Test
    void filtersAndEndsAfterSoMany() throws Exception {
        AgentFiles files = files("declare = full\n");
        Path url = Files.writeString(directory.resolve("url"), broker.url(virtualHost) + "\n");
        try (RunningAgent agent = connected(files);
                RunningAgent tail = tail(
                        AgentFiles.of(Files.createDirectory(directory.resolve("other")), "test:///default"),
                        "--url-file",
                        url.toString(),
                        "--host",
                        "cmp-01",
                        "--project",
                        "billing",
                        "--instance",
                        "wanted",
                        "--event",
                        "lifecycle,-resumed",
                        "--cause",
                        "booted,destroyed",
                        "--count",
                        "3",
                        "--json")) {
            assertFalse(Files.readString(Path.of("/proc/" + tail.pid() + "/cmdline"))
                    .contains("guest"));
            live("other");
            live("wanted");
            live("wanted");
            assertEquals(0, tail.exitCode(), tail::said);

            assertTrue(agent.isAlive());
            assertEquals(
                    List.of("wanted booted", "wanted destroyed", "wanted booted"),
                    tail.notifications().stream()
                            .map(one -> one.at("/payload/display_name").asText() + " "
                                    + one.at("/payload/cause").asText())
                            .toList());
        }
    }

    @Test
    void escapesWhatIsHostileAndLeavesOutWhatNoAgentPublished() throws Exception {
        AgentFiles files = files("");
        makeExchange();
        try (RunningAgent tail = tail(files, "--count", "2")) {
            publish("no JSON");
            publish("[1, {}]");
            publish("{\"publisher_id\": \"compute.cmp-01\", \"event_type\": \"compute.instance.update\"}");
            publish(TEST);
            publish(
                    "{\"publisher_id\": \"vm-event-agent.x\", \"event_type\": \"libvirt.domain.\\u001b[2J\", \"payload\":"
                            + " {\"observed_at\": \"2026-11-22T20:14:42Z\", \"display_name\": \"\\u001b[31m\\r\\n\\u202e\", \"host\": 7, \"attributes\": {\"a\": \"\\u0007\"}}}");
            assertEquals(0, tail.exitCode(), tail::said);

            assertEquals(3, tail.out().size(), tail::said);
            assertTrue(tail.out().get(2).contains("\\u{1b}[2J \\u{7}"), tail::said);
            assertTrue(tail.out().get(2).contains("\\u{1b}[31m\\r\\n\\u{202e}"), tail::said);
        }
    }

    @Test
    void declaresNoExchange() {
        RunningAgent tail = ended(1, files(""));

        assertEquals(
                List.of("vm-event-agent: there is no exchange vm-event-agent in virtual host " + virtualHost
                        + ": no agent has published there; check the virtual host in the transport_url, and"
                        + " [notifications] exchange"),
                tail.err());
        assertFalse(
                broker.rabbitmqctl("list_exchanges", "-p", virtualHost, "name").contains("vm-event-agent"));
    }

    @Test
    void saysWhichRightsAreMissingAndNeedsNoMoreThanDocumented() throws Exception {
        makeExchange();
        String user = "watcher-" + virtualHost;
        broker.addUser(user, "some-password");
        broker.permit(user, virtualHost, "^$", "^$", "^vm-event-agent$");
        Path url = Files.writeString(
                directory.resolve("url"),
                "rabbit://" + user + ":some-password@127.0.0.1:" + broker.port() + "/" + virtualHost);
        AgentFiles files = files("");
        RunningAgent refused = ended(1, files, "--url-file", url.toString());
        List<String> documented = new ArrayList<>();
        Files.readString(Path.of("docs/security.md"))
                .lines()
                .filter(line -> line.contains("set_permissions") && line.contains("vm-event-agent-tail-"))
                .flatMap(line -> List.of(line.split("'")).stream())
                .forEach(documented::add);
        broker.permit(user, virtualHost, documented.get(1), documented.get(3), documented.get(5));

        assertTrue(
                refused.err().get(0).contains("the user needs configure, write and read on vm-event-agent-tail-*"),
                refused::said);
        try (RunningAgent tail = tail(files, "--url-file", url.toString(), "--count", "1")) {
            publish(TEST);
            assertEquals(0, tail.exitCode(), tail::said);
        }
    }

    @Test
    void endsWhenTheConnectionIsLost() throws Exception {
        makeExchange();
        try (RunningAgent tail = tail(files(""))) {
            broker.rabbitmqctl("close_all_connections", "-p", virtualHost, "maintenance");
            assertEquals(1, tail.exitCode(), tail::said);
            assertTrue(
                    tail.err().get(tail.err().size() - 1).startsWith("vm-event-agent: closed by the broker: 320"),
                    tail::said);
        }
    }

    @Test
    void refusesWhatIsNoFilter() {
        AgentFiles files = files("");
        assertMisused(files, "--cause: 'died' is no cause; allowed: defined redefined ", "--cause", "died");
        assertMisused(files, "--event: 'stoped' is no event, perhaps 'stopped'; allowed: ", "--event", "stoped");
        assertMisused(files, "--count must be a whole number from 1", "--count", "0");
        assertMisused(files, "--url: transport_url must begin with rabbit://", "--url", "amqp://x");
        assertMisused(files, "--url and --url-file exclude each other", "--url", "rabbit://", "--url-file", "x");
        RunningAgent missing = ended(78, files, "--url-file", "/nonexistent");
        assertEquals(
                "vm-event-agent: /nonexistent: the file does not exist",
                missing.err().get(0));
    }

    /** Its name is known when it begins. */
    private void live(String name) throws Exception {
        UUID uuid = UUID.randomUUID();
        Domain domain = lives.define(uuid, name);
        new DrainedQueue(broker, virtualHost)
                .until(reported -> reported.at("/payload/instance_id").asText().equals(uuid.toString()));
        lives.finish(domain);
    }

    private static void assertMisused(AgentFiles files, String message, String... options) {
        String said = ended(2, files, options).err().get(0);
        assertTrue(said.startsWith("vm-event-agent: " + message), said);
    }

    private AgentFiles files(String notifications) {
        return AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                .withBroker(broker.url(virtualHost))
                .add("[notifications]\n" + notifications);
    }

    private static RunningAgent connected(AgentFiles files) {
        RunningAgent agent = RunningAgent.run(files).awaitReady();
        agent.awaitErr("Created the exchange");
        return agent;
    }

    private static RunningAgent tail(AgentFiles files, String... options) {
        RunningAgent tail = start(files, options);
        tail.awaitErr(LISTENING);
        return tail;
    }

    private static RunningAgent ended(int exitCode, AgentFiles files, String... options) {
        try (RunningAgent tail = start(files, options)) {
            assertEquals(exitCode, tail.exitCode(), tail::said);
            assertEquals(List.of(), tail.out());
            return tail;
        }
    }

    private static RunningAgent start(AgentFiles files, String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("tail", "--config-file", files.config().toString()));
        arguments.addAll(List.of(options));
        return RunningAgent.start(arguments.toArray(String[]::new));
    }

    private String queues() {
        return broker.rabbitmqctl("list_queues", "-p", virtualHost, "name", "exclusive", "auto_delete", "arguments");
    }

    private static List<JsonNode> of(List<JsonNode> notifications, UUID uuid) {
        return notifications.stream()
                .filter(one -> one.at("/payload/instance_id").asText().equals(uuid.toString()))
                .toList();
    }

    private void makeExchange() throws Exception {
        try (Connection connection = factory().newConnection();
                Channel channel = connection.createChannel()) {
            channel.exchangeDeclare("vm-event-agent", "topic", false);
        }
    }

    private void publish(String body) throws Exception {
        try (Connection connection = factory().newConnection();
                Channel channel = connection.createChannel()) {
            channel.basicPublish("vm-event-agent", "notifications.info", null, body.getBytes(StandardCharsets.UTF_8));
        }
    }

    private ConnectionFactory factory() {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port());
        factory.setVirtualHost(virtualHost);
        factory.setAutomaticRecoveryEnabled(false);
        return factory;
    }
}
