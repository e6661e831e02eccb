package org.vmeventagent.agent;

import static org.vmeventagent.agent.Finding.Level.ERROR;
import static org.vmeventagent.agent.Finding.Level.WARNING;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.LibvirtOptions;
import org.vmeventagent.config.NovaConfigImport;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.libvirt.ConnectionProbe;
import org.vmeventagent.libvirt.LibvirtConnection;
import org.vmeventagent.libvirt.LibvirtFailure;
import org.vmeventagent.publisher.BrokerProblem;
import org.vmeventagent.publisher.PublisherConfig;
import org.vmeventagent.publisher.rabbitmq.BrokerProbe;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig;
import org.vmeventagent.publisher.rabbitmq.TransportUrl;
import org.vmeventagent.system.HostName;
import org.vmeventagent.system.Threads;

/**
 * Whether an agent with this configuration would work on this host: for the command {@code check}. Changes nothing, and
 * needs no agent.
 *
 * <p>What may hang runs on a thread of its own, all at once, and is left behind after {@link #LIMIT}.
 */
public final class HostCheck {
    /** How long all of it takes at most. */
    static final Duration LIMIT = Duration.ofSeconds(10);

    /** To connect to a broker, and again to log in: less than {@link #LIMIT}, so that the client says what it waited for. */
    private static final Duration BROKER_TIMEOUT = Duration.ofSeconds(4);

    /** Where Nova's packages have it. */
    private static final Path NOVA = Path.of("/etc/nova/nova.conf");

    private final AgentConfig config;
    private final long deadline = System.nanoTime() + LIMIT.toNanos();

    private HostCheck(AgentConfig config) {
        this.config = config;
    }

    /**
     * Checks everything.
     *
     * @param nova files of Nova's configuration in the order in which a later one wins; none: Nova's usual one, if it is
     *     there
     * @return at least one for each name, always in the same order
     * @throws ConfigException when there is no start with this configuration
     */
    public static List<Finding> run(Configuration configuration, List<Path> nova) throws InterruptedException {
        return new HostCheck(AgentConfig.from(configuration)).findings(nova);
    }

    private List<Finding> findings(List<Path> nova) throws InterruptedException {
        Map<String, FutureTask<List<Finding>>> connections = new LinkedHashMap<>();
        Map<String, FutureTask<Optional<String>>> software = new HashMap<>();
        for (String uri : new LinkedHashSet<>(config.options().get(LibvirtOptions.CONNECTION_URI))) {
            connections.put(uri, start(() -> connection(uri)));
            software.put(uri, start(() -> software(uri)));
        }
        List<FutureTask<BrokerProbe>> brokers = new ArrayList<>();
        List<TransportUrl.Host> hosts = hosts();
        hosts.forEach(host -> brokers.add(start(() -> probe(host))));
        FutureTask<List<Finding>> database = start(() -> DatabaseCheck.of(config.store()));

        List<Finding> findings = new ArrayList<>(configuration());
        findings.add(host(nova));
        findings.add(java());
        findings.addAll(await(database)
                .orElseGet(() ->
                        List.of(late("database", ERROR, config.store().path().toString()))));
        for (Map.Entry<String, FutureTask<List<Finding>>> connection : connections.entrySet()) {
            String shown = LibvirtConnection.shown(connection.getKey());
            List<Finding> found = await(connection.getValue()).orElseGet(() -> List.of(late("libvirt", ERROR, shown)));
            findings.addAll(found);
            FutureTask<Optional<String>> versions = software.get(connection.getKey());
            if (versions != null && found.get(0).level() == Finding.Level.OK) {
                findings.add(software(shown, await(versions).flatMap(Function.identity())));
            }
        }
        findings.addAll(broker(hosts, brokers));
        return findings;
    }

    private List<Finding> configuration() {
        List<Finding> findings = config.warnings().stream()
                .map(warning -> Finding.of("configuration", WARNING, warning))
                .toList();
        return findings.isEmpty() ? List.of(Finding.ok("configuration", "no option is wrong or unknown")) : findings;
    }

    private Finding host(List<Path> nova) {
        String host = config.notification().host();
        String published = "notifications name this host " + host + ", "
                + (config.options().isSet(DefaultOptions.HOST)
                        ? "as [DEFAULT] host says"
                        : "the host name of the system");
        if (nova.isEmpty() && !Files.exists(NOVA)) {
            return Finding.ok("host", published + ", and there is no " + NOVA + " to compare it with");
        }
        List<Path> files = nova.isEmpty() ? List.of(NOVA) : nova;
        String shown = files.stream().map(Path::toString).collect(Collectors.joining(", "));
        try {
            String novas = NovaConfigImport.host(files, HostName::get);
            if (novas.equals(host)) {
                return Finding.ok("host", published + "; Nova does so by " + shown);
            }
            return new Finding(
                    "host",
                    ERROR,
                    published + ", and Nova names it " + novas + " by " + shown,
                    "set [DEFAULT] host = " + novas + ", else no collector can join our notifications with Nova's");
        } catch (ConfigException e) {
            return new Finding(
                    "host",
                    WARNING,
                    published + ", which can't be compared with Nova's: " + e.getMessage(),
                    "compare it with openstack compute service list, or check as a user who may read that file");
        }
    }

    private static Finding java() {
        return Finding.ok(
                "java",
                "Java " + System.getProperty("java.version") + " of " + System.getProperty("java.vendor") + " in "
                        + System.getProperty("java.home"));
    }

    private List<Finding> connection(String uri) throws InterruptedException {
        String shown = LibvirtConnection.shown(uri);
        try {
            ConnectionProbe probe = ConnectionProbe.of(uri, config.libvirt());
            return List.of(
                    Finding.ok("libvirt", shown + " opens read-only and " + events(probe)), domains(shown, probe));
        } catch (LibvirtFailure e) {
            return List.of(new Finding(
                    "libvirt",
                    ERROR,
                    shown + " can't be used: " + e.getMessage(),
                    "check that libvirtd or virtqemud runs, that this user may use its read-only socket, and [libvirt]"
                            + " connection_uri"));
        }
    }

    private static Optional<String> software(String uri) {
        try {
            return Optional.of(ConnectionProbe.software(uri));
        } catch (LibvirtFailure e) {
            return Optional.empty();
        }
    }

    private static Finding software(String shown, Optional<String> versions) {
        return versions.map(text -> Finding.ok("libvirt", shown + " is " + text))
                .orElseGet(() -> new Finding(
                        "libvirt",
                        WARNING,
                        shown + " has not said its version in time",
                        "check again: after its installation the daemon runs each QEMU once before it knows"));
    }

    private String events(ConnectionProbe probe) {
        if (probe.events().isEmpty()) {
            return "has no events: its domains are listed every "
                    + config.libvirt().pollInterval().toMillis() + " ms";
        }
        String names = probe.events().stream().map(EventKind::libvirtName).collect(Collectors.joining(", "));
        return "registers " + probe.events().size() + " event ids: " + names
                + (probe.remarks().isEmpty() ? "" : "; " + probe.remarks());
    }

    private static Finding domains(String shown, ConnectionProbe probe) {
        String count = probe.domains().isEmpty()
                ? " has not listed its domains in time"
                : " has " + probe.domains().getAsInt() + (probe.domains().getAsInt() == 1 ? " domain" : " domains");
        if (probe.domains().isPresent() && probe.unanswered() == 0) {
            return Finding.ok("libvirt", shown + count);
        }
        return new Finding(
                "libvirt",
                WARNING,
                shown + count + (probe.unanswered() == 0 ? "" : ", " + probe.unanswered() + " of which don't answer"),
                "find what holds the lock of a domain: a hook, a start that takes long, or storage that doesn't answer");
    }

    private List<TransportUrl.Host> hosts() {
        RabbitConfig amqp = config.amqp();
        return amqp == null ? List.of() : amqp.hosts();
    }

    private BrokerProbe probe(TransportUrl.Host host) throws InterruptedException {
        RabbitConfig amqp = config.amqp();
        PublisherConfig publisher = config.publisher();
        if (amqp == null || publisher == null) {
            throw new IllegalStateException("there is no broker");
        }
        List<String> keys = publisher.allTopics().stream()
                .flatMap(topic -> publisher.priorities().stream().map(priority -> topic + '.' + priority))
                .toList();
        return BrokerProbe.of(amqp.only(host, BROKER_TIMEOUT), keys);
    }

    /** Each host, then what is in the first one that lets us in: they are one cluster. */
    private List<Finding> broker(List<TransportUrl.Host> hosts, List<FutureTask<BrokerProbe>> brokers)
            throws InterruptedException {
        if (hosts.isEmpty()) {
            return List.of(Finding.ok("broker", "no driver sends to one"));
        }
        List<Optional<BrokerProbe>> probes = new ArrayList<>();
        for (FutureTask<BrokerProbe> broker : brokers) {
            probes.add(await(broker));
        }
        Optional<BrokerProbe> usable = probes.stream()
                .flatMap(Optional::stream)
                .filter(BrokerProbe::isUsable)
                .findFirst();
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            Finding.Level unreachable = usable.isPresent() ? WARNING : ERROR;
            String address = hosts.get(i).address();
            findings.add(probes.get(i)
                    .map(probe -> login(probe, unreachable))
                    .orElseGet(() -> late("broker", unreachable, address)));
        }
        usable.ifPresent(probe -> probe.parts().forEach(part -> findings.add(part(part))));
        return findings;
    }

    private static Finding login(BrokerProbe probe, Finding.Level unreachable) {
        BrokerProblem problem = probe.problem();
        if (problem == null) {
            return Finding.ok("broker", probe.text());
        }
        return Finding.of(
                "broker", problem.kind() == BrokerProblem.Kind.UNREACHABLE ? unreachable : ERROR, problem.text());
    }

    /** What is missing is what a key waits for: the collector may make it later. */
    private static Finding part(BrokerProbe.Part part) {
        BrokerProblem problem = part.problem();
        if (problem == null) {
            return Finding.ok("broker", part.text());
        }
        return Finding.of("broker", problem.kind() == BrokerProblem.Kind.UNROUTABLE ? WARNING : ERROR, problem.text());
    }

    private static Finding late(String name, Finding.Level level, String what) {
        return new Finding(
                name,
                level,
                what + ": no answer within " + LIMIT.toSeconds() + " s",
                "find out why it hangs: the server, the network or the file system");
    }

    private static <T> FutureTask<T> start(Callable<T> check) {
        FutureTask<T> task = new FutureTask<>(check);
        Threads.once("check", task).start();
        return task;
    }

    /** Empty when it isn't there in time. */
    private <T> Optional<T> await(FutureTask<T> task) throws InterruptedException {
        try {
            return Optional.of(task.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
