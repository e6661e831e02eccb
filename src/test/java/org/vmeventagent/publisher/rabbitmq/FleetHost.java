package org.vmeventagent.publisher.rabbitmq;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.vmeventagent.publisher.MemoryOutbox;
import org.vmeventagent.store.OutboxRow;

/**
 * A compute host whose instances start, pause, resume and stop, one after the other, each time with a notification as the
 * golden ones are. Thread-safe.
 */
final class FleetHost {
    static final String URI = "qemu:///system";

    private static final int INSTANCES = 20;
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private static final List<ObjectNode> LIFE = List.of(
            golden("started", "defined"),
            golden("suspended", "running"),
            golden("resumed", "paused"),
            golden("stopped", "running"));

    private final String name;
    private final MemoryOutbox outbox;
    private final String stream;
    private final Map<String, String> states = new HashMap<>();
    private final Map<String, Long> previous = new HashMap<>();

    FleetHost(String name, MemoryOutbox outbox) {
        this.name = name;
        this.outbox = outbox;
        this.stream = id("stream of " + name);
    }

    String name() {
        return name;
    }

    /** Commits the notifications of so many changes. */
    synchronized void happens(int changes) {
        for (int i = 0; i < changes; i++) {
            outbox.add(next());
        }
    }

    /** The number of its latest notification. */
    long last() {
        return outbox.last();
    }

    /** The state of each instance that had a change. */
    synchronized Map<String, String> states() {
        return Map.copyOf(states);
    }

    private OutboxRow next() {
        int change = (int) outbox.last();
        String instance = id(change % INSTANCES + " of " + name);
        ObjectNode notification = LIFE.get(change / INSTANCES % LIFE.size()).deepCopy();
        String messageId = id(change + " of " + stream);
        notification.put("message_id", messageId).put("publisher_id", "vm-event-agent." + name);
        ObjectNode payload = (ObjectNode) notification.get("payload");
        payload.put("host", name)
                .put("connection_uri", URI)
                .put("instance_id", instance)
                .put("stream", stream)
                .put("sequence", change + 1);
        Long before = previous.put(instance, change + 1L);
        if (before == null) {
            payload.remove("previous_sequence");
        } else {
            payload.put("previous_sequence", before);
        }
        states.put(instance, payload.get("domain_state").asText());
        return new OutboxRow(change + 1, "info", null, messageId, 0, bytes(notification));
    }

    private static byte[] bytes(ObjectNode notification) {
        try {
            return JSON.writeValueAsBytes(notification);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String id(String of) {
        return UUID.nameUUIDFromBytes(of.getBytes(StandardCharsets.UTF_8)).toString();
    }

    private static ObjectNode golden(String name, String oldState) {
        try {
            ObjectNode notification = (ObjectNode) JSON.readTree(
                    Path.of("src/test/resources/golden/" + name + ".json").toFile());
            ((ObjectNode) notification.get("payload")).put("old_domain_state", oldState);
            return notification;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
