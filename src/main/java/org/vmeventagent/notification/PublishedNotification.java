package org.vmeventagent.notification;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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

    /** Their attributes are too many for a line. */
    private static final Set<String> WITHOUT_ATTRIBUTES = Set.of("job_completed", "tunable");

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

    /** What happened, with its detail: {@code stopped failed}, {@code io_error /disk virtio-disk0 pause enospc}. */
    public String happened() {
        List<String> words = new ArrayList<>(List.of(name));
        text("detail").ifPresent(words::add);
        if (words.size() == 1 && !WITHOUT_ATTRIBUTES.contains(name)) {
            payload().path("attributes").properties().stream()
                    .filter(attribute -> attribute.getValue().isValueNode()
                            && !attribute.getKey().endsWith("_code"))
                    .forEach(attribute -> words.add(attribute.getValue().asText()));
        }
        if (!isOfDomain()) {
            text("reason").ifPresent(words::add);
        }
        return String.join(" ", words);
    }

    /** {@code running -> paused}, or {@code running} where the state did not change; empty where there is none. */
    public String states() {
        String now = text("domain_state").orElse("");
        return text("old_domain_state").map(old -> old + " -> " + now).orElse(now);
    }

    /** Whom it is about: OpenStack's name, libvirt's in parentheses where there is none, or the agent's connection. */
    public String about() {
        return text("display_name")
                .or(() -> text("domain").map(domain -> "(" + domain + ")"))
                .or(() -> text("connection_uri"))
                .orElse("");
    }

    /** The project's name, or its id; empty where neither is known. */
    public String project() {
        return text("project_name").or(() -> text("project_id")).orElse("");
    }

    public JsonNode payload() {
        return object.path("payload");
    }
}
