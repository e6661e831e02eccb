package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.KEY;

import ch.qos.logback.classic.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.PublisherConfig;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;
import org.vmeventagent.rig.TcpProxy;
import org.vmeventagent.time.AgentClock;

/** A broker that reads no more, and is alive: the publisher comes round all the while, and loses nothing. */
@Timeout(120)
class StandstillIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final Duration ROUND = Duration.ofSeconds(10);

    /** More than 64 of them fill the sockets of the loopback; over a network it takes far less. */
    private static final String LARGE = "x".repeat(120_000);

    private static final int ROWS = 150;

    private static Publisher publisher(PublisherRig rig, RabbitClient client, Duration confirmTimeout) {
        return new Publisher(
                new PublisherConfig(
                        OsloEnvelope.MESSAGINGV2,
                        List.of("notifications"),
                        List.of(),
                        List.of("info"),
                        256,
                        Duration.ZERO,
                        Duration.ofMillis(500),
                        0,
                        Duration.ofMillis(300),
                        Duration.ofDays(1),
                        confirmTimeout),
                rig.outbox,
                client,
                AgentMetrics.NONE,
                AgentClock.system(0));
    }

    private static RabbitConfig through(PublisherRig rig, TcpProxy proxy) {
        RabbitConfig direct = rig.config(DeclareMode.FULL, PublisherRig.DURABLE);
        return new RabbitConfig(
                List.of(new TransportUrl.Host("127.0.0.1", proxy.port(), "guest", "guest")),
                direct.virtualHost(),
                direct.exchange(),
                direct.declare(),
                direct.queueArguments(),
                direct.login(),
                direct.heartbeat(),
                direct.connectTimeout(),
                direct.connectionName(),
                null);
    }

    /** Comes round twice while the broker is under its alarm. */
    private static void assertComesRound(Publisher publisher) {
        for (int i = 0; i < 2; i++) {
            AtomicReference<Duration> longest = new AtomicReference<>(Duration.ZERO);
            await().atMost(TIMEOUT).until(() -> {
                Duration now = publisher.sinceLastProgress();
                Duration before = longest.getAndSet(now);
                assertTrue(now.compareTo(ROUND) < 0, () -> "stands for " + now);
                return before.compareTo(now) > 0;
            });
        }
    }

    private static void assertArrived(PublisherRig rig, int rows) throws Exception {
        ReceivedMessages receivedMessages = new ReceivedMessages();
        receivedMessages.add(rig.drain(KEY));
        assertEquals(List.of(), receivedMessages.missing(rows));
        assertTrue(receivedMessages.inOrder());
    }

    @Test
    void anAlarmThatIsThereBeforeHoldsNobodyWithLargeBodies() throws Exception {
        try (PublisherRig rig = new PublisherRig()) {
            rig.outbox.add("info", ROWS, 0, LARGE);
            rig.broker.rabbitmqctl("set_vm_memory_high_watermark", "0");
            try (Publisher publisher =
                    publisher(rig, new RabbitClient(rig.config(DeclareMode.FULL, PublisherRig.DURABLE)), TIMEOUT)) {
                try {
                    publisher.start();
                    await().atMost(TIMEOUT).until(() -> rig.log.all().contains("blocks publishing"));
                    assertComesRound(publisher);
                } finally {
                    rig.broker.rabbitmqctl("set_vm_memory_high_watermark", "0.4");
                }
                assertTrue(publisher.flush(TIMEOUT), rig.log.all());
            }
            assertArrived(rig, ROWS);
            assertEquals(1, rig.log.at(Level.WARN).size(), rig.log.all());
        }
    }

    @Test
    void anAlarmInTheMiddleHoldsNobodyWithLargeBodies() throws Exception {
        try (PublisherRig rig = new PublisherRig();
                Publisher publisher =
                        publisher(rig, new RabbitClient(rig.config(DeclareMode.FULL, PublisherRig.DURABLE)), TIMEOUT)) {
            publisher.start();
            rig.outbox.add("info", ROWS, 0, LARGE);
            assertTrue(publisher.flush(TIMEOUT), rig.log.all());
            rig.broker.rabbitmqctl("set_vm_memory_high_watermark", "0");
            try {
                rig.outbox.add("info", ROWS, 0, LARGE);
                await().atMost(TIMEOUT).until(() -> rig.log.all().contains("blocks publishing"));
                assertComesRound(publisher);
            } finally {
                rig.broker.rabbitmqctl("set_vm_memory_high_watermark", "0.4");
            }
            assertTrue(publisher.flush(TIMEOUT), rig.log.all());
            assertArrived(rig, 2 * ROWS);
            assertEquals(1, rig.log.at(Level.WARN).size(), rig.log.all());
        }
    }

    @Test
    void aWriteThatStandsIsCutAndNothingIsLost() throws Exception {
        try (PublisherRig rig = new PublisherRig();
                TcpProxy proxy = new TcpProxy(rig.broker.port());
                Publisher publisher = publisher(rig, new RabbitClient(through(rig, proxy)), Duration.ofSeconds(20))) {
            publisher.start();
            rig.outbox.add("info", 1);
            assertTrue(publisher.flush(TIMEOUT), rig.log.all());
            proxy.readNothing();
            rig.outbox.add("info", 1, 0, "x".repeat(16_000_000));
            await().atMost(TIMEOUT).until(() -> rig.log.all().contains("it has read nothing for 10 s"));
            assertTrue(publisher.flush(TIMEOUT), rig.log.all());
            assertArrived(rig, 2);
        }
    }

    @Test
    void anotherBrokerIsTakenWhileAWriteStands() throws Exception {
        try (PublisherRig rig = new PublisherRig();
                TcpProxy proxy = new TcpProxy(rig.broker.port())) {
            RabbitClient client = new RabbitClient(through(rig, proxy));
            try (Publisher publisher = publisher(rig, client, Duration.ofMinutes(10))) {
                publisher.start();
                rig.outbox.add("info", 1);
                assertTrue(publisher.flush(TIMEOUT), rig.log.all());
                proxy.readNothing();
                rig.outbox.add("info", 1, 0, "x".repeat(16_000_000));
                await().atMost(TIMEOUT)
                        .until(() -> publisher.sinceLastProgress().toSeconds() >= 2);
                assertTrue(client.use(rig.config(DeclareMode.FULL, PublisherRig.DURABLE)));
                publisher.reconnect();
                assertTrue(publisher.flush(TIMEOUT), rig.log.all());
                assertFalse(rig.log.all().contains("Lost the connection to the broker"), rig.log.all());
            }
            assertArrived(rig, 2);
        }
    }
}
