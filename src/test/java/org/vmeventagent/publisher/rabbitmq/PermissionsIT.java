package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.EXCHANGE;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.KEY;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.SOON;

import ch.qos.logback.classic.Level;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;

/** The rights that docs/security.md gives to a user of the agent's own: they are enough, and they are no more. */
@Timeout(60)
class PermissionsIT {
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
    private static final Pattern IMPORT = Pattern.compile("\n    echo '(.*)' \\| rabbitmqctl import_definitions\n");
    private static final String PASSWORD = "some-password";

    private final PublisherRig rig = new PublisherRig();
    private final String user = "agent-" + rig.virtualHost;

    @AfterEach
    void close() {
        rig.close();
    }

    /**
     * Makes the exchange of the page, and runs the commands under one of its headings, for this test's virtual host and
     * user.
     */
    private void permitAsDocumented(String heading) throws IOException {
        rig.broker.addUser(user, PASSWORD);
        String page = Files.readString(Path.of("docs/security.md"));
        makeExchange(page);
        String section =
                page.split("\n### " + Pattern.quote(heading) + "\n", -1)[1].split("\n#", -1)[0];
        List<String> commands = section.lines()
                .filter(line -> line.startsWith("    rabbitmqctl "))
                .toList();
        assertEquals(2, commands.size(), section);
        for (String command : commands) {
            List<String> words = words(command);
            assertEquals(List.of("-p", "/", "vm-event-agent"), words.subList(2, 5));
            words.set(3, rig.virtualHost);
            words.set(4, user);
            rig.broker.rabbitmqctl(words.subList(1, words.size()).toArray(String[]::new));
        }
    }

    /** As {@code rabbitmqctl import_definitions} does with what it reads. */
    private void makeExchange(String page) {
        Matcher command = IMPORT.matcher(page);
        assertTrue(command.find());
        String definitions = command.group(1).replace("\"vhost\": \"/\"", "\"vhost\": \"" + rig.virtualHost + "\"");
        String imported =
                rig.broker.eval("rabbit_definitions:import_raw(<<\"" + definitions.replace("\"", "\\\"") + "\">>).");
        assertEquals("ok", imported);
    }

    private static List<String> words(String command) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(command);
        while (matcher.find()) {
            words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        return words;
    }

    private void publish(DeclareMode declare) {
        rig.publish(
                rig.config(user, PASSWORD, rig.virtualHost, declare, QueueArguments.TRANSIENT, Duration.ofSeconds(10)));
        rig.outbox.add("info", 3);
        await().atMost(SOON).until(() -> rig.publishedAll(KEY));
        assertEquals(List.of(), rig.log.at(Level.WARN));
        assertEquals(List.of(), rig.log.at(Level.ERROR));
    }

    private void makeQueue() throws Exception {
        try (Channel channel = rig.channel()) {
            channel.queueDeclare(KEY, false, false, false, Map.of());
        }
    }

    @Test
    void bindNeedsNoMore() throws Exception {
        permitAsDocumented("declare = bind");
        makeQueue();
        publish(DeclareMode.BIND);
        assertEquals(3, rig.drain(KEY).size());
        assertNothingElseIsAllowed();
    }

    @Test
    void bindNeedsNoRightToConfigureWhenTheExchangeIsThere() throws Exception {
        permitAsDocumented("declare = bind, exchange made by an administrator");
        makeQueue();
        publish(DeclareMode.BIND);
    }

    @ParameterizedTest
    @ValueSource(strings = {"passive", "none"})
    void onlyTheRightToWriteIsNeeded(String declare) throws Exception {
        permitAsDocumented("declare = " + declare);
        makeQueue();
        try (Channel channel = rig.channel()) {
            channel.queueBind(KEY, EXCHANGE, KEY);
        }
        publish(declare.equals("none") ? DeclareMode.NONE : DeclareMode.PASSIVE);
        assertNothingElseIsAllowed();
    }

    @Test
    void fullNeedsToConfigureTheQueue() throws Exception {
        permitAsDocumented("declare = full");
        publish(DeclareMode.FULL);
        assertNothingElseIsAllowed();
    }

    private interface Attempt {
        void on(Channel channel) throws Exception;
    }

    private void assertNothingElseIsAllowed() throws Exception {
        try (Channel channel = rig.channel()) {
            channel.exchangeDeclare("nova", "topic", false);
        }
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(rig.broker.port());
        factory.setVirtualHost(rig.virtualHost);
        factory.setUsername(user);
        factory.setPassword(PASSWORD);
        try (Connection connection = factory.newConnection()) {
            assertRefused(connection, channel -> channel.exchangeDeclare("neutron", "topic", false));
            assertRefused(connection, channel -> channel.exchangeDelete("nova"));
            assertRefused(connection, channel -> channel.queueDeclare("other", false, false, false, Map.of()));
            assertRefused(connection, channel -> channel.queueBind(KEY, "nova", "#"));
            assertRefused(connection, channel -> channel.basicGet(KEY, true));
            assertRefused(connection, channel -> channel.queuePurge(KEY));
            assertRefused(connection, channel -> write(channel, "nova", "compute.cmp-01"));
            assertRefused(connection, channel -> write(channel, "", KEY));
            assertRefused(connection, channel -> write(channel, EXCHANGE, "notifications.other"));
        }
    }

    private static void write(Channel channel, String exchange, String key) throws Exception {
        channel.confirmSelect();
        channel.basicPublish(exchange, key, MessageProperties.BASIC, new byte[0]);
        channel.waitForConfirms(5000);
    }

    private static void assertRefused(Connection connection, Attempt attempt) throws Exception {
        Channel channel = connection.createChannel();
        assertThrows(Exception.class, () -> attempt.on(channel));
        String reason = String.valueOf(channel.getCloseReason());
        assertTrue(reason.contains("ACCESS_REFUSED"), reason);
    }
}
