package org.vmeventagent.cli;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.ConnectionUri;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.libvirt.ConnectionListener;
import org.vmeventagent.libvirt.LibvirtConfig;
import org.vmeventagent.libvirt.LibvirtConnection;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.logging.Logging;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.recorder.LibvirtQueries;
import org.vmeventagent.system.UnixSignals;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows what happens on this host, without a bus and without writing anything. */
@Command(
        name = "watch",
        description = "Shows every domain event as it happens, joined with its instance. Needs no bus, writes nothing.",
        footer = {
            "",
            "Examples:",
            "  vm-event-agent watch",
            "  vm-event-agent watch --connection qemu:///system --connection lxc:///",
            "  vm-event-agent watch --json | jq 'select(.payload.severity == \"error\")'"
        })
final class WatchCommand implements Callable<Integer> {
    private static final int QUEUE = 16_384;

    @Option(
            names = "--connection",
            paramLabel = "URI",
            converter = CommandLineInterface.ConnectionUriConverter.class,
            description = "A libvirt connection URI; may be given several times. Default: qemu:///system")
    private List<String> connections = List.of("qemu:///system");

    @Option(names = "--json", description = "One JSON object a line: the notification that would be published.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        ConnectionUri.repeated(connections).ifPresent(same -> {
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), same);
        });
        Logging.quiet();
        AtomicBoolean stop = new AtomicBoolean();
        EventQueue queue = new EventQueue(QUEUE);
        for (String signal : List.of("INT", "TERM")) {
            UnixSignals.on(signal, () -> {
                stop.set(true);
                queue.put(new LibvirtInput.Command(() -> {}));
            });
        }
        Map<String, LibvirtConnection> open = new ConcurrentHashMap<>();
        LiveView.Sink sink = json ? Printer.json(System.out) : Printer.lines(System.out);
        LiveView view = new LiveView(queue, questions(open), sink);
        try {
            for (String uri : Set.copyOf(connections)) {
                LibvirtConnection connection =
                        new LibvirtConnection(LibvirtConfig.defaults(), uri, queue, new Announced(), AgentMetrics.NONE);
                open.put(connection.uri(), connection);
                connection.start();
            }
            view.runUntil(() -> stop.get() || System.out.checkError()); // nobody reads any more: | head
            return ExitCode.OK;
        } finally {
            open.values().forEach(LibvirtConnection::stop);
            open.values().forEach(LibvirtConnection::close);
        }
    }

    private static LibvirtQueries questions(Map<String, LibvirtConnection> open) {
        return new LibvirtQueries() {
            @Override
            public void list(String connectionUri) {
                Optional.ofNullable(open.get(connectionUri)).ifPresent(LibvirtConnection::requestListing);
            }

            @Override
            public void query(String connectionUri, UUID uuid) {
                Optional.ofNullable(open.get(connectionUri)).ifPresent(connection -> connection.query(uuid));
            }
        };
    }

    /** On a quiet host this line is the only sign that it works; beside the output, which a program may read. */
    private static final class Announced implements ConnectionListener {
        @Override
        public void subscribed(String uri, int registered, OptionalInt domains) {
            String known = domains.isEmpty()
                    ? "its domains are not listed yet"
                    : domains.getAsInt() + (domains.getAsInt() == 1 ? " domain" : " domains");
            System.err.println("Watching " + LogText.of(uri) + ", " + known + "; Ctrl-C ends.");
        }
    }
}
