package org.vmeventagent.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/**
 * A notification as a consumer got it.
 *
 * @param inner the inner oslo.messaging object, without {@code _unique_id}: that is each sending's own
 */
public record ReceivedNotification(JsonNode inner) {

    public String uri() {
        return text("connection_uri");
    }

    public String messageId() {
        return inner.get("message_id").asText();
    }

    /** Without the prefix: {@code domain.started}. */
    public String name() {
        String type = inner.get("event_type").asText();
        return type.substring(type.indexOf('.') + 1);
    }

    public JsonNode payload() {
        return inner.get("payload");
    }

    /** Empty for the agent's own. */
    public String instance() {
        return text("instance_id");
    }

    /** Of libvirt's lifecycle events: {@code stopped/destroyed}. */
    public String event() {
        return text("event") + "/" + text("detail");
    }

    public boolean isLifecycleEvent() {
        return payload().has("detail") && text("origin").equals("event");
    }

    public long sequence() {
        return payload().get("sequence").asLong();
    }

    /** Whether it is an overflow that reports this number as dropped. */
    boolean reports(long number) {
        for (JsonNode range : payload().path("ranges")) {
            if (range.get("first").asLong() <= number
                    && number <= range.get("last").asLong()) {
                return true;
            }
        }
        return false;
    }

    public Instant at(String key) {
        return Instant.parse(text(key));
    }

    public boolean has(String key) {
        return payload().has(key);
    }

    /** Empty where there is none. */
    public String text(String key) {
        return payload().path(key).asText("");
    }

    /** One line for a person. */
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder();
        line.append(String.format("%5d %s %-18s", sequence(), text("observed_at"), name()));
        for (String key : new String[] {
            "old_domain_state",
            "domain_state",
            "event",
            "detail",
            "cause",
            "origin",
            "reason",
            "from",
            "to",
            "window_start",
            "domain_id",
            "persistent",
            "incarnation",
            "suppressed",
            "transitions_found",
            "connection_uri"
        }) {
            if (payload().has(key)) {
                line.append(' ').append(key).append('=').append(text(key));
            }
        }
        return line.toString();
    }
}
