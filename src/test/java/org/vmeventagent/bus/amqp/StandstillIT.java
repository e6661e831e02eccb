package org.vmeventagent.bus.amqp;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.bus.amqp.BusRig.KEY;

import ch.qos.logback.classic.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.bus.Envelope;
import org.vmeventagent.bus.Publisher;
import org.vmeventagent.bus.PublisherConfig;
import org.vmeventagent.bus.PublisherListener;
import org.vmeventagent.rig.TcpProxy;
import org.vmeventagent.time.AgentClock;

/** A broker that reads no more, and is alive: the publisher comes round all the while, and loses nothing. */
@Timeout(120)
class StandstillIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration ROUND = Duration.ofSeconds(10);

    /** More than 64 of them fill the sockets of the loopback; over a network it takes far less. */
    private static final String LARGE = "x".repeat(120_000);

    private static final int ROWS = 150;

    private static Publisher publisher(BusRig rig, AmqpDialer dialer, Duration confirmTimeout) {
        return new Publisher(
                new PublisherConfig(
                        Envelope.MESSAGINGV2,
                        List.of("notifications"),
                        List.of("info"),
                        256,
                        Duration.ZERO,
                        Duration.ofMillis(500),
                        0,
                        Duration.ofMillis(300),
                        Duration.ofDays(1),
                        confirmTimeout),
                rig.outbox,
                dialer,
                PublisherListener.NONE,
                AgentClock.system(0));
    }

    private static AmqpConfig through(BusRig rig, TcpProxy proxy) {
        AmqpConfig direct = rig.config(Declare.FULL, BusRig.DURABLE);
        return new AmqpConfig(
                List.of(new Broker("127.0.0.1", proxy.port(), "guest", "guest")),
                direct.virtualHost(),
                direct.exchange(),
                direct.declare(),
                direct.shape(),
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
            await().atMost(PATIENCE).until(() -> {
                Duration now = publisher.sinceLastTurn();
                Duration before = longest.getAndSet(now);
                assertTrue(now.compareTo(ROUND) < 0, () -> "stands for " + now);
                return before.compareTo(now) > 0;
            });
        }
    }

    private static void assertArrived(BusRig rig, int rows) throws Exception {
        Received received = new Received();
        received.add(rig.drain(KEY));
        assertEquals(List.of(), received.missing(rows));
        assertTrue(received.inOrder());
    }

    @Test
    void anAlarmThatIsThereBeforeHoldsNobodyWithLargeBodies() throws Exception {
        try (BusRig rig = new BusRig()) {
            rig.outbox.add("info", ROWS, 0, LARGE);
            rig.broker.rabbitmqctl("set_vm_memory_high_watermark", "0");
            try (Publisher publisher =
                    publisher(rig, new AmqpDialer(rig.config(Declare.FULL, BusRig.DURABLE)), PATIENCE)) {
                try {
                    publisher.start();
                    await().atMost(PATIENCE).until(() -> rig.log.all().contains("takes no messages for now"));
                    assertComesRound(publisher);
                } finally {
                    rig.broker.rabbitmqctl("set_vm_memory_high_watermark", "0.4");
                }
                assertTrue(publisher.flush(PATIENCE), rig.log.all());
            }
            assertArrived(rig, ROWS);
            assertEquals(1, rig.log.at(Level.WARN).size(), rig.log.all());
        }
    }

    @Test
    void anAlarmInTheMiddleHoldsNobodyWithLargeBodies() throws Exception {
        try (BusRig rig = new BusRig();
                Publisher publisher =
                        publisher(rig, new AmqpDialer(rig.config(Declare.FULL, BusRig.DURABLE)), PATIENCE)) {
            publisher.start();
            rig.outbox.add("info", ROWS, 0, LARGE);
            assertTrue(publisher.flush(PATIENCE), rig.log.all());
            rig.broker.rabbitmqctl("set_vm_memory_high_watermark", "0");
            try {
                rig.outbox.add("info", ROWS, 0, LARGE);
                await().atMost(PATIENCE).until(() -> rig.log.all().contains("takes no messages for now"));
                assertComesRound(publisher);
            } finally {
                rig.broker.rabbitmqctl("set_vm_memory_high_watermark", "0.4");
            }
            assertTrue(publisher.flush(PATIENCE), rig.log.all());
            assertArrived(rig, 2 * ROWS);
            assertEquals(1, rig.log.at(Level.WARN).size(), rig.log.all());
        }
    }

    @Test
    void aWriteThatStandsIsCutAndNothingIsLost() throws Exception {
        try (BusRig rig = new BusRig();
                TcpProxy proxy = new TcpProxy(rig.broker.port());
                Publisher publisher = publisher(rig, new AmqpDialer(through(rig, proxy)), Duration.ofSeconds(20))) {
            publisher.start();
            rig.outbox.add("info", 1);
            assertTrue(publisher.flush(PATIENCE), rig.log.all());
            proxy.readNothing();
            rig.outbox.add("info", 1, 0, "x".repeat(16_000_000));
            await().atMost(PATIENCE).until(() -> rig.log.all().contains("it has read nothing for 10 s"));
            assertTrue(publisher.flush(PATIENCE), rig.log.all());
            assertArrived(rig, 2);
        }
    }

    @Test
    void anotherBrokerIsTakenWhileAWriteStands() throws Exception {
        try (BusRig rig = new BusRig();
                TcpProxy proxy = new TcpProxy(rig.broker.port())) {
            AmqpDialer dialer = new AmqpDialer(through(rig, proxy));
            try (Publisher publisher = publisher(rig, dialer, Duration.ofMinutes(10))) {
                publisher.start();
                rig.outbox.add("info", 1);
                assertTrue(publisher.flush(PATIENCE), rig.log.all());
                proxy.readNothing();
                rig.outbox.add("info", 1, 0, "x".repeat(16_000_000));
                await().atMost(PATIENCE).until(() -> publisher.sinceLastTurn().toSeconds() >= 2);
                assertTrue(dialer.use(rig.config(Declare.FULL, BusRig.DURABLE)));
                publisher.reconnect();
                assertTrue(publisher.flush(PATIENCE), rig.log.all());
                assertFalse(rig.log.all().contains("Lost the broker"), rig.log.all());
            }
            assertArrived(rig, 2);
        }
    }
}
