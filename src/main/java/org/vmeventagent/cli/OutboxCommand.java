package org.vmeventagent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.OutboxOptions;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.logging.Logging;
import org.vmeventagent.notification.PublishedNotification;
import org.vmeventagent.store.DatabaseReader;
import org.vmeventagent.system.ControlSocket;
import org.vmeventagent.system.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what waits for the broker's confirm, and drops it. */
@Command(
        name = "outbox",
        description = "Shows what waits for the broker's confirm and why, one of it as a whole, or drops some of it.",
        synopsisSubcommandLabel = "(list | show | drop)",
        subcommands = {OutboxCommand.ListRows.class, OutboxCommand.ShowRow.class, OutboxCommand.DropRows.class},
        footer = {
            "",
            "Examples:",
            "  vm-event-agent outbox list",
            "  vm-event-agent outbox show 4711 | jq .payload",
            "  vm-event-agent outbox drop --before 4711",
            "  vm-event-agent outbox drop --before 2026-11-28T02:00 --yes"
        })
final class OutboxCommand implements Runnable {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                Objects.requireNonNull(spec).commandLine(), "outbox needs one of list, show SEQUENCE, drop --before");
    }

    private static DatabaseReader database(Configuration configuration) {
        Logging.quiet();
        return DatabaseReader.open(Path.of(configuration.get(OutboxOptions.PATH)));
    }

    private static Path socket(Configuration configuration) {
        return Path.of(configuration.get(DefaultOptions.CONTROL_SOCKET));
    }

    /** Empty for what is no notification of an agent. */
    private static Optional<PublishedNotification> notification(DatabaseReader.Row row) {
        try {
            return Optional.of(PublishedNotification.parse(row.body()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> time(DatabaseReader.Row row) {
        return notification(row).map(PublishedNotification::observedAt);
    }

    private static String shown(Optional<Instant> time) {
        return time.map(moment -> TIME.format(moment.atZone(ZoneId.systemDefault())))
                .orElse("");
    }

    /** What waits, and why. */
    @Command(
            name = "list",
            description =
                    "Shows for each routing key how many notifications wait, since when, and what the running agent knows of"
                            + " why; then the oldest of them. Needs no running agent; needs root, or the agent's group.",
            footer = {
                "",
                "Examples:",
                "  vm-event-agent outbox list",
                "  vm-event-agent outbox list --json | jq .routing_keys"
            })
    static final class ListRows implements Callable<Integer> {
        private static final String KEY = "%-28s  %8s  %-23s  %s%n";
        private static final String ROW = "%-10s  %-23s  %-28s  %-20s  %-36s  %s";

        @Option(
                names = "--most",
                paramLabel = "NUMBER",
                defaultValue = "20",
                description = "How many notifications are shown at most. Default: ${DEFAULT-VALUE}")
        private int most;

        @Option(names = "--json", description = "One JSON object.")
        private boolean json;

        @Mixin
        private final ConfigOptions config = new ConfigOptions();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() {
            if (most < 0) {
                throw new ParameterException(
                        Objects.requireNonNull(spec).commandLine(), "--most must be a whole number from 0");
            }
            Configuration configuration = config.load();
            try (DatabaseReader reader = database(configuration)) {
                Map<String, String> problems = problems(configuration);
                List<DatabaseReader.RoutingKey> keys = reader.routingKeys();
                List<DatabaseReader.Row> rows = reader.waiting(most);
                if (json) {
                    System.out.println(AsciiJson.line(object(reader, keys, rows, problems)));
                } else {
                    print(reader, keys, rows, problems);
                }
                return ExitCode.OK;
            }
        }

        /** By routing key; under the empty text where no agent says. */
        private static Map<String, String> problems(Configuration configuration) {
            try {
                return ControlSocket.requestValues(socket(configuration), "outbox-problems");
            } catch (IOException e) {
                return Map.of("", String.valueOf(e.getMessage()));
            }
        }

        private static String problem(DatabaseReader.RoutingKey key, Map<String, String> problems) {
            return LogText.of(
                    key.waiting() == 0 ? "" : problems.getOrDefault(key.name(), problems.getOrDefault("", "")));
        }

        private static void print(
                DatabaseReader reader,
                List<DatabaseReader.RoutingKey> keys,
                List<DatabaseReader.Row> rows,
                Map<String, String> problems) {
            System.out.printf(KEY, "ROUTING KEY", "WAITING", "OLDEST", "WHY");
            for (DatabaseReader.RoutingKey key : keys) {
                System.out.printf(
                        KEY,
                        LogText.of(key.name()),
                        key.waiting(),
                        shown(reader.row(key.oldest()).flatMap(OutboxCommand::time)),
                        problem(key, problems));
            }
            if (!rows.isEmpty()) {
                System.out.println();
                System.out.println(String.format(ROW, "SEQUENCE", "TIME", "EVENT", "INSTANCE", "UUID", "TOPIC"));
            }
            for (DatabaseReader.Row row : rows) {
                Optional<PublishedNotification> notification = notification(row);
                System.out.println(String.format(
                                ROW,
                                row.sequence(),
                                shown(time(row)),
                                notification
                                        .map(PublishedNotification::happened)
                                        .map(LogText::of)
                                        .orElse("(no notification)"),
                                notification
                                        .map(PublishedNotification::about)
                                        .map(LogText::of)
                                        .orElse(""),
                                notification
                                        .flatMap(one -> one.text("instance_id"))
                                        .map(LogText::of)
                                        .orElse(""),
                                row.topic() == null ? "" : LogText.of(row.topic()))
                        .stripTrailing());
            }
        }

        private static ObjectNode object(
                DatabaseReader reader,
                List<DatabaseReader.RoutingKey> keys,
                List<DatabaseReader.Row> rows,
                Map<String, String> problems) {
            ObjectNode object = AsciiJson.MAPPER.createObjectNode();
            for (DatabaseReader.RoutingKey key : keys) {
                ObjectNode one = object.withArray("routing_keys").addObject();
                one.put("routing_key", key.name());
                one.put("waiting", key.waiting());
                reader.row(key.oldest())
                        .flatMap(OutboxCommand::time)
                        .ifPresent(time -> one.put("oldest", time.toString()));
                if (!problem(key, problems).isEmpty()) {
                    one.put("problem", problem(key, problems));
                }
            }
            object.putArray("notifications");
            for (DatabaseReader.Row row : rows) {
                ObjectNode one = object.withArray("notifications").addObject();
                one.put("sequence", row.sequence());
                time(row).ifPresent(time -> one.put("observed_at", time.toString()));
                if (row.topic() != null) {
                    one.put("topic", row.topic());
                }
                notification(row).ifPresent(notification -> {
                    one.put("event", notification.name());
                    for (String key : List.of("detail", "display_name", "domain", "instance_id")) {
                        notification.text(key).ifPresent(text -> one.put(key, text));
                    }
                });
            }
            return object;
        }
    }

    /** One row as a whole. */
    @Command(
            name = "show",
            description =
                    "Shows one notification of the database as a whole, whether it waits or is kept as history. Needs no"
                            + " running agent; needs root, or the agent's group.",
            footer = {"", "Example:", "  vm-event-agent outbox show 4711 | jq .payload"})
    static final class ShowRow implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "SEQUENCE", description = "Its sequence number.")
        private long sequence;

        @Option(names = "--json", description = "On one line.")
        private boolean json;

        @Mixin
        private final ConfigOptions config = new ConfigOptions();

        @Override
        public Integer call() throws JsonProcessingException {
            try (DatabaseReader reader = database(config.load())) {
                Optional<PublishedNotification> found = reader.row(sequence).flatMap(OutboxCommand::notification);
                if (found.isEmpty()) {
                    System.err.println("vm-event-agent: there is no notification " + sequence
                            + " any more, or not yet; see vm-event-agent outbox list");
                    return ExitCode.FAILED;
                }
                String text = json
                        ? AsciiJson.line(found.get().object())
                        : AsciiJson.MAPPER
                                .writerWithDefaultPrettyPrinter()
                                .writeValueAsString(found.get().object());
                System.out.println(text);
                return ExitCode.OK;
            }
        }
    }

    /** Drops through the running agent, which alone writes to the database. */
    @Command(
            name = "drop",
            description =
                    "Has the running agent drop what waits and came before a sequence number or a time. It is lost:"
                            + " libvirt.agent.overflow reports the numbers, and an exists each domain concerned. Asks first.",
            footer = {
                "",
                "Examples:",
                "  vm-event-agent outbox drop --before 4711",
                "  vm-event-agent outbox drop --before 2h --yes"
            })
    static final class DropRows implements Callable<Integer> {
        private static final Duration TIMEOUT = Duration.ofSeconds(30);
        private static final Duration POLL = Duration.ofMillis(100);

        @Option(
                names = "--before",
                paramLabel = "SEQUENCE|TIME",
                required = true,
                description = "A sequence number, or a time: 90s, 15m, 2h, 3d ago, 2026-11-28, 2026-11-28T02:00.")
        private String before = "";

        @Option(names = "--yes", description = "Don't ask.")
        private boolean yes;

        @Option(names = "--json", description = "One JSON object.")
        private boolean json;

        @Mixin
        private final ConfigOptions config = new ConfigOptions();

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() throws InterruptedException {
            Configuration configuration = config.load();
            try (DatabaseReader reader = database(configuration)) {
                long sequence = before.matches("[0-9]{1,18}") ? Long.parseLong(before) : firstSince(reader);
                long count = reader.countDroppable(sequence);
                if (count > 0) {
                    if (!isMeant(count, sequence)) {
                        System.err.println("vm-event-agent: nothing was dropped");
                        return ExitCode.FAILED;
                    }
                    ControlSocket.request(socket(configuration), "outbox-drop " + sequence);
                    long deadline = System.nanoTime() + TIMEOUT.toNanos();
                    while (reader.countDroppable(sequence) > 0) {
                        if (System.nanoTime() - deadline > 0) {
                            System.err.println("vm-event-agent: not all is dropped after " + TIMEOUT.toSeconds()
                                    + " s; the agent goes on, its log says what it waits for");
                            return ExitCode.FAILED;
                        }
                        TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
                    }
                }
                show(count, sequence);
                return ExitCode.OK;
            } catch (IOException e) {
                System.err.println("vm-event-agent: nothing was dropped, only the running agent can: "
                        + LogText.of(String.valueOf(e.getMessage())));
                return ExitCode.FAILED;
            }
        }

        /** The number of the oldest row that waits since that time; one behind all where there is none. */
        private long firstSince(DatabaseReader reader) {
            Instant time;
            try {
                time = new KeptNotifications.SinceConverter().convert(before);
            } catch (RuntimeException e) {
                throw new ParameterException(
                        Objects.requireNonNull(spec).commandLine(),
                        "--before: " + e.getMessage() + "; or a sequence number");
            }
            AtomicLong first = new AtomicLong(Long.MAX_VALUE);
            AtomicLong last = new AtomicLong();
            reader.forEachRow("", row -> {
                last.set(row.sequence());
                if (row.waits()
                        && time(row).filter(moment -> !moment.isBefore(time)).isPresent()) {
                    first.accumulateAndGet(row.sequence(), Math::min);
                }
            });
            return Math.min(first.get(), last.get() + 1);
        }

        private boolean isMeant(long count, long sequence) throws IOException {
            if (yes) {
                return true;
            }
            if (!Terminal.isStandardInput()) {
                throw new ParameterException(
                        Objects.requireNonNull(spec).commandLine(), "--yes is needed where no terminal can ask");
            }
            System.err.print("Drop " + count + " notifications that wait before the sequence number " + sequence
                    + "? They are lost. [y/N] ");
            String answer = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            return answer != null && answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
        }

        private void show(long count, long sequence) {
            if (json) {
                System.out.println(AsciiJson.MAPPER
                        .createObjectNode()
                        .put("before", sequence)
                        .put("dropped", count));
            } else if (count == 0) {
                System.out.println("Nothing waits before the sequence number " + sequence + ".");
            } else {
                System.out.println("Dropped " + count + " notifications that waited before the sequence number "
                        + sequence + "; libvirt.agent.overflow reports them once the broker confirms something.");
            }
        }
    }
}
