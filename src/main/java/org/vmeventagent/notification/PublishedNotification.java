package org.vmeventagent.notification;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * A notification read back, from the outbox or from a message of the bus: the inner object of docs/notifications.md. Texts are
 * as they came: a tenant may have chosen them.
 *
 * @param name without the prefix: {@code stopped}, {@code agent.gap}
 * @param observedAt when an agent received what it reports, by the clock of that host
 * @param object the whole of it
 */
public record PublishedNotification(String name, Instant observedAt, JsonNode object) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException for what is no notification of an agent; the message says what is wrong
     */
    public static PublishedNotification parse(byte[] json) {
        JsonNode object;
        try {
            object = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException("no JSON: " + e.getMessage(), e);
        }
        String type = object.path("event_type").asText();
        int domain = type.lastIndexOf(".domain.");
        int agent = type.lastIndexOf(".agent.");
        if (domain < 0 && agent < 0) {
            throw new IllegalArgumentException("its event_type '" + type + "' is none of an agent");
        }
        String name = domain >= 0 ? type.substring(domain + ".domain.".length()) : type.substring(agent + 1);
        try {
            Instant observedAt = Instant.parse(object.at("/payload/observed_at").asText());
            return new PublishedNotification(name, observedAt, object);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("its observed_at is no time", e);
        }
    }

    /** Whether it is about a domain, not about the agent itself. */
    public boolean isOfDomain() {
        return !name.startsWith("agent.");
    }

    /** Whether it says that the domain's state changed. */
    public boolean changesState() {
        return text("old_domain_state").isPresent() && !text("old_domain_state").equals(text("domain_state"));
    }

    /** A field of the payload; empty where it has none, or an object or a list. */
    public Optional<String> text(String key) {
        JsonNode field = payload().path(key);
        return field.isValueNode() ? Optional.of(field.asText()) : Optional.empty();
    }

    public JsonNode payload() {
        return object.path("payload");
    }
}
