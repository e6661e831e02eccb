package org.vmeventagent.cli;

import java.io.PrintStream;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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

    @Override
    public Integer call() {
        Logging.quiet();
        List<KeptNotifications.Kept> kept = database.of(instance);
        if (!instance.isEmpty()
                && kept.stream().noneMatch(one -> one.notification().isOfDomain())) {
            System.err.println("vm-event-agent: nothing is kept of an instance '" + LogText.of(instance)
                    + "'; without a name, history shows all there is");
            return ExitCode.FAILED;
        }
        kept.removeIf(one ->
                !events.isEmpty() && !events.contains(one.notification().name().toLowerCase(Locale.ROOT)));
        if (json) {
            kept.forEach(one -> System.out.println(one.notification().object()));
        } else {
            print(kept, System.out);
        }
        return ExitCode.OK;
    }

    private static void print(List<KeptNotifications.Kept> kept, PrintStream out) {
        ZoneId zone = ZoneId.systemDefault();
        out.printf(ROW, "TIME", "EVENT", "STATE", "CAUSE", "AFTER", "INSTANCE", "PROJECT", "UUID");
        for (KeptNotifications.Kept one : kept) {
            PublishedNotification notification = one.notification();
            out.printf(
                    ROW,
                    TIME.format(notification.observedAt().atZone(zone)),
                    LogText.of(notification.happened()),
                    LogText.of(notification.states()),
                    notification.text("cause").map(LogText::of).orElse(""),
                    one.lasted().map(DurationText::of).orElse(""),
                    LogText.of(notification.about()),
                    LogText.of(notification.project()),
                    Optional.of(notification)
                                    .flatMap(it -> it.text("instance_id"))
                                    .map(LogText::of)
                                    .orElse("")
                            + (one.waits() ? "  (not confirmed yet)" : ""));
        }
    }
}
