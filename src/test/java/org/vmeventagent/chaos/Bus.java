package org.vmeventagent.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.rig.RabbitBroker;

/**
 * A consumer of the agent's notifications, who tells them apart by message_id. What no sequence of notifications may ever
 * show, whatever happened to the agent, is noted as a fault the moment it comes. Thread-safe.
 */
public final class Bus implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String QUEUE = "notifications.info";

    private final Connection connection;
    private final TreeMap<Long, Told> bySequence = new TreeMap<>();
    private final Set<String> ids = new HashSet<>();
    private final List<String> faults = new ArrayList<>();
    private String stream = "";
    private long duplicates;

    public Bus(RabbitBroker broker, String virtualHost) throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port());
        factory.setVirtualHost(virtualHost);
        connection = factory.newConnection();
        Channel channel = connection.createChannel();
        channel.queueDeclare(QUEUE, false, false, false, null);
        channel.basicConsume(QUEUE, true, (tag, message) -> accept(message.getBody()), tag -> {});
    }

    /** In the order of their numbers; a copy. */
    public synchronized List<Told> all() {
        return new ArrayList<>(bySequence.values());
    }

    /** Those with a greater number. */
    public synchronized List<Told> after(long sequence) {
        return new ArrayList<>(bySequence.tailMap(sequence, false).values());
    }

    public synchronized long lastSequence() {
        return bySequence.isEmpty() ? 0 : bySequence.lastKey();
    }

    /** Numbers below the last that never came. */
    public synchronized List<Long> missing() {
        List<Long> missing = new ArrayList<>();
        long expected = 1;
        for (long sequence : bySequence.keySet()) {
            while (expected < sequence) {
                missing.add(expected++);
            }
            expected = sequence + 1;
        }
        return missing;
    }

    public synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    /** Notifications that came once more, with the same ids. */
    public synchronized long duplicates() {
        return duplicates;
    }

    private void accept(byte[] body) throws IOException {
        byte[] inner = JSON.readTree(body).get("oslo.message").asText().getBytes(StandardCharsets.UTF_8);
        JsonNode tree = JSON.readTree(inner);
        String type = tree.get("event_type").asText();
        Told told =
                new Told(tree.get("message_id").asText(), type.substring(type.indexOf('.') + 1), tree.get("payload"));
        String invalid = invalid(inner);
        synchronized (this) {
            if (!invalid.isEmpty()) {
                faults.add(invalid);
            }
            add(told);
        }
    }

    private void add(Told told) {
        Told same = bySequence.get(told.sequence());
        if (!ids.add(told.messageId())) {
            duplicates++;
            return;
        }
        if (same != null) {
            faults.add("one number, two notifications: " + same + " and " + told);
        }
        if (told.sequence() < lastSequence()) {
            faults.add("out of order: " + told + " after " + lastSequence());
        }
        if (!stream.isEmpty() && !stream.equals(told.text("stream"))) {
            faults.add("another stream: " + told);
        }
        stream = told.text("stream");
        bySequence.put(told.sequence(), told);
    }

    private static String invalid(byte[] inner) {
        try {
            NotificationSchema.assertValid(inner);
            return "";
        } catch (AssertionError e) {
            return e.getMessage() + ": " + new String(inner, StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        connection.abort(2000);
    }
}
