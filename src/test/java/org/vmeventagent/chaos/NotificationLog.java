package org.vmeventagent.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.vmeventagent.rig.NotificationSchema;

/**
 * The notifications that came to a consumer, reported apart by their message_id. What no sequence of notifications may ever show,
 * whatever happened to the agent or the broker, is noted as a fault the moment it comes. Thread-safe.
 */
public class NotificationLog {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final TreeMap<Long, ReceivedNotification> bySequence = new TreeMap<>();
    private final Map<String, ReceivedNotification> byId = new HashMap<>();
    private final Set<String> sendings = new HashSet<>();
    private final List<String> faults = new ArrayList<>();
    private String stream = "";
    private long duplicates;

    /** In the order of their numbers; a copy. */
    public final synchronized List<ReceivedNotification> all() {
        return new ArrayList<>(bySequence.values());
    }

    /** Those with a greater number. */
    public final synchronized List<ReceivedNotification> after(long sequence) {
        return new ArrayList<>(bySequence.tailMap(sequence, false).values());
    }

    public final synchronized long lastSequence() {
        return bySequence.isEmpty() ? 0 : bySequence.lastKey();
    }

    /** Numbers below the last that never came. */
    public final synchronized List<Long> missing() {
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

    /** Those of the missing that no overflow reports. */
    public final synchronized List<Long> untold() {
        List<Long> untold = missing();
        if (!untold.isEmpty()) {
            overflows().forEach(overflow -> untold.removeIf(overflow::reports));
        }
        return untold;
    }

    /** Those that report what was dropped. */
    public final synchronized List<ReceivedNotification> overflows() {
        return bySequence.values().stream()
                .filter(notification -> notification.name().equals("agent.overflow"))
                .toList();
    }

    public final synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    /** Different notifications. */
    public final synchronized long count() {
        return bySequence.size();
    }

    /** Notifications that came once more, the same in everything but {@code _unique_id}. */
    public final synchronized long duplicates() {
        return duplicates;
    }

    /**
     * Takes what came.
     *
     * @param inner the inner oslo.messaging object; an oslo.messaging listener keeps {@code _unique_id} for itself
     */
    public final void accept(byte[] inner) throws IOException {
        ObjectNode tree = (ObjectNode) JSON.readTree(inner);
        JsonNode sending = tree.remove("_unique_id");
        ReceivedNotification receivedNotification = new ReceivedNotification(tree);
        String invalid = invalid(inner);
        synchronized (this) {
            if (!invalid.isEmpty()) {
                faults.add(invalid);
            }
            if (sending != null && !sendings.add(sending.asText())) {
                faults.add("oslo.messaging would drop this and never acknowledge it, a _unique_id again: "
                        + receivedNotification);
            }
            add(receivedNotification);
        }
    }

    private void add(ReceivedNotification receivedNotification) {
        ReceivedNotification before = byId.putIfAbsent(receivedNotification.messageId(), receivedNotification);
        if (before != null) {
            duplicates++;
            if (!before.equals(receivedNotification)) {
                faults.add("one message_id, two notifications: " + before + " and " + receivedNotification);
            }
            return;
        }
        ReceivedNotification same = bySequence.get(receivedNotification.sequence());
        if (same != null) {
            faults.add("one number, two notifications: " + same + " and " + receivedNotification);
        }
        if (receivedNotification.sequence() < lastSequence()) {
            faults.add("out of order: " + receivedNotification + " after " + lastSequence());
        }
        if (!stream.isEmpty() && !stream.equals(receivedNotification.text("stream"))) {
            faults.add("another stream: " + receivedNotification);
        }
        stream = receivedNotification.text("stream");
        bySequence.put(receivedNotification.sequence(), receivedNotification);
    }

    private static String invalid(byte[] inner) {
        try {
            NotificationSchema.assertValid(inner);
            return "";
        } catch (AssertionError e) {
            return e.getMessage() + ": " + new String(inner, StandardCharsets.UTF_8);
        }
    }
}
