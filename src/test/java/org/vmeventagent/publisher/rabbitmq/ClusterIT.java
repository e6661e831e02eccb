package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.KEY;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.rig.BrokerCluster;
import org.vmeventagent.rig.OwnThread;
import org.vmeventagent.rig.RabbitBroker;

/** Three nodes, all in the transport_url, and a quorum queue. Leaves its rows in {@code target/cluster.md}. */
@Timeout(300)
class ClusterIT {
    private static final Duration DEADLINE = Duration.ofSeconds(40);
    private static final int PER_SECOND = 300;

    private static BrokerCluster cluster;

    private final List<String> rows = new ArrayList<>();
    private int chosen;

    @BeforeAll
    static void start() {
        cluster = BrokerCluster.start();
    }

    @AfterAll
    static void end() {
        cluster.close();
    }

    @Test
    void leaderAndOurNodeAreKilledUnderLoadAndNothingIsLost() throws Exception {
        try (PublisherRig rig = new PublisherRig(cluster.nodes().get(0))) {
            RabbitClient client = new RabbitClient(everyNode(rig.virtualHost, 2));
            Publisher publisher = rig.publish(client, OsloEnvelope.MESSAGINGV2, List.of("info"));
            try (SteadyWriter steadyWriter = new SteadyWriter(rig.outbox, "info", PER_SECOND)) {
                await().atMost(DEADLINE).until(() -> rig.outbox.acknowledged(KEY) > PER_SECOND);
                RabbitBroker leader = cluster.leader(rig.broker, rig.virtualHost, KEY);
                await().atMost(DEADLINE).until(() -> isWithAnotherThan(leader, publisher, client, rig));
                kill(rig, leader, "the queue's leader");
                assertNotEquals(leader, cluster.leader(ours(rig), rig.virtualHost, KEY));
                leader.start();
                RabbitBroker ours = ours(rig);
                kill(rig, ours, "the node that the agent is connected with");
                loseTheMajority(rig, ours);
                steadyWriter.pause();
            }
            assertTrue(publisher.flush(DEADLINE), rig.log.all());
            ReceivedMessages receivedMessages = new ReceivedMessages();
            receivedMessages.add(rig.drain(KEY));
            assertEquals(List.of(), receivedMessages.missing(rig.outbox.last()));
            assertEquals(rig.outbox.last(), receivedMessages.distinct(), "one message_id a row");
            assertTrue(receivedMessages.inOrder());
            rows.add("lost 0, duplicates " + (receivedMessages.total() - rig.outbox.last()));
            Files.write(Path.of("target/cluster.md"), rows);
        }
    }

    /** Where it isn't, another configuration makes it choose again: once for each connection that it made. */
    private boolean isWithAnotherThan(RabbitBroker node, Publisher publisher, RabbitClient client, PublisherRig rig) {
        boolean other = ours(rig) != node;
        int made = connected(rig).size();
        if (!other && made > chosen) {
            chosen = made;
            client.use(everyNode(rig.virtualHost, 2 + made));
            publisher.reconnect();
        }
        return other;
    }

    /** One node is dead already; now a second one dies, and both come back. */
    private void loseTheMajority(PublisherRig rig, RabbitBroker dead) throws Exception {
        RabbitBroker next = ours(rig);
        next.kill9();
        long then = rig.outbox.last() + 2 * PER_SECOND;
        await().atMost(DEADLINE).until(() -> rig.outbox.last() > then);
        assertTrue(rig.outbox.acknowledged(KEY) < then, "nothing is confirmed without a majority");
        CompletableFuture.allOf(
                        CompletableFuture.runAsync(dead::start, OwnThread.EACH),
                        CompletableFuture.runAsync(next::start, OwnThread.EACH))
                .get(60, TimeUnit.SECONDS);
        long begun = System.nanoTime();
        long due = rig.outbox.last();
        await().atMost(DEADLINE).until(() -> rig.outbox.acknowledged(KEY) >= due);
        rows.add(String.format(
                Locale.ROOT,
                "two of three nodes killed: all that waited confirmed %.1f s after they serve",
                (System.nanoTime() - begun) / 1e9));
    }

    private void kill(PublisherRig rig, RabbitBroker node, String who) throws IOException {
        long warned = rig.log.at(Level.WARN).size();
        node.kill9();
        long begun = System.nanoTime();
        long due = rig.outbox.last() + PER_SECOND;
        await().atMost(DEADLINE).until(() -> rig.outbox.acknowledged(KEY) >= due);
        // the loss, and that a queue whose leader is gone refuses, until it has another one
        assertTrue(rig.log.at(Level.WARN).size() <= warned + 2, rig.log.all());
        rows.add(String.format(
                Locale.ROOT,
                "%s killed: a second's notifications later confirmed after %.1f s",
                who,
                (System.nanoTime() - begun) / 1e9));
    }

    /** The node that the publisher's last connection is with. */
    private static RabbitBroker ours(PublisherRig rig) {
        List<String> connected = connected(rig);
        String last = connected.get(connected.size() - 1);
        return cluster.nodes().stream()
                .filter(node -> last.contains("127.0.0.1:" + node.port() + ','))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> connected(PublisherRig rig) {
        return rig.log.at(Level.INFO).stream()
                .filter(line -> line.startsWith("Connected to"))
                .toList();
    }

    private static RabbitConfig everyNode(String virtualHost, int heartbeatSeconds) {
        return ParsedConfig.of(
                cluster.url(virtualHost),
                "rabbit_quorum_queue = true\nheartbeat_timeout_threshold = " + heartbeatSeconds,
                "full");
    }
}
