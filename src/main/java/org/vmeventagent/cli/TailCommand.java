package org.vmeventagent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.FilterOptions;
import org.vmeventagent.config.NotificationTransport;
import org.vmeventagent.config.OsloNotificationOptions;
import org.vmeventagent.config.RabbitOptions;
import org.vmeventagent.inventory.Cause;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.logging.Logging;
import org.vmeventagent.notification.EventNames;
import org.vmeventagent.notification.PublishedNotification;
import org.vmeventagent.publisher.BrokerException;
import org.vmeventagent.publisher.rabbitmq.NotificationQueue;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig;
import org.vmeventagent.publisher.rabbitmq.TransportUrl;
import org.vmeventagent.system.UnixSignals;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows what all agents publish, from the bus. */
@Command(
        name = "tail",
        description =
                "Shows the notifications of all hosts as they are published, from the broker, by a queue of its own: no collector"
                        + " misses one. Shows what comes from now on. Ends with 1 when the connection is lost.",
        footer = {
            "",
            "Examples:",
            "  vm-event-agent tail",
            "  vm-event-agent tail --url-file ~/.vm-event-agent.url --project billing --cause process_died,guest_panic",
            "  vm-event-agent tail --event lifecycle --json | jq .payload.display_name"
        })
final class TailCommand implements Callable<Integer> {
    /** Between two looks whether to end. */
    private static final Duration POLL = Duration.ofMillis(250);

    @Option(
            names = "--url",
            paramLabel = "TRANSPORT_URL",
            description =
                    "The broker, rabbit://user:password@host:port/virtual_host. Other users of this host see it in the list"
                            + " of processes: with a password use --url-file. Default: that of the configuration")
    private @Nullable String url;

    @Option(
            names = "--url-file",
            paramLabel = "FILE",
            converter = ConfigOptions.PathConverter.class,
            description = "A file with the transport_url alone.")
    private @Nullable Path urlFile;

    @Option(names = "--host", paramLabel = "HOST", description = "Only of this host; may be given several times.")
    private Set<String> hosts = new HashSet<>();

    @Option(
            names = "--project",
            paramLabel = "PROJECT",
            description = "Only of this project, by name or id; may be given several times.")
    private Set<String> projects = new HashSet<>();

    @Option(
            names = "--instance",
            paramLabel = "INSTANCE",
            description = "Only of this instance, by name, domain or UUID; may be given several times.")
    private Set<String> instances = new HashSet<>();

    @Option(
            names = "--event",
            paramLabel = "EVENTS",
            description = "Only these events, as in [notifications] events: names, lifecycle, agent ...")
    private @Nullable String events;

    @Option(
            names = "--cause",
            paramLabel = "CAUSE",
            split = ",",
            description = "Only with this cause: process_died, guest_panic ...; several with a comma between.")
    private Set<String> causes = new LinkedHashSet<>();

    @Option(names = "--count", paramLabel = "N", description = "End after so many.")
    private @Nullable Integer count;

    @Option(names = "--json", description = "One JSON object a line: the notification.")
    private boolean json;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Spec
    private @Nullable CommandSpec spec;

    private Set<String> names = Set.of();

    @Override
    public Integer call() throws InterruptedException {
        check();
        Logging.quiet();
        Configuration configuration = url == null && urlFile == null ? config.load() : config.loadIfAny();
        Set<String> topics = new LinkedHashSet<>(configuration.get(OsloNotificationOptions.TOPICS));
        topics.addAll(FilterOptions.topics(configuration));
        try (NotificationQueue queue = NotificationQueue.open(rabbit(configuration), List.copyOf(topics))) {
            System.err.println("Listening at " + LogText.of(queue.name()) + "; Ctrl-C ends.");
            AtomicBoolean stop = new AtomicBoolean();
            for (String signal : List.of("INT", "TERM")) {
                UnixSignals.on(signal, () -> stop.set(true));
            }
            show(queue, stop);
            return ExitCode.OK;
        } catch (BrokerException e) {
            System.err.println("vm-event-agent: " + LogText.of(String.valueOf(e.getMessage())));
            return ExitCode.FAILED;
        }
    }

    private void show(NotificationQueue queue, AtomicBoolean stop) throws BrokerException, InterruptedException {
        NotificationTable table = new NotificationTable(Printer.colours(), ZoneId.systemDefault());
        if (!json) {
            System.out.println(NotificationTable.HEADER);
        }
        int shown = 0;
        while (!stop.get() && (count == null || shown < count) && !System.out.checkError()) { // nobody reads: | head
            byte[] body = queue.take(POLL);
            Optional<PublishedNotification> notification = body == null
                    ? Optional.empty()
                    : NotificationTable.read(body).filter(this::isWanted);
            if (notification.isPresent()) {
                System.out.println(json ? AsciiJson.line(notification.get().object()) : table.of(notification.get()));
                shown++;
            }
        }
    }

    private boolean isWanted(PublishedNotification notification) {
        JsonNode payload = notification.payload();
        return isAmong(hosts, payload, "host")
                && isAmong(projects, payload, "project_id", "project_name")
                && isAmong(instances, payload, "instance_id", "display_name", "domain")
                && isAmong(causes, payload, "cause")
                && (names.isEmpty() || names.contains(notification.name()));
    }

    private static boolean isAmong(Set<String> wanted, JsonNode payload, String... keys) {
        return wanted.isEmpty()
                || Arrays.stream(keys)
                        .anyMatch(key -> wanted.contains(payload.path(key).asText()));
    }

    private void check() {
        if (url != null && urlFile != null) {
            throw misused("--url and --url-file exclude each other");
        }
        if (count != null && count < 1) {
            throw misused("--count must be a whole number from 1");
        }
        Set<String> known =
                Arrays.stream(Cause.values()).map(Cause::text).collect(Collectors.toCollection(LinkedHashSet::new));
        for (String cause : causes) {
            if (!known.contains(cause)) {
                throw misused("--cause: '" + cause + "' is no cause; allowed: " + String.join(" ", known));
            }
        }
        if (events != null) {
            try {
                names = EventNames.selected(events);
            } catch (IllegalArgumentException e) {
                throw misused("--event: " + e.getMessage());
            }
        }
    }

    private RabbitConfig rabbit(Configuration configuration) {
        TransportUrl there = transportUrl(configuration);
        return RabbitConfig.from(
                        configuration.overridden(RabbitOptions.SECTION, there.query(), "the transport_url's query"),
                        there)
                .named("vm-event-agent tail");
    }

    private TransportUrl transportUrl(Configuration configuration) {
        if (url == null && urlFile == null) {
            return NotificationTransport.from(configuration)
                    .transportUrl()
                    .map(text -> TransportUrl.of(configuration, text))
                    .orElseThrow(
                            () -> configuration.bad(DefaultOptions.TRANSPORT_URL, "set it, or give --url-file FILE"));
        }
        try {
            return TransportUrl.parse(
                    urlFile == null ? Objects.requireNonNull(url) : NotificationTransport.read(urlFile));
        } catch (IllegalArgumentException e) {
            throw misused((urlFile == null ? "--url: " : "--url-file: ") + e.getMessage());
        }
    }

    private ParameterException misused(String message) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
    }
}
