package org.vmeventagent.publisher.rabbitmq;

import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.KEY;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.chaos.ConsumerCalls;
import org.vmeventagent.chaos.ConsumerProcess;
import org.vmeventagent.publisher.PublisherConfig;
import org.vmeventagent.rig.BrokerCluster;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.TestAuthority;
import org.vmeventagent.rig.TlsListener;

/**
 * The agents of 1,000 hosts, as configured by default, at three nodes with a quorum queue, and the consumer of docs/consumer at the
 * other end. Nothing may be lost. Measures, for docs/scaling.md, and leaves its lines in {@code target/fleet-cluster.md}.
 */
@Tag("fleet")
@Tag("long")
@Timeout(2400)
class FleetClusterIT {
    private static final int AGENTS = Integer.getInteger("fleet.agents", 1000);
    private static final int PER_SECOND = Integer.getInteger("fleet.rate", 100);
    private static final Path REPORT = Path.of("target/fleet-cluster.md");
    private static final Duration IDLE = Duration.ofSeconds(60);
    /** The consumer takes some hundred notifications a second. */
    private static final Duration CONSUMED = Duration.ofMinutes(30);

    private static final String QUORUM = "amqp_durable_queues = true\nrabbit_quorum_queue = true";
    private static final PublisherConfig DEFAULTS =
            PublisherFleet.with(PublisherConfig.defaults().reconnectSplay());
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    @TempDir
    private Path directory;

    private final CapturedLog log = CapturedLog.open(Level.WARN);
    private final AtomicInteger changes = new AtomicInteger();
    private @Nullable BrokerCluster started;
    private String virtualHost = "";

    /** What a node says of itself. */
    private record Node(long memory, long allocated, long connections, long processorMs) {}

    @BeforeAll
    static void begin() throws IOException {
        Files.deleteIfExists(REPORT);
    }

    private void start(String configuration) {
        BrokerCluster cluster = BrokerCluster.start(configuration);
        started = cluster;
        virtualHost = cluster.nodes().get(0).newVirtualHost();
    }

    @AfterEach
    void close() {
        if (started != null) {
            started.close();
        }
        log.close();
    }

    private BrokerCluster cluster() {
        return requireNonNull(started);
    }

    private enum Listener {
        DEFAULT("default listener"),
        SMALL_BUFFERS("buffers of 128 KiB"),
        TLS("TLS");

        private final String words;

        Listener(String words) {
            this.words = words;
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyAgentConnects(Listener listener) throws Exception {
        start(
                listener == Listener.SMALL_BUFFERS
                        ? "tcp_listen_options.sndbuf = 131072\ntcp_listen_options.recbuf = 131072\n"
                        : "");
        RabbitConfig config = listener == Listener.TLS ? withTls() : config("full");
        List<Node> before = nodes();
        try (PublisherFleet fleet = new PublisherFleet(AGENTS, config, DEFAULTS)) {
            double seconds = fleet.untilConnected(true);
            List<Node> connected = nodes();
            fleet.record(1, "");
            fleet.untilConfirmed();
            List<Node> used = nodes();
            await().pollDelay(IDLE).atMost(IDLE.multipliedBy(2)).until(() -> true);
            List<Node> rested = nodes();
            report(
                    "%s: %d agents connected after %.1f s, at most %d attempts a second, %s connections; %.1f ms of the"
                            + " nodes' processors each, %.0f KB of memory each, after a message each %.0f KB; at rest"
                            + " %.1f %% of a processor",
                    listener.words,
                    AGENTS,
                    seconds,
                    fleet.mostAttemptsInASecond(),
                    connections(connected),
                    (processorMs(connected) - processorMs(before)) / (double) AGENTS,
                    (memory(connected) - memory(before)) / 1024.0 / AGENTS,
                    (memory(used) - memory(before)) / 1024.0 / AGENTS,
                    (processorMs(rested) - processorMs(used)) * 100.0 / IDLE.toMillis());
            assertEquals(AGENTS, messages());
        }
    }

    private RabbitConfig withTls() {
        TestAuthority authority = TestAuthority.root(directory, "authority");
        TlsListener listener = TlsListener.of(authority.issueRsa("broker", "IP:127.0.0.1"), authority.file());
        String hosts = cluster().nodes().stream()
                .map(node -> "guest:guest@127.0.0.1:"
                        + node.listen(List.of(listener)).get(0))
                .collect(Collectors.joining(","));
        return ParsedConfig.of(
                "rabbit://" + hosts + '/' + virtualHost,
                QUORUM + "\nssl = true\nssl_ca_file = " + authority.file(),
                "full");
    }

    @Test
    void alarmEndsAndAllSendAtOnce() throws Exception {
        start("");
        int each = 100;
        try (PublisherFleet fleet = fleet("full")) {
            fleet.untilConnected(true);
            fleet.record(1, "");
            fleet.untilConfirmed();
            List<Node> before = nodes();
            long disk = disk();
            List<FleetHost> hosts = hosts(fleet);
            highWatermark("0.0");
            record(hosts, AGENTS);
            fleet.untilBlocked();
            record(hosts, AGENTS * (each - 1));
            fleet.metrics().take();
            long begun = System.nanoTime();
            highWatermark("0.6");
            fleet.untilConfirmed();
            double seconds = (System.nanoTime() - begun) / 1e9;
            FleetMetrics.Counts counts = fleet.metrics().take();
            List<Node> after = nodes();
            int all = AGENTS * each;
            report(
                    "alarm: %d messages that waited confirmed in %.1f s, %.0f a second; %.2f ms of the nodes'"
                            + " processors each; unread each takes %.0f bytes of memory and %.0f bytes of disk on each"
                            + " node; sent again %d, connections lost %d",
                    all,
                    seconds,
                    all / seconds,
                    (processorMs(after) - processorMs(before)) / (double) all,
                    (memory(after) - memory(before)) / (double) all / after.size(),
                    (disk() - disk) / (double) all / after.size(),
                    counts.sentAgain(),
                    counts.lostConnections());
            assertTrue(messages() >= AGENTS + all, "messages in the queue");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8_300, 100_000})
    void backlogOfAnOutageIsDrained(int backlog) throws Exception {
        start("");
        try (ConsumerProcess consumer = consumer();
                PublisherFleet fleet = fleet("bind")) {
            List<FleetHost> hosts = hosts(fleet);
            fleet.untilConnected(true);
            record(hosts, AGENTS);
            fleet.untilConfirmed();
            cluster().nodes().parallelStream().forEach(RabbitBroker::kill9);
            fleet.untilConnected(false);
            fleet.metrics().take();
            record(hosts, backlog);
            cluster().startAll();
            long begun = System.nanoTime();
            fleet.mostAttemptsInASecond();
            double connected = fleet.untilConnected(true);
            fleet.untilConfirmed();
            double confirmed = (System.nanoTime() - begun) / 1e9;
            List<Node> nodes = nodes();
            long unread = messages();
            FleetMetrics.Counts counts = fleet.metrics().take();
            awaitAll(consumer, hosts);
            double consumed = (System.nanoTime() - begun) / 1e9;
            report(
                    "outage: backlog of %d: all connected %.1f s after the nodes serve, %s connections, at most %d"
                            + " attempts a second, %d connections lost again; all confirmed after %.1f s, sent again %d;"
                            + " then %d are unread, and the nodes take %s MB of memory; the consumer had all after %.1f s",
                    backlog,
                    connected,
                    connections(nodes),
                    fleet.mostAttemptsInASecond(),
                    counts.lostConnections(),
                    confirmed,
                    counts.sentAgain(),
                    unread,
                    list(nodes, node -> node.memory() >> 20),
                    consumed);
            nothingIsMissing(consumer, hosts);
            untilNoConnectionIsLeft();
        }
    }

    @Test
    void nodesRestartWhileNotificationsFlow() throws Exception {
        start("");
        try (ConsumerProcess consumer = consumer();
                PublisherFleet fleet = fleet("bind")) {
            List<FleetHost> hosts = hosts(fleet);
            report("flow: all connected after %.1f s", fleet.untilConnected(true));
            try (SteadyWriter load = new SteadyWriter(rows -> record(hosts, rows), PER_SECOND)) {
                await().atMost(Duration.ofMinutes(2))
                        .until(() -> hosts.get(AGENTS - 1).last() > 0);
                for (RabbitBroker node : cluster().nodes()) {
                    happens("restarted", node, fleet, RabbitBroker::stop, RabbitBroker::start);
                }
                happens("killed and started", leader(), fleet, RabbitBroker::kill9, RabbitBroker::start);
                happens("frozen", leader(), fleet, RabbitBroker::freeze, RabbitBroker::thaw);
                load.pause();
            }
            double confirmed = fleet.untilConfirmed();
            List<Node> nodes = nodes();
            long begun = System.nanoTime();
            awaitAll(consumer, hosts);
            report(
                    "flow: %d notifications, all confirmed %.1f s after the last; the consumer had all %.1f s later; the"
                            + " nodes take %s MB of memory",
                    changes.get(),
                    confirmed,
                    (System.nanoTime() - begun) / 1e9,
                    list(nodes, node -> node.memory() >> 20));
            nothingIsMissing(consumer, hosts);
            untilNoConnectionIsLeft();
        }
    }

    private interface Act {
        void on(RabbitBroker node);
    }

    private void happens(String what, RabbitBroker node, PublisherFleet fleet, Act begin, Act end) {
        boolean leads = node == leader();
        long ours = fleet.connected();
        fleet.metrics().take();
        fleet.mostAttemptsInASecond();
        int warned = log.at(Level.WARN).size();
        long begun = System.nanoTime();
        begin.on(node);
        double ended = (System.nanoTime() - begun) / 1e9;
        fleet.untilConfirmed();
        fleet.untilConnected(true);
        double back = (System.nanoTime() - begun) / 1e9;
        FleetMetrics.Counts counts = fleet.metrics().take();
        end.on(node);
        fleet.untilConnected(true);
        fleet.untilConfirmed();
        FleetMetrics.Counts later = fleet.metrics().take();
        report(
                "flow: %s %s: down after %.1f s; of %d agents %d lost their connection, all were back, with all"
                        + " confirmed, after %.1f s; at most %d attempts a second; longest time without any confirm %.1f s,"
                        + " longest wait of one message %.1f s; refused %d, sent again %d, %d warnings; when the node came"
                        + " back: %d connections lost, longest time without any confirm %.1f s, the old connections gone"
                        + " after %.1f s; %s connections, %d unread",
                leads ? "the leader" : "a follower",
                what,
                ended,
                ours,
                counts.lostConnections(),
                back,
                fleet.mostAttemptsInASecond(),
                counts.longestWithoutConfirm(),
                counts.longestConfirm(),
                counts.nacked(),
                counts.sentAgain(),
                log.at(Level.WARN).size() - warned,
                later.lostConnections(),
                later.longestWithoutConfirm(),
                untilNoConnectionIsLeft(),
                connections(nodes()),
                messages());
    }

    /** Seconds until the nodes have the connections of the agents and of the consumer, and no other. */
    private double untilNoConnectionIsLeft() {
        long begun = System.nanoTime();
        await().atMost(Duration.ofMinutes(5))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> cluster().nodes().stream()
                                .mapToInt(node ->
                                        Integer.parseInt(node.eval("length(rabbit_networking:local_connections()).")))
                                .sum()
                        == AGENTS + 1);
        return (System.nanoTime() - begun) / 1e9;
    }

    private PublisherFleet fleet(String declare) {
        return new PublisherFleet(AGENTS, config(declare), DEFAULTS);
    }

    private RabbitConfig config(String declare) {
        return ParsedConfig.of(cluster().url(virtualHost), QUORUM, declare);
    }

    private ConsumerProcess consumer() {
        return new ConsumerProcess(directory, cluster().url(virtualHost) + "?rabbit_quorum_queue=true", 0);
    }

    private static List<FleetHost> hosts(PublisherFleet fleet) {
        return IntStream.range(0, AGENTS)
                .mapToObj(i -> new FleetHost(
                        String.format(Locale.ROOT, "cmp-%04d", i),
                        fleet.outboxes().get(i)))
                .toList();
    }

    /** So many more notifications, of one host after the other. */
    private void record(List<FleetHost> hosts, int notifications) {
        for (int i = 0; i < notifications; i++) {
            hosts.get(changes.getAndIncrement() % AGENTS).happens(1);
        }
    }

    private static void awaitAll(ConsumerProcess consumer, List<FleetHost> hosts) {
        Map<String, Long> last = hosts.stream().collect(Collectors.toMap(FleetHost::name, FleetHost::last));
        await().atMost(CONSUMED)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> consumer.complete().equals(last));
    }

    /** Every number of every host was called back in order, and the view is what the hosts have. */
    private static void nothingIsMissing(ConsumerProcess consumer, List<FleetHost> hosts) throws Exception {
        Map<String, List<String>> calls = ConsumerCalls.byHost(consumer.calls());
        assertEquals(hosts.stream().map(FleetHost::name).collect(Collectors.toSet()), calls.keySet());
        for (FleetHost host : hosts) {
            List<String> lines = calls.getOrDefault(host.name(), List.of());
            ConsumerCalls.check(lines, host.name());
            assertEquals(
                    LongStream.rangeClosed(1, host.last()).boxed().toList(),
                    ConsumerCalls.of(lines, host.name()).stream()
                            .map(ConsumerCalls.Call::sequence)
                            .toList(),
                    host.name());
        }
        assertEquals(hosts.stream().collect(Collectors.toMap(FleetHost::name, FleetHost::states)), consumer.states());
    }

    private RabbitBroker leader() {
        return cluster().leader(cluster().nodes().get(0), virtualHost, KEY);
    }

    private long messages() {
        return cluster()
                .nodes()
                .get(0)
                .rabbitmqctl("list_queues", "-p", virtualHost, "name", "messages")
                .lines()
                .filter(line -> line.startsWith(KEY + '\t'))
                .mapToLong(
                        line -> Long.parseLong(line.substring(KEY.length() + 1).strip()))
                .sum();
    }

    /** One node's alarm stops the publishers of all. */
    private void highWatermark(String part) {
        cluster().nodes().get(0).eval("vm_memory_monitor:set_vm_memory_high_watermark(" + part + ").");
    }

    private List<Node> nodes() {
        return cluster().nodes().stream().map(FleetClusterIT::node).toList();
    }

    private static Node node(RabbitBroker broker) {
        List<Long> numbers = NUMBER.matcher(broker.eval("[garbage_collect(P) || P <- processes()],"
                        + " [erlang:memory(total), vm_memory_monitor:get_process_memory(),"
                        + " length(rabbit_networking:local_connections()), list_to_integer(os:getpid())]."))
                .results()
                .map(number -> Long.parseLong(number.group()))
                .toList();
        Duration processor = ProcessHandle.of(numbers.get(3))
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow();
        return new Node(numbers.get(0), numbers.get(1), numbers.get(2), processor.toMillis());
    }

    private long disk() {
        return cluster().nodes().stream()
                .mapToLong(node -> Long.parseLong(
                                node.eval(
                                        "list_to_integer(hd(string:tokens(os:cmd(\"du -sk \" ++ rabbit_mnesia:dir()), \"\\t\")))."))
                        * 1024)
                .sum();
    }

    private static long memory(List<Node> nodes) {
        return nodes.stream().mapToLong(Node::memory).sum();
    }

    private static long processorMs(List<Node> nodes) {
        return nodes.stream().mapToLong(Node::processorMs).sum();
    }

    private static String connections(List<Node> nodes) {
        return list(nodes, Node::connections);
    }

    private static String list(List<Node> nodes, Function<Node, Long> what) {
        return nodes.stream().map(node -> what.apply(node).toString()).collect(Collectors.joining(" + "));
    }

    private static void report(String line, Object... values) {
        try {
            Files.writeString(
                    REPORT,
                    "- " + String.format(Locale.ROOT, line, values) + '\n',
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
