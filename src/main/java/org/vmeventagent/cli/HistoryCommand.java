package org.vmeventagent.cli;

import java.io.PrintStream;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.logging.Logging;
import org.vmeventagent.notification.PublishedNotification;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what happened to an instance on this host, or to all. */
@Command(
        name = "history",
        description =
                "Shows what this host's agent has recorded of an instance, or of all instances and of itself, the oldest"
                        + " first: a line for each notification. Needs no running agent; needs root, or the agent's group."
                        + " How much is kept: section [history].",
        footer = {
            "",
            "Examples:",
            "  vm-event-agent history web-1",
            "  vm-event-agent history --since 2h --event stopped,crashed,io_error",
            "  vm-event-agent history 6f5b7a1e-0c1d-4f6e-9d0a-1b2c3d4e5f60 --json"
        })
final class HistoryCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");
    private static final String ROW = "%-23s  %-28s  %-22s  %-18s  %-12s  %-20s  %-14s  %s%n";

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "INSTANCE",
            description = "Its name, its UUID, or the name of its domain. Default: all.")
    private String instance = "";

    @Option(
            names = "--event",
            paramLabel = "NAME",
            split = ",",
            description = "Only these events, as docs/notifications.md names them: stopped, io_error, agent.gap; may be"
                    + " given several times.")
    private List<String> events = new ArrayList<>();

    @Option(names = "--json", description = "One notification a line, as it was published.")
    private boolean json;

    @Mixin
    private final KeptNotifications database = new KeptNotifications();

    private boolean hasHeading;

    @Override
    public Integer call() {
        Logging.quiet();
        boolean found = database.forEach(instance, this::show);
        if (!instance.isEmpty() && !found) {
            System.err.println("vm-event-agent: nothing is kept of an instance '" + LogText.of(instance)
                    + "'; without a name, history shows all there is");
            return ExitCode.FAILED;
        }
        heading(System.out);
        return ExitCode.OK;
    }

    private void show(KeptNotifications.Kept kept) {
        PublishedNotification notification = kept.notification();
        if (!events.isEmpty() && !events.contains(notification.name())) {
            return;
        }
        if (json) {
            System.out.println(AsciiJson.line(notification.object()));
            return;
        }
        heading(System.out);
        System.out.printf(
                ROW,
                TIME.format(notification.observedAt().atZone(ZoneId.systemDefault())),
                LogText.of(notification.happened()),
                LogText.of(notification.states()),
                notification.text("cause").map(LogText::of).orElse(""),
                kept.lasted().map(DurationText::of).orElse(""),
                LogText.of(notification.about()),
                LogText.of(notification.project()),
                notification.text("instance_id").map(LogText::of).orElse("")
                        + (kept.waits() ? "  (not confirmed yet)" : ""));
    }

    /** Once, above the first line, or alone. */
    private void heading(PrintStream out) {
        if (!json && !hasHeading) {
            hasHeading = true;
            out.printf(ROW, "TIME", "EVENT", "STATE", "CAUSE", "AFTER", "INSTANCE", "PROJECT", "UUID");
        }
    }
}
