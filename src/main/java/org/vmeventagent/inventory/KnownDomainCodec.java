package org.vmeventagent.inventory;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.nova.MetadataReader;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/**
 * A known domain as one line of text, for keeping: {@code name=value} pairs separated by spaces, values percent-encoded.
 * An absent value has no pair. The identity is not in it: it is kept as the metadata text it was read from, so that a
 * later version which understands more of it finds more in it.
 */
public final class KnownDomainCodec {
    private KnownDomainCodec() {}

    /** The key of the row: unique per domain and connection. */
    public static String key(DomainKey key) {
        return key.uuid() + " " + key.connectionUri();
    }

    /** The domain whose row has this key. */
    public static DomainKey domain(String key) {
        int space = key.indexOf(' ');
        if (space < 0) {
            throw new IllegalArgumentException("no connection in the key '" + key + "'");
        }
        return new DomainKey(key.substring(space + 1), UUID.fromString(key.substring(0, space)));
    }

    /**
     * The line that keeps a domain.
     *
     * @param clock of this run: moments are kept by how long the agent had run then
     */
    public static String write(KnownDomain domain, AgentClock clock) {
        Lifecycle lifecycle = domain.lifecycle();
        Lifecycle.Incarnation incarnation = lifecycle.incarnation();
        StringBuilder line = new StringBuilder(200);
        put(line, "name", domain.name());
        put(line, "state", lifecycle.state());
        put(line, "id", lifecycle.domainId());
        put(line, "persistent", lifecycle.persistent());
        put(line, "incarnation", incarnation.number());
        put(line, "phase", lifecycle.phase());
        put(line, "started_by", incarnation.startedBy());
        put(line, "started_at", text(incarnation.startedAt(), clock));
        put(line, "shutdown_by", incarnation.shutdownBy());
        put(line, "panicked", incarnation.panicked());
        put(line, "watchdog_at", text(incarnation.watchdogAt(), clock));
        put(line, "metadata_read_at", text(domain.metadataReadAt(), clock));
        put(line, "certain_at", text(domain.lastObservation().certainAt(), clock));
        put(line, "last_event_at", text(domain.lastObservation().lastEventAt(), clock));
        put(line, "cpu_time", domain.lastObservation().cpuTime());
        put(line, "managed_save_seen", domain.lastObservation().managedSaveSeen());
        if (domain.removal() != null) {
            put(line, "undefined_at", text(domain.removal().at(), clock));
            put(line, "undefined_origin", domain.removal().origin());
            put(line, "removal", domain.removal().reason());
            put(line, "removed", domain.removal().removed());
        }
        if (domain.interruption() != null) {
            put(line, "down", domain.interruption().down(), clock);
            put(line, "outage", domain.interruption().outage(), clock);
            put(line, "arrival", domain.interruption().arrival(), clock);
            put(line, "arrived", domain.interruption().arrived(), clock);
        }
        put(line, "last_sequence", domain.lastSequence());
        return line.toString();
    }

    /**
     * The domain that a row keeps.
     *
     * @param metadata the metadata text kept with the row, empty for none
     * @param clock of this run
     * @throws IllegalArgumentException for a line this version can't read; says which value
     */
    public static KnownDomain read(String key, String line, String metadata, AgentClock clock) {
        Function<String, Moment> moment = text -> moment(text, clock);
        Map<String, String> values = pairs(line);
        Lifecycle lifecycle = new Lifecycle(
                value(values, "state", DomainState::valueOf).orElse(DomainState.UNDEFINED),
                value(values, "id", Integer::valueOf).orElse(-1),
                value(values, "persistent", Boolean::valueOf).orElse(false),
                value(values, "phase", Lifecycle.Phase::valueOf).orElse(Lifecycle.Phase.NONE),
                incarnation(values, moment));
        Instance instance =
                metadata.isEmpty() ? null : MetadataReader.read(metadata).orElse(null);
        return new KnownDomain(
                domain(key),
                values.getOrDefault("name", ""),
                lifecycle,
                instance,
                value(values, "metadata_read_at", moment).orElse(null),
                new KnownDomain.LastObservation(
                        value(values, "certain_at", moment).orElse(null),
                        value(values, "last_event_at", moment).orElse(null),
                        value(values, "cpu_time", Long::valueOf).orElse(0L),
                        value(values, "managed_save_seen", Boolean::valueOf).orElse(false)),
                value(values, "undefined_at", moment)
                        .map(at -> departure(at, values))
                        .orElse(null),
                interruption(values, moment),
                0,
                value(values, "last_sequence", Long::valueOf).orElse(0L));
    }

    private static Lifecycle.Incarnation incarnation(Map<String, String> values, Function<String, Moment> moment) {
        return new Lifecycle.Incarnation(
                value(values, "incarnation", Long::valueOf).orElse(0L),
                value(values, "started_by", Lifecycle.Start::valueOf).orElse(null),
                value(values, "started_at", moment).orElse(null),
                value(values, "shutdown_by", Lifecycle.ShutdownBy::valueOf).orElse(null),
                value(values, "panicked", Boolean::valueOf).orElse(false),
                value(values, "watchdog_at", moment).orElse(null));
    }

    private static KnownDomain.Removal departure(Moment at, Map<String, String> values) {
        return new KnownDomain.Removal(
                at,
                value(values, "undefined_origin", Origin::valueOf).orElse(Origin.EVENT),
                value(values, "removal", KnownDomain.Removal.Reason::valueOf)
                        .orElse(KnownDomain.Removal.Reason.UNKNOWN),
                value(values, "removed", Boolean::valueOf).orElse(false));
    }

    private static @Nullable Interruption interruption(Map<String, String> values, Function<String, Moment> moment) {
        Interruption kept = new Interruption(
                since(values, "down", moment),
                since(values, "outage", moment),
                since(values, "arrival", moment),
                since(values, "arrived", moment));
        return kept.isNone() ? null : kept;
    }

    private static Interruption.@Nullable Since since(
            Map<String, String> values, String name, Function<String, Moment> moment) {
        return value(values, name + "_at", moment)
                .map(at -> new Interruption.Since(
                        at,
                        value(values, name + "_cause", Cause::valueOf).orElse(Cause.UNKNOWN),
                        value(values, name + "_found", Boolean::valueOf).orElse(false)))
                .orElse(null);
    }

    private static void put(StringBuilder line, String name, Interruption.@Nullable Since since, AgentClock clock) {
        if (since != null) {
            put(line, name + "_at", text(since.at(), clock));
            put(line, name + "_cause", since.cause());
            put(line, name + "_found", since.found());
        }
    }

    private static void put(StringBuilder line, String name, @Nullable Object value) {
        if (value != null) {
            String text = value.toString();
            line.append(line.isEmpty() ? "" : " ")
                    .append(name)
                    .append('=')
                    .append(isPlain(text) ? text : URLEncoder.encode(text, StandardCharsets.UTF_8));
        }
    }

    /** The label, and after it for how long the agent had run then. */
    private static @Nullable String text(@Nullable Moment moment, AgentClock clock) {
        return moment == null ? null : text(moment.wall()) + '@' + clock.ranAt(moment);
    }

    private static Moment moment(String text, AgentClock clock) {
        int at = text.indexOf('@');
        return at < 0
                ? clock.earlier(Instant.parse(text))
                : clock.earlier(Instant.parse(text.substring(0, at)), Long.parseLong(text.substring(at + 1)));
    }

    /** As {@link Instant#toString}, without the formatter, which takes some microseconds for each. */
    private static String text(Instant instant) {
        LocalDateTime time = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
        return time.getSecond() == 0 ? instant.toString() : time + "Z"; // a whole minute is written without seconds
    }

    /** Whether it stands for itself: the colon, which an instant has, is left as it is, too. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 'z' || c <= ' ' || c == '%' || c == '+') {
                return false;
            }
        }
        return true;
    }

    private static Map<String, String> pairs(String line) {
        Map<String, String> values = new HashMap<>();
        for (String pair : line.split(" ", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                values.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return values;
    }

    private static <T> Optional<T> value(Map<String, String> values, String name, Function<String, T> parse) {
        String text = values.get(name);
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(parse.apply(text));
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(name + "=" + text + " can't be read", e);
        }
    }
}
