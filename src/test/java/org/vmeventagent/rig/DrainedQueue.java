package org.vmeventagent.rig;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/** What a consumer found in a queue of a virtual host, repetitions included. Used by one thread. */
public final class DrainedQueue {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RabbitBroker broker;
    private final String virtualHost;
    private final String name;
    private final List<JsonNode> all = new ArrayList<>();

    /** Of {@code notifications.info}. */
    public DrainedQueue(RabbitBroker broker, String virtualHost) {
        this(broker, virtualHost, "notifications.info");
    }

    public DrainedQueue(RabbitBroker broker, String virtualHost, String name) {
        this.broker = broker;
        this.virtualHost = virtualHost;
        this.name = name;
    }

    /** Drains what waits now; all that came since the beginning. */
    public List<JsonNode> now() throws IOException, TimeoutException {
        drain();
        return List.copyOf(all);
    }

    /** Drains until one came that is as wanted; all that came since the beginning. */
    public List<JsonNode> until(Predicate<JsonNode> wanted) {
        Awaitility.await()
                .atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptionsInstanceOf(IOException.class) // not declared yet
                .until(() -> {
                    drain();
                    return all.stream().anyMatch(wanted);
                });
        return List.copyOf(all);
    }

    private void drain() throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port());
        factory.setVirtualHost(virtualHost);
        factory.setAutomaticRecoveryEnabled(false);
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            for (GetResponse message : WaitingMessages.take(channel, name)) {
                all.add(inner(message.getBody()));
            }
        }
    }

    private static JsonNode inner(byte[] body) throws IOException {
        String inner = JSON.readTree(body).get("oslo.message").asText();
        NotificationSchema.assertValid(inner.getBytes(StandardCharsets.UTF_8));
        return JSON.readTree(inner);
    }
}
