package org.vmeventagent.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.vmeventagent.inventory.Cause;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.notification.PublishedNotification;

/**
 * The life of one domain in words, from its notifications: what changed, why, how long the state before had lasted, and what
 * was reported in the minute before.
 */
final class Explanation {
    /** What comes so shortly before a change is shown with it. */
    private static final Duration SHORTLY = Duration.ofMinutes(1);

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss z", Locale.ROOT);

    private static final Map<Cause, String> CAUSES = Map.ofEntries(
            Map.entry(Cause.DEFINED, "defined on this host"),
            Map.entry(Cause.REDEFINED, "its definition was changed"),
            Map.entry(Cause.RENAMED, "got another name"),
            Map.entry(Cause.UNDEFINED, "its definition was removed, as Nova does before each start and at the end"),
            Map.entry(Cause.BOOTING, "about to boot"),
            Map.entry(Cause.BOOTED, "started and runs"),
            Map.entry(Cause.START_PAUSED, "started, and paused until Nova has its network ready"),
            Map.entry(Cause.PAUSED, "paused by somebody, or for a moment by a save, a snapshot or a migration"),
            Map.entry(Cause.UNPAUSED, "goes on after the pause"),
            Map.entry(Cause.CRASH_RESTARTED, "goes on after the crash"),
            Map.entry(Cause.RESTORED, "restored from its saved memory"),
            Map.entry(Cause.SAVED, "its memory was saved and its process ended, as Nova's suspend does"),
            Map.entry(Cause.SNAPSHOT_REVERTED, "set back to a snapshot"),
            Map.entry(Cause.SHUTDOWN_BY_GUEST, "the guest is shutting itself down"),
            Map.entry(Cause.STOPPING, "the host is ending its process"),
            Map.entry(Cause.SHUTDOWN, "shut down"),
            Map.entry(
                    Cause.GUEST_SHUTDOWN, "stopped because the guest shut down, by itself or because it was asked to"),
            Map.entry(
                    Cause.TERMINATED,
                    "stopped because its QEMU process was told to end (SIGTERM) from outside libvirt"),
            Map.entry(Cause.DESTROYED, "switched off hard: a forced stop, a hard reboot or a delete"),
            Map.entry(
                    Cause.PROCESS_DIED,
                    "stopped because its QEMU process died (killed from outside libvirt, out of memory, or a crash of QEMU)"),
            Map.entry(Cause.START_FAILED, "could not be started"),
            Map.entry(Cause.GUEST_PANIC, "the guest's kernel panicked"),
            Map.entry(Cause.MIGRATING_IN, "arriving from another host"),
            Map.entry(Cause.MIGRATED_IN, "arrived from another host, and runs here"),
            Map.entry(Cause.MIGRATING_OUT, "paused for the last step of a migration to another host"),
            Map.entry(Cause.MIGRATED_OUT, "left for another host"),
            Map.entry(Cause.MIGRATION_CANCELLED, "the migration to another host failed, and it goes on here"),
            Map.entry(Cause.MIGRATION_FAILED, "its migration to this host failed"),
            Map.entry(Cause.POST_COPY, "its migration goes on as post-copy"),
            Map.entry(
                    Cause.POST_COPY_FAILED,
                    "its post-copy migration failed: it can go on on neither host before that is over"),
            Map.entry(Cause.IO_ERROR, "paused because its storage failed"),
            Map.entry(Cause.WATCHDOG, "its watchdog fired: the guest no longer answered it"),
            Map.entry(Cause.API_ERROR, "paused because an operation of libvirt failed"),
            Map.entry(Cause.GUEST_SHUTDOWN_HELD, "the guest shut down, and its process is kept"),
            Map.entry(Cause.GUEST_SUSPENDED, "the guest went to sleep"),
            Map.entry(Cause.WOKEN, "the guest woke up"),
            Map.entry(Cause.RECREATED, "another process took the place of its process"),
            Map.entry(Cause.CRASHED, "stopped with a crash"),
            Map.entry(Cause.DAEMON_LOST, "libvirt lost it while its daemon was away"),
            Map.entry(Cause.HOST_REBOOTED, "ended because the host was rebooted or lost power"),
            Map.entry(Cause.UNKNOWN, "for a reason that libvirt does not report"));

    /**
     * A change, or something that happened.
     *
     * @param before what was reported in the minute before, the oldest first
     */
    private record Entry(Instant at, String event, Optional<String> cause, String text, List<Entry> before) {
        Entry(PublishedNotification notification, String text, List<Entry> before) {
            this(notification.observedAt(), notification.name(), notification.text("cause"), text, before);
        }
    }

    private final int most;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private final Deque<Entry> details = new ArrayDeque<>();
    private long earlier;
    private PublishedNotification last;
    private Optional<Instant> since = Optional.empty();

    /**
     * Begins with the first that is kept of a domain.
     *
     * @param most entries that are remembered: the latest
     */
    Explanation(PublishedNotification first, int most) {
        this.last = first;
        this.most = most;
    }

    Optional<String> connection() {
        return KeptNotifications.connection(last);
    }

    /** Takes the next of this domain, or a gap of its connection; in order. */
    void add(KeptNotifications.Kept kept) {
        PublishedNotification notification = kept.notification();
        if (notification.isOfDomain()) {
            last = notification;
        }
        Instant shortly = notification.observedAt().minus(SHORTLY);
        while (!details.isEmpty() && details.getFirst().at().isBefore(shortly)) {
            remember(details.removeFirst());
        }
        if (notification.changesState()) {
            since = Optional.of(notification.observedAt());
            remember(new Entry(notification, change(kept), List.copyOf(details)));
            details.clear();
        } else if (!notification.name().equals("exists")) {
            details.add(new Entry(notification, detail(notification), List.of()));
            if (details.size() > most) {
                remember(details.removeFirst());
            }
        }
    }

    private void remember(Entry entry) {
        entries.add(entry);
        if (entries.size() > most) {
            entries.removeFirst();
            earlier++;
        }
    }

    /** What happened last comes first. */
    private List<Entry> newestFirst() {
        List<Entry> all = new ArrayList<>(entries);
        all.addAll(details);
        Collections.reverse(all);
        return all;
    }

    private static String change(KeptNotifications.Kept one) {
        PublishedNotification notification = one.notification();
        StringBuilder text = new StringBuilder(cause(notification));
        text.append("; it had been ")
                .append(notification.text("old_domain_state").orElse(""));
        one.lasted().ifPresent(lasted -> text.append(" for ").append(DurationText.of(lasted)));
        if (notification.text("origin").filter("resync"::equals).isPresent()) {
            text.append(". Found by comparison after a gap");
            notification
                    .text("window_start")
                    .ifPresent(from -> text.append(": it happened after ").append(LogText.of(from)));
        }
        return text.toString();
    }

    private static String detail(PublishedNotification notification) {
        return switch (notification.name()) {
            case "agent.gap" ->
                "the agent could not listen since "
                        + LogText.of(notification.text("from").orElse("a time that is not known")) + " ("
                        + LogText.of(notification.text("reason").orElse("")) + ")";
            case "io_error" ->
                "I/O error "
                        + attribute(notification, "reason").toUpperCase(Locale.ROOT) + " on "
                        + attribute(notification, "device") + " "
                        + attribute(notification, "path") + "; QEMU's action: "
                        + attribute(notification, "action");
            case "watchdog" -> "its watchdog fired; QEMU's action: " + attribute(notification, "action");
            case "reboot" ->
                "the guest was rebooted or reset"
                        + notification
                                .text("count")
                                .map(count -> " (" + count + " times)")
                                .orElse("");
            case "metadata_change" -> "its metadata changed, or was read late";
            case "agent_lifecycle" -> "the guest agent " + attribute(notification, "state");
            case "removed" ->
                "gone from this host: "
                        + LogText.of(notification.text("removal").orElse("unknown"));
            default ->
                notification.text("cause").isPresent() ? cause(notification) : LogText.of(notification.happened());
        };
    }

    private static String attribute(PublishedNotification notification, String key) {
        return LogText.of(notification.payload().path("attributes").path(key).asText());
    }

    private static String cause(PublishedNotification notification) {
        String word = notification.text("cause").orElse("");
        for (Cause cause : Cause.values()) {
            if (cause.text().equals(word)) {
                return CAUSES.getOrDefault(cause, word);
            }
        }
        return LogText.of(notification.happened());
    }

    void print(PrintStream out) {
        out.printf(
                "%s, %s%s: %s%s%n",
                LogText.of(last.about()),
                last.text("instance_id").map(LogText::of).orElse(""),
                last.project().isEmpty() ? "" : ", project " + LogText.of(last.project()),
                LogText.of(state()),
                since.map(at -> " since " + time(at)).orElse(""));
        List<Entry> all = newestFirst();
        for (Entry entry : all.subList(0, Math.min(most, all.size()))) {
            out.println("  " + time(entry.at()) + "  " + entry.text());
            for (Entry before : entry.before()) {
                out.println("      " + DurationText.of(between(before, entry)) + " before: " + before.text());
            }
        }
        long left = earlier + Math.max(0, all.size() - most);
        if (left > 0) {
            out.println("  and " + left + " earlier; see --most, and vm-event-agent history");
        }
    }

    private static Duration between(Entry before, Entry entry) {
        Duration between = Duration.between(before.at(), entry.at());
        return between.isNegative() ? Duration.ZERO : between; // the clock was set back
    }

    private String state() {
        return last.name().equals("removed")
                ? "gone from this host"
                : last.text("domain_state").orElse("unknown");
    }

    /** For programs; the same words. */
    void write(ObjectNode object) {
        for (String key : List.of("instance_id", "display_name", "project_id", "connection_uri")) {
            last.text(key).ifPresent(text -> object.put(key, text));
        }
        object.put("state", state());
        since.ifPresent(at -> object.put("since", at.toString()));
        ArrayNode list = object.putArray("entries");
        newestFirst().stream().limit(most).forEach(entry -> {
            ObjectNode written = list.addObject();
            write(entry, written);
            ArrayNode before = written.putArray("before");
            entry.before().forEach(one -> write(one, before.addObject()));
        });
    }

    private static void write(Entry entry, ObjectNode object) {
        object.put("at", entry.at().toString());
        object.put("event", entry.event());
        entry.cause().ifPresent(cause -> object.put("cause", cause));
        object.put("text", entry.text());
    }

    private static String time(Instant at) {
        return TIME.format(at.atZone(ZoneId.systemDefault()));
    }
}
