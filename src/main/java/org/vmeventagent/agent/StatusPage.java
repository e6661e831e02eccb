package org.vmeventagent.agent;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.KnownDomainCodec;
import org.vmeventagent.notification.PublishedNotification;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.store.DatabaseReader;
import org.vmeventagent.store.InventoryRow;
import org.vmeventagent.system.HostName;
import org.vmeventagent.time.AgentClock;

/**
 * The status page: one HTML document without scripts and outside parts. What tenants chose is escaped. It reads the database
 * on its own, so that nobody who looks at it holds up the agent; any thread.
 */
final class StatusPage {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int HOURS = 24;
    private static final int LATEST = 100;
    private static final int MOST_DOMAINS = 1_000;

    private static final String STYLE = """
            :root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --ground: #fff;
              --bar: #0969da; --ok: #1a7f37; --bad: #cf222e; }
            @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
              --ground: #0d1117; --bar: #4493f8; --ok: #3fb950; --bad: #f85149; } }
            body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: var(--ink); background: var(--ground);
              font: 15px/1.45 system-ui, sans-serif; }
            h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
            table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
            th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line);
              vertical-align: top; overflow-wrap: break-word; }
            th { color: var(--soft); font-weight: 600; white-space: nowrap; } .soft { color: var(--soft); }
            .ok { color: var(--ok); } .bad { color: var(--bad); } .scroll { overflow-x: auto; }
            .hours { display: flex; align-items: flex-end; gap: 3px; height: 7rem; border-bottom: 1px solid var(--line); }
            .hours div { flex: 1; background: var(--bar); min-height: 1px; }
            .ends { display: flex; justify-content: space-between; }
            """;

    private final StringBuilder html = new StringBuilder(64 * 1024);
    private final Instant now;
    private final List<PublishedNotification> latest = new ArrayList<>();
    private final List<PublishedNotification> gaps = new ArrayList<>();
    private final Map<String, Instant> since = new HashMap<>();
    private final Map<String, Shown> domains = new HashMap<>();
    private long count;
    private final int[] hours = new int[HOURS];

    private StatusPage(Instant now) {
        this.now = now;
    }

    /**
     * The page as of now.
     *
     * @param clock of this run: what the database has of a domain is read with it
     * @param database that of the agent
     */
    static String of(Status status, AgentClock clock, Path database, Instant now) {
        StatusPage page = new StatusPage(now);
        try (DatabaseReader reader = DatabaseReader.open(database)) {
            reader.forEachDomain(row -> page.read(row, clock));
            reader.forEachRowBackwards(page::read);
        }
        page.write(status);
        return page.html.toString();
    }

    /** Takes a domain that was not removed; beyond so many they are only counted. */
    private void read(InventoryRow row, AgentClock clock) {
        KnownDomain domain;
        try {
            domain = KnownDomainCodec.read(
                    row.key(), row.domain(), Optional.ofNullable(row.metadata()).orElse(""), clock);
        } catch (IllegalArgumentException e) {
            return; // reported when the agent started
        }
        if (domain.removal() != null && domain.removal().removed()) {
            return;
        }
        count++;
        if (domains.size() < MOST_DOMAINS) {
            domains.put(row.key(), Shown.of(domain));
        }
    }

    /** Takes a row; false once it and all before are of no interest. */
    private boolean read(DatabaseReader.Row row) {
        PublishedNotification notification;
        try {
            notification = PublishedNotification.parse(row.body());
        } catch (IllegalArgumentException e) {
            return true; // the publisher reports it when it is sent
        }
        long hour = Duration.between(notification.observedAt(), now).toHours();
        if (latest.size() < LATEST) {
            latest.add(notification);
        }
        if (notification.changesState()) {
            String key = key(notification);
            if (domains.containsKey(key)) {
                since.putIfAbsent(key, notification.observedAt());
            }
        }
        if (hour >= 0 && hour < HOURS) {
            hours[(int) hour]++;
            if (notification.name().equals("agent.gap") && gaps.size() < LATEST) {
                gaps.add(notification);
            }
        }
        return hour < HOURS || latest.size() < LATEST || since.size() < domains.size();
    }

    private static String key(PublishedNotification notification) {
        return notification.text("instance_id").orElse("")
                + ' '
                + notification.text("connection_uri").orElse("");
    }

    private void write(Status status) {
        html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append(
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>vm-event-agent on ")
                .append(escaped(HostName.get()))
                .append("</title>\n<style>\n")
                .append(STYLE)
                .append("</style>\n</head>\n<body>\n");
        html.append("<h1>vm-event-agent on ").append(escaped(HostName.get())).append("</h1>\n");
        List<String> reasons = status.reasons();
        html.append("<p>")
                .append(
                        reasons.isEmpty()
                                ? "<strong class=\"ok\">ok</strong>"
                                : "<strong class=\"bad\">degraded</strong>")
                .append(" <span class=\"soft\">version ")
                .append(escaped(status.version()))
                .append(", as of ")
                .append(time(now))
                .append(" UTC</span></p>\n");
        table(
                "Connections",
                List.of("libvirt", "state"),
                status.connections().stream()
                        .map(connection -> List.of(connection.uri(), connection.text()))
                        .toList());
        table(
                "Broker",
                List.of("broker", "waiting notifications", "last sequence"),
                List.of(List.of(
                        status.broker(),
                        status.waiting().isPresent()
                                ? Long.toString(status.waiting().getAsLong())
                                : "unknown",
                        Long.toString(status.lastSequence()))));
        timeline();
        table(
                "Domains (" + count + ")",
                List.of("instance", "project", "state", "since", "domain", "UUID"),
                domains.entrySet().stream()
                        .sorted(Comparator.comparing(entry -> entry.getValue().instance()))
                        .map(entry -> row(entry.getKey(), entry.getValue()))
                        .toList());
        if (count > domains.size()) {
            html.append("<p class=\"soft\">and ").append(count - domains.size()).append(" more</p>\n");
        }
        table(
                "The last notifications",
                List.of("time", "event", "state", "cause", "instance", "project"),
                latest.stream()
                        .map(notification -> List.of(
                                time(notification.observedAt()),
                                notification.happened(),
                                notification.states(),
                                notification.text("cause").orElse(""),
                                notification.about(),
                                notification.project()))
                        .toList());
        table(
                "Gaps of the last day",
                List.of("from", "to", "connection", "reason", "transitions found"),
                gaps.stream()
                        .map(gap -> List.of("from", "to", "connection_uri", "reason", "transitions_found").stream()
                                .map(key -> gap.text(key).orElse(""))
                                .toList())
                        .toList());
        html.append("</body>\n</html>\n");
    }

    private List<String> row(String key, Shown domain) {
        return List.of(
                domain.instance(),
                domain.project(),
                domain.state(),
                Optional.ofNullable(since.get(key)).map(StatusPage::time).orElse("before what is kept"),
                domain.name(),
                domain.uuid());
    }

    /** What of a domain is shown. */
    private record Shown(String instance, String project, String state, String name, String uuid) {
        static Shown of(KnownDomain domain) {
            Optional<Instance> instance = Optional.ofNullable(domain.instance());
            return new Shown(
                    instance.map(Instance::displayName).orElse(""),
                    instance.map(Instance::project)
                            .map(project -> project.name() == null ? project.id() : project.name())
                            .orElse(""),
                    domain.lifecycle().state().text(),
                    domain.name(),
                    domain.key().uuid().toString());
        }
    }

    /** Notifications by the hour, the oldest at the left. */
    private void timeline() {
        int highest = 1;
        for (int count : hours) {
            highest = Math.max(highest, count);
        }
        html.append("<h2>Notifications by the hour</h2>\n<div class=\"hours\" role=\"img\" aria-label=\"")
                .append("notifications of the last 24 hours, at most ")
                .append(highest)
                .append(" in one\">");
        for (int hour = HOURS - 1; hour >= 0; hour--) {
            html.append("<div style=\"height: ")
                    .append(100 * hours[hour] / highest)
                    .append("%\" title=\"")
                    .append(hours[hour])
                    .append(" until ")
                    .append(time(now.minus(Duration.ofHours(hour))))
                    .append("\"></div>");
        }
        html.append("</div>\n<div class=\"ends soft\"><span>24 hours ago</span><span>at most ")
                .append(highest)
                .append(" an hour</span><span>now</span></div>\n");
    }

    private void table(String heading, List<String> columns, List<? extends List<String>> rows) {
        html.append("<h2>").append(escaped(heading)).append("</h2>\n");
        if (rows.isEmpty()) {
            html.append("<p class=\"soft\">none</p>\n");
            return;
        }
        html.append("<div class=\"scroll\"><table>\n<tr>");
        columns.forEach(column -> html.append("<th>").append(escaped(column)).append("</th>"));
        html.append("</tr>\n");
        for (List<String> row : rows) {
            html.append("<tr>");
            row.forEach(cell -> html.append("<td>").append(escaped(cell)).append("</td>"));
            html.append("</tr>\n");
        }
        html.append("</table></div>\n");
    }

    private static String time(Instant at) {
        return TIME.format(at);
    }

    /** Text as HTML shows it, between tags and in quotes; characters that no document may have, or that turn text around, as U+FFFD. */
    static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(point -> {
            switch (point) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(isShown(point) ? point : 0xfffd);
            }
        });
        return escaped.toString();
    }

    private static boolean isShown(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE -> false;
            default -> true;
        };
    }
}
