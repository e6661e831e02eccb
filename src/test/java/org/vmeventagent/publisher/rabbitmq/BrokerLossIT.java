package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.KEY;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.SOON;

import ch.qos.logback.classic.Level;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;

/** A broker that is stuck, and several hosts. The other ways in which a broker goes are in {@link FaultIT}. */
@Timeout(90)
class BrokerLossIT {
    private final PublisherRig rig = new PublisherRig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void frozenBrokerIsDisconnectedThoughAWriteIsStuck() throws Exception {
        Publisher publisher = rig.publish(rig.config(
                "guest", "guest", rig.virtualHost, DeclareMode.FULL, PublisherRig.DURABLE, Duration.ofSeconds(1)));
        rig.outbox.add("info", 1);
        assertTrue(publisher.flush(SOON));
        rig.broker.freeze();
        try {
            rig.outbox.add("info", 1, 0, "x".repeat(16_000_000));
            await().atMost(SOON).pollInterval(Duration.ofMillis(10)).until(() -> stuck());
            await().atMost(Duration.ofSeconds(10)).until(() -> !publisher.connected());
        } finally {
            rig.broker.thaw();
        }
        assertTrue(publisher.flush(SOON), rig.log.all());
        assertFalse(rig.log.all().contains("STACK"), rig.log.all());
    }

    @Test
    void closesInTimeWhileTheBrokerIsFrozen() {
        Publisher publisher = rig.publish(rig.config(DeclareMode.FULL, PublisherRig.DURABLE));
        rig.outbox.add("info", 1);
        await().atMost(SOON).until(() -> rig.outbox.acknowledged(KEY) == 1);
        rig.broker.freeze();
        long begun = System.nanoTime();
        try {
            rig.outbox.add("info", 1, 0, "x".repeat(16_000_000));
            await().atMost(SOON).until(() -> stuck());
            publisher.close();
        } finally {
            rig.broker.thaw();
        }
        assertTrue(System.nanoTime() - begun < Duration.ofSeconds(8).toNanos(), "took too long");
        assertFalse(publisher.connected());
        assertFalse(rig.log.all().contains("left behind"), rig.log.all());
    }

    private static boolean stuck() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().equals("publisher"))
                .flatMap(thread -> List.of(thread.getValue()).stream())
                .anyMatch(frame -> frame.getMethodName().equals("basicPublish"));
    }

    @Test
    void deadHostIsPassedOver() throws Exception {
        Publisher publisher = rig.publish(withBrokers(
                new TransportUrl.Host("127.0.0.1", 1, "nobody", "none"),
                new TransportUrl.Host("127.0.0.1", rig.broker.port(), "guest", "guest")));
        rig.outbox.add("info", 1);
        assertTrue(publisher.flush(SOON), rig.log.all());
        assertEquals(List.of(), rig.log.at(Level.WARN));
    }

    private RabbitConfig withBrokers(TransportUrl.Host... brokers) {
        RabbitConfig there = rig.config(DeclareMode.FULL, QueueArguments.TRANSIENT);
        return new RabbitConfig(
                List.of(brokers),
                there.virtualHost(),
                there.exchange(),
                there.declare(),
                there.queueArguments(),
                there.login(),
                there.heartbeat(),
                there.connectTimeout(),
                "test",
                null);
    }

    @Test
    void brokerThatIsNotThereIsReportedOnce() {
        rig.publish(withBrokers(
                new TransportUrl.Host("127.0.0.1", 1, "guest", "guest"),
                new TransportUrl.Host("no-such-host.invalid", 5672, "guest", "guest")));
        await().atMost(SOON).until(() -> rig.log.all().contains("Still can't connect to the broker"));
        List<String> warned = rig.log.at(Level.WARN);
        assertEquals(1, warned.size(), warned.toString());
        assertTrue(
                warned.get(0).contains("127.0.0.1:1: Connection refused")
                        && warned.get(0).contains("no-such-host.invalid:5672: unknown host"),
                warned.toString());
    }
}
