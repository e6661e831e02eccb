package org.vmeventagent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.notification.PublishedNotification;

/**
 * A notification of any host, as it came from the bus, as one line for a person: {@link TransitionTable}'s columns and the
 * host. Who may publish there may write anything into it.
 */
final class NotificationTable {
    private static final String ROW = "%-12s  %-16s  %-30s  %-22s  %-18s  %-20s  %-14s  %s";
    static final String HEADER =
            String.format(ROW, "TIME", "HOST", "EVENT", "STATE", "CAUSE", "INSTANCE", "PROJECT", "UUID");

    /** The service in every publisher_id of an agent. */
    private static final String PUBLISHER = "vm-event-agent.";

    /** Of a column; an agent writes no longer ones. */
    private static final int LONGEST = 255;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private final boolean colours;
    private final ZoneId zone;

    NotificationTable(boolean colours, ZoneId zone) {
        this.colours = colours;
        this.zone = zone;
    }

    /** The notification in a message of either of oslo.messaging's formats; empty for what no agent has published. */
    static Optional<PublishedNotification> read(byte[] body) {
        try {
            JsonNode inner = AsciiJson.MAPPER.readTree(body).path("oslo.message");
            PublishedNotification notification = PublishedNotification.parse(
                    inner.isTextual() ? inner.asText().getBytes(StandardCharsets.UTF_8) : body);
            return Optional.of(notification)
                    .filter(one -> one.object().path("publisher_id").asText().startsWith(PUBLISHER));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    String of(PublishedNotification notification) {
        JsonNode payload = notification.payload();
        String time = TIME.format(notification.observedAt().atZone(zone));
        String state = text(payload, "domain_state");
        String oldState = text(payload, "old_domain_state");
        String line = notification.isOfDomain()
                ? String.format(
                        ROW,
                        time,
                        text(payload, "host"),
                        shown(notification.happened()),
                        shown(notification.states()),
                        text(payload, "cause"),
                        shown(notification.about()),
                        shown(notification.project()),
                        text(payload, "instance_id"))
                : String.format(
                        "%-12s  %-16s  %-30s  %s",
                        time, text(payload, "host"), LogText.of(notification.name()), news(payload));
        boolean error = text(payload, "severity").equals("error");
        return colours ? TransitionTable.coloured(line.stripTrailing(), error, oldState, state) : line.stripTrailing();
    }

    /** What a notification about the agent says. */
    private static String news(JsonNode payload) {
        if (payload.has("dropped")) {
            long dropped = 0;
            for (JsonNode one : payload.path("dropped")) {
                dropped += one.asLong();
            }
            return dropped + " notifications were dropped";
        }
        String found = text(payload, "transitions_found");
        return (payload.has("connection_uri") ? text(payload, "connection_uri") + ": " : "")
                + text(payload, "reason")
                + (found.isEmpty() ? "" : ", " + found + " transitions were missed");
    }

    private static String text(JsonNode payload, String key) {
        return shown(payload.path(key).asText());
    }

    private static String shown(String text) {
        return LogText.of(text.length() > LONGEST ? text.substring(0, LONGEST) : text);
    }
}
