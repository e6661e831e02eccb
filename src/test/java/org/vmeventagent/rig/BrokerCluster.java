package org.vmeventagent.rig;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Three nodes of the installed rabbitmq-server, on the loopback, which find each other while they start. Used by one
 * thread.
 */
public final class BrokerCluster implements AutoCloseable {
    private static final int SIZE = 3;

    private final List<LocalBroker> nodes;
    private final AtomicBoolean closed = new AtomicBoolean();

    private BrokerCluster(List<LocalBroker> nodes) {
        this.nodes = nodes;
    }

    /** Starts all at once; returns when the three are one. */
    public static BrokerCluster start() {
        return start("");
    }

    /** The same, with more lines in each rabbitmq.conf. */
    public static BrokerCluster start(String more) {
        List<Integer> ports =
                Stream.generate(RabbitBroker::freePort).distinct().limit(SIZE).toList();
        String configuration = "cluster_formation.peer_discovery_backend = classic_config\n"
                + "cluster_formation.target_cluster_size_hint = " + SIZE + '\n'
                + ports.stream()
                        .map(port -> "cluster_formation.classic_config.nodes." + (ports.indexOf(port) + 1) + " = "
                                + LocalBroker.nodeName(port) + '\n')
                        .collect(Collectors.joining())
                + more;
        BrokerCluster cluster = new BrokerCluster(ports.stream()
                .map(port -> new LocalBroker(port, "VMEVENTAGENTCLUSTER" + ports.get(0), configuration, "[]."))
                .toList());
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::close, "cluster-end"));
        cluster.startAll();
        cluster.nodes.get(0).rabbitmqctl("await_online_nodes", Integer.toString(SIZE), "--timeout", "50");
        return cluster;
    }

    public List<? extends RabbitBroker> nodes() {
        return nodes;
    }

    /** A transport_url for the administrator of {@link RabbitBroker#newVirtualHost}, with all nodes. */
    public String url(String virtualHost) {
        return nodes.stream()
                .map(node -> "guest:guest@127.0.0.1:" + node.port())
                .collect(Collectors.joining(",", "rabbit://", "/" + virtualHost));
    }

    /** Starts the nodes after an end of all, at once: each waits for the others. */
    public void startAll() {
        all(LocalBroker::start);
    }

    /** The node that leads a quorum queue, as another one says. */
    public RabbitBroker leader(RabbitBroker asked, String virtualHost, String queue) {
        String listed = asked.rabbitmqctl("list_queues", "-p", virtualHost, "name", "leader");
        String line = listed.lines()
                .filter(text -> text.startsWith(queue + '\t'))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no queue " + queue + " in " + listed));
        return nodes.stream()
                .filter(node -> line.contains(LocalBroker.nodeName(node.port())))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no leader in " + line));
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            all(LocalBroker::remove);
        }
    }

    private void all(Consumer<LocalBroker> what) {
        CompletableFuture.allOf(nodes.stream()
                        .map(node -> CompletableFuture.runAsync(() -> what.accept(node), OwnThread.EACH))
                        .toArray(CompletableFuture<?>[]::new))
                .join();
    }
}
