package org.vmeventagent.notification;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.time.Moment;

/**
 * Writes notifications: the inner oslo.messaging object as ASCII JSON, exactly as {@code docs/notifications.md} and
 * {@code docs/notification.schema.json} say.
 *
 * <p>Belongs to one thread, which reuses the buffer. The same arguments give the same bytes, so what a crash interrupted
 * can be written again.
 */
public final class NotificationWriter {
    /** Counts changes that would break a consumer; a new key is none. */
    public static final int SCHEMA_VERSION = 1;
    /**
     * Bytes of a body, beyond which its large keys are left out and then its texts cut shorter: with the line's end as many as journald keeps as one line
     * (its LineMax is 48 KiB), so that the driver {@code log} prints notifications that are whole.
     */
    public static final int MAX_BYTES = 48 * 1024 - 1;

    /** The first of its kind: what is before has its quotes escaped. */
    private static final Pattern PRIORITY = Pattern.compile("\"priority\":\"([A-Z]+)\"");

    /** Up to the first dot is the service, as Ceilometer reads it. */
    private static final String SERVICE = "vm-event-agent.";

    private final NotificationConfig config;
    private final String agentVersion;
    private final DomainPayload domainPayload;
    private final JsonFactory json =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(4096);

    public NotificationWriter(NotificationConfig config, String agentVersion) {
        this.config = config;
        this.agentVersion = agentVersion;
        this.domainPayload = new DomainPayload(config);
    }

    /**
     * A body that was written here, with another priority.
     *
     * @param priority {@code info} or {@code error}
     */
    public static byte[] withPriority(byte[] body, String priority) {
        String text = new String(body, StandardCharsets.US_ASCII);
        Matcher key = PRIORITY.matcher(text);
        if (!key.find()) {
            return body;
        }
        String changed =
                text.substring(0, key.start(1)) + priority.toUpperCase(Locale.ROOT) + text.substring(key.end(1));
        return changed.getBytes(StandardCharsets.US_ASCII);
    }

    /** A notification about a domain, with the severity that it has by itself. */
    public Notification write(Transition transition, Hypervisor hypervisor, NotificationIds ids) {
        return write(transition, hypervisor, ids, null);
    }

    /**
     * A notification about a domain.
     *
     * @param severity null for its own
     */
    public Notification write(
            Transition transition, Hypervisor hypervisor, NotificationIds ids, @Nullable Severity severity) {
        boolean error = severity == null ? isError(transition) : severity == Severity.ERROR;
        return write(
                new Envelope(
                        config.eventTypePrefix() + ".domain." + transition.name(),
                        error,
                        transition.observedAt(),
                        transition.domain().instance()),
                ids,
                DomainPayload.LARGE,
                out -> {
                    common(out, transition.group().text(), error);
                    domainPayload.identity(out, transition);
                    place(out, hypervisor);
                    domainPayload.domain(out, transition, hypervisor);
                    writeIds(out, ids, transition.observedAt());
                    out.putAbove(0, "previous_sequence", ids.previousSequence());
                });
    }

    /** A notification about the agent, with the severity that it has by itself. */
    public Notification write(AgentEvent event, Hypervisor hypervisor, NotificationIds ids) {
        return write(event, hypervisor, ids, null);
    }

    /**
     * A notification about the agent.
     *
     * @param severity null for its own
     */
    public Notification write(
            AgentEvent event, Hypervisor hypervisor, NotificationIds ids, @Nullable Severity severity) {
        boolean error = severity == null ? event.error() : severity == Severity.ERROR;
        return write(
                new Envelope(config.eventTypePrefix() + ".agent." + event.name(), error, event.observedAt(), null),
                ids,
                largest(event.fields()),
                out -> {
                    common(out, "agent", error);
                    place(out, hypervisor);
                    for (Map.Entry<String, Object> field : event.fields().entrySet()) {
                        out.put(field.getKey(), field.getValue());
                    }
                    writeIds(out, ids, event.observedAt());
                });
    }

    private record Envelope(
            String eventType,
            boolean error,
            Moment observedAt,
            @Nullable Instance instance) {}

    private interface Payload {
        void write(PayloadFields out) throws IOException;
    }

    private Notification write(Envelope envelope, NotificationIds ids, List<String> large, Payload payload) {
        String priority = envelope.error() ? config.errorPriority() : "info";
        try {
            write(envelope, priority, ids, List.of(), WireText.MAX_TEXT, payload);
            for (int leftOut = 1; buffer.size() > MAX_BYTES && leftOut <= large.size(); leftOut++) {
                write(envelope, priority, ids, large.subList(0, leftOut), WireText.MAX_TEXT, payload);
            }
            if (buffer.size() > MAX_BYTES) {
                write(envelope, priority, ids, large, WireText.SHORT_TEXT, payload);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return new Notification(envelope.eventType(), priority, buffer.toByteArray());
    }

    private void write(
            Envelope envelope,
            String priority,
            NotificationIds ids,
            List<String> leftOut,
            int mostText,
            Payload payload)
            throws IOException {
        buffer.reset();
        try (JsonGenerator out = json.createGenerator(buffer)) {
            out.writeStartObject();
            out.writeStringField("message_id", ids.messageId().toString());
            out.writeStringField("publisher_id", SERVICE + WireText.clean(config.host()));
            out.writeStringField("event_type", envelope.eventType());
            out.writeStringField("priority", priority.toUpperCase(Locale.ROOT));
            out.writeObjectFieldStart("payload");
            PayloadFields fields = new PayloadFields(out, new HashSet<>(leftOut), mostText, envelope.observedAt());
            payload.write(fields);
            fields.end();
            out.writeEndObject();
            out.writeStringField(
                    "timestamp", WireText.timestamp(envelope.observedAt().wall()));
            out.writeStringField("_context_request_id", "req-" + ids.requestId());
            if (envelope.instance() != null) {
                context(out, "_context_project_id", envelope.instance().project());
                context(out, "_context_user_id", envelope.instance().user());
            }
            out.writeEndObject();
        }
    }

    private static void context(JsonGenerator out, String key, Instance.@Nullable Owner owner) throws IOException {
        if (owner != null && owner.id() != null) {
            out.writeStringField(key, WireText.clean(owner.id()));
        }
    }

    private void common(PayloadFields out, String kind, boolean error) throws IOException {
        out.put("schema_version", SCHEMA_VERSION);
        out.put("agent_version", agentVersion);
        out.put("kind", kind);
        out.put("severity", (error ? Severity.ERROR : Severity.INFO).text());
    }

    private static boolean isError(Transition transition) {
        return transition.isError()
                || (transition.event() != null && transition.event().isError());
    }

    private void place(PayloadFields out, Hypervisor hypervisor) throws IOException {
        out.put("host", config.host());
        out.put("node", hypervisor.node());
        out.put("region", config.region());
    }

    private static void writeIds(PayloadFields out, NotificationIds ids, Moment observedAt) throws IOException {
        boolean stepped = ids.clockStepped() || out.stepped();
        out.put("clock_stepped", stepped ? Boolean.TRUE : null);
        out.put("observed_at", observedAt);
        out.put("stream", ids.stream().toString());
        out.put("sequence", ids.sequence());
    }

    /** The lists and maps among the fields, the last first: the important ones come first. */
    private static List<String> largest(Map<String, Object> fields) {
        List<String> keys = new ArrayList<>();
        fields.forEach((key, value) -> {
            if (value instanceof Map<?, ?> || value instanceof Collection<?>) {
                keys.add(key);
            }
        });
        Collections.reverse(keys);
        return keys;
    }
}
