package org.vmeventagent.agent;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * What the command {@code status} shows, at one moment: as lines for people, and as JSON ({@code docs/status.schema.json}).
 *
 * @param broker {@code connected}, {@code away} or {@code none}
 * @param waiting notifications that the broker has not confirmed; empty where the database doesn't say
 */
record Status(String version, List<Connection> connections, String broker, long lastSequence, OptionalLong waiting) {
    private static final JsonFactory JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    Status {
        connections = List.copyOf(connections);
    }

    /**
     * A connection to libvirt.
     *
     * @param uri without credentials
     * @param eventIds how many are registered
     * @param reason why it is away or lost, else empty
     */
    record Connection(String uri, State state, int eventIds, String reason) {
        boolean isUp() {
            return state == State.SUBSCRIBED || state == State.POLLED;
        }

        String text() {
            return switch (state) {
                case CONNECTING, POLLED -> state.word();
                case SUBSCRIBED -> "subscribed to " + eventIds + " event ids";
                case AWAY, LOST -> state.word() + ": " + reason;
            };
        }
    }

    /** Of a connection. */
    enum State {
        /** The first attempt is not over. */
        CONNECTING,
        SUBSCRIBED,
        /** The driver has no events: its domains are listed at an interval. */
        POLLED,
        /** It could not be opened or subscribed. */
        AWAY,
        /** It was up. */
        LOST;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Why the agent is degraded, a line each; empty while it is not. */
    List<String> reasons() {
        List<String> reasons = new ArrayList<>();
        for (Connection connection : connections) {
            if (!connection.isUp()) {
                reasons.add("connection " + connection.uri() + ": " + connection.text());
            }
        }
        if (broker.equals("away")) {
            reasons.add("broker: away");
        }
        if (waiting.isEmpty()) {
            reasons.add("outbox: the database can't be read");
        }
        return reasons;
    }

    private String verdict() {
        return reasons().isEmpty() ? "ok" : "degraded";
    }

    /** In one line, for systemd. */
    String summary() {
        return connections.stream().filter(Connection::isUp).count() + " of " + connections.size()
                + " libvirt connections up, broker " + broker + ", "
                + (waiting.isPresent() ? waiting.getAsLong() : "an unknown number of") + " notifications waiting";
    }

    /** Lines {@code name: value}, the first the verdict. */
    String text() {
        StringBuilder text = new StringBuilder();
        text.append("status: ").append(verdict()).append('\n');
        text.append("version: ").append(version).append('\n');
        for (Connection connection : connections) {
            text.append("connection ").append(connection.uri()).append(": ");
            text.append(connection.text()).append('\n');
        }
        text.append("broker: ").append(broker).append('\n');
        text.append("last sequence: ").append(lastSequence).append('\n');
        text.append("outbox: ")
                .append(waiting.isPresent() ? waiting.getAsLong() : "unknown, the database can't be read")
                .append('\n');
        return text.toString();
    }

    /** One object in one line, the first key the verdict. All ASCII, so that no terminal obeys what is in a reason. */
    String json() {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JSON.createGenerator(text)) {
            out.writeStartObject();
            out.writeStringField("verdict", verdict());
            out.writeArrayFieldStart("reasons");
            for (String reason : reasons()) {
                out.writeString(reason);
            }
            out.writeEndArray();
            out.writeStringField("version", version);
            out.writeArrayFieldStart("connections");
            for (Connection connection : connections) {
                write(connection, out);
            }
            out.writeEndArray();
            out.writeStringField("broker", broker);
            out.writeNumberField("last_sequence", lastSequence);
            if (waiting.isPresent()) {
                out.writeNumberField("waiting", waiting.getAsLong());
            }
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // into memory
        }
        return text.append('\n').toString();
    }

    private static void write(Connection connection, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("uri", connection.uri());
        out.writeStringField("state", connection.state().word());
        if (connection.state() == State.SUBSCRIBED) {
            out.writeNumberField("event_ids", connection.eventIds());
        }
        if (!connection.reason().isEmpty()) {
            out.writeStringField("reason", connection.reason());
        }
        out.writeEndObject();
    }
}
