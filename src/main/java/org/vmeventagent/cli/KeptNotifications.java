package org.vmeventagent.cli;

import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmeventagent.config.OutboxOptions;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.notification.PublishedNotification;
import org.vmeventagent.store.DatabaseReader;
import org.vmeventagent.store.StoreException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What the agent of this host has recorded of an instance, or of all, as its database keeps it: for history and why. */
final class KeptNotifications {
    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = SinceConverter.class,
            description = "Only from then on: 90s, 15m, 2h, 3d, 2026-11-28, 2026-11-28T02:00 (of this host's time"
                    + " zone), 2026-11-28T02:00:00Z.")
    private Instant since = Instant.MIN;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    /**
     * One that is kept.
     *
     * @param lasted how long the state before had lasted; empty where the state did not change, or when it began is not kept
     * @param waits whether it waits for the broker's confirm
     */
    record Kept(PublishedNotification notification, Optional<Duration> lasted, boolean waits) {}

    /**
     * Hands on what is kept, in order of the sequence numbers, one by one: all of it is more than a command's memory holds.
     *
     * @param instance name, libvirt's name or UUID; empty for all. With one, gaps of its connection are among them
     * @return whether anything is kept of that instance, also before {@code --since}
     * @throws StoreException when the database can't be read
     */
    boolean forEach(String instance, Consumer<Kept> consumer) {
        Path path = Path.of(config.load().get(OutboxOptions.PATH));
        String wanted = normalized(instance);
        Map<String, Instant> stateSince = new HashMap<>();
        Set<Optional<String>> connections = new HashSet<>();
        try (DatabaseReader reader = DatabaseReader.open(path)) {
            reader.forEachRow(wanted.isEmpty() ? "" : escaped(wanted), row -> {
                PublishedNotification notification;
                try {
                    notification = PublishedNotification.parse(row.body());
                } catch (IllegalArgumentException e) {
                    System.err.println("vm-event-agent: "
                            + LogText.of(
                                    path + ": sequence " + row.sequence() + " is no notification: " + e.getMessage()));
                    return;
                }
                if (isOf(notification, wanted)) {
                    connections.add(connection(notification));
                } else if (!wanted.isEmpty() && !isGapOf(notification, connections)) {
                    return;
                }
                Kept kept = new Kept(notification, lasted(notification, stateSince), row.waits());
                if (!notification.observedAt().isBefore(since)) {
                    consumer.accept(kept);
                }
            });
        }
        return !connections.isEmpty();
    }

    /** A UUID in the one form that a notification has. */
    private static String normalized(String instance) {
        try {
            return UUID.fromString(instance).toString();
        } catch (IllegalArgumentException e) {
            return instance;
        }
    }

    private static String escaped(String text) {
        String quoted = AsciiJson.line(TextNode.valueOf(text));
        return quoted.substring(1, quoted.length() - 1);
    }

    private static boolean isOf(PublishedNotification notification, String instance) {
        return !instance.isEmpty()
                && List.of("instance_id", "display_name", "domain").stream()
                        .anyMatch(key ->
                                notification.text(key).filter(instance::equals).isPresent());
    }

    private static boolean isGapOf(PublishedNotification notification, Set<Optional<String>> connections) {
        return notification.name().equals("agent.gap") && connections.contains(connection(notification));
    }

    private static Optional<Duration> lasted(PublishedNotification notification, Map<String, Instant> stateSince) {
        if (notification.text("clock_stepped").isPresent()) {
            stateSince.clear(); // the times before are by another clock
        }
        if (!notification.changesState()) {
            return Optional.empty();
        }
        Instant before = stateSince.put(key(notification), notification.observedAt());
        return Optional.ofNullable(before)
                .map(then -> Duration.between(then, notification.observedAt()))
                .filter(duration -> !duration.isNegative());
    }

    static Optional<String> connection(PublishedNotification notification) {
        return notification.text("connection_uri");
    }

    /** Of the domain that it is about. */
    static String key(PublishedNotification notification) {
        return notification.text("instance_id").orElse("")
                + ' '
                + connection(notification).orElse("");
    }

    /** A time that has passed: how long ago, or when. */
    static final class SinceConverter implements ITypeConverter<Instant> {
        private static final Pattern AGO = Pattern.compile("([0-9]{1,9})([smhdw])");
        private static final Map<String, Duration> UNITS = Map.of(
                "s", Duration.ofSeconds(1),
                "m", Duration.ofMinutes(1),
                "h", Duration.ofHours(1),
                "d", Duration.ofDays(1),
                "w", Duration.ofDays(7));

        @Override
        public Instant convert(String text) {
            Matcher ago = AGO.matcher(text.toLowerCase(Locale.ROOT));
            try {
                if (ago.matches()) {
                    return Instant.now()
                            .minus(UNITS.getOrDefault(ago.group(2), Duration.ZERO)
                                    .multipliedBy(Long.parseLong(ago.group(1))));
                }
                return when(text);
            } catch (DateTimeException | ArithmeticException e) {
                throw new TypeConversionException("'" + text
                        + "' is no time: write how long ago (90s, 15m, 2h, 3d, 1w), or when (2026-11-28, 2026-11-28T02:00,"
                        + " 2026-11-28T02:00:00Z)");
            }
        }

        private static Instant when(String text) {
            if (!text.contains("T")) {
                return LocalDate.parse(text)
                        .atStartOfDay(ZoneId.systemDefault())
                        .toInstant();
            }
            TemporalAccessor when =
                    DateTimeFormatter.ISO_DATE_TIME.parseBest(text, ZonedDateTime::from, LocalDateTime::from);
            return when instanceof LocalDateTime local
                    ? local.atZone(ZoneId.systemDefault()).toInstant()
                    : Instant.from(when);
        }
    }
}
