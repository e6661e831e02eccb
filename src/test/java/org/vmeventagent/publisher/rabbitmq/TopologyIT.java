package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.EXCHANGE;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.KEY;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.SOON;

import ch.qos.logback.classic.Level;
import com.rabbitmq.client.Channel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;
import org.vmeventagent.rig.PlatformTrait;
import org.vmeventagent.rig.RabbitBroker;

/** What is declared, what is taken as it is, and what is said when the broker refuses. */
@Timeout(60)
class TopologyIT {
    private final PublisherRig rig = new PublisherRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private void until(String logged) {
        await(logged).atMost(SOON).until(() -> rig.log.all().contains(logged));
    }

    private void untilDelivered(int rows) {
        await().atMost(SOON).until(() -> rig.outbox.acknowledged(KEY) >= rows);
    }

    @Test
    void keyWithoutQueueWaitsUntilItAppearsAndOthersGoOn() throws Exception {
        try (Channel channel = rig.channel()) {
            channel.queueDeclare("notifications.error", false, false, false, Map.of());
            rig.publish(
                    rig.config(DeclareMode.BIND, QueueArguments.TRANSIENT),
                    OsloEnvelope.MESSAGINGV2,
                    List.of("info", "error"));
            rig.outbox.add("info", 3);
            rig.outbox.add("error", 3);
            await().atMost(SOON).until(() -> rig.outbox.acknowledged("notifications.error") == 6);
            until("rabbitmqadmin --vhost='" + rig.virtualHost
                    + "' declare queue name=notifications.info durable=false");
            assertEquals(0, rig.outbox.acknowledged(KEY));
            channel.queueDeclare(KEY, true, false, false, Map.of());
            untilDelivered(3);
            assertEquals(1, rig.log.at(Level.WARN).size(), rig.log.all());
        }
    }

    @Test
    void exchangeOfAnotherShapeIsTakenAsItIs() throws Exception {
        try (Channel channel = rig.channel()) {
            channel.exchangeDeclare(EXCHANGE, "topic", true);
            channel.queueDeclare(KEY, false, false, false, Map.of());
        }
        rig.publish(rig.config(DeclareMode.BIND, QueueArguments.TRANSIENT));
        rig.outbox.add("info", 1);
        untilDelivered(1);
    }

    @Test
    void fullMakesTheQueueOfAnOsloPublisher() {
        rig.publish(rig.config(DeclareMode.FULL, new QueueArguments(false, false, true, 7, 0, 0, false)));
        rig.outbox.add("info", 1);
        untilDelivered(1);
        String queue =
                rig.broker.rabbitmqctl("list_queues", "-p", rig.virtualHost, "name", "type", "durable", "arguments");
        assertTrue(queue.contains("quorum\ttrue") && queue.contains("x-delivery-limit\",7"), queue);
    }

    @Test
    void passiveMakesNothingAndWaits() throws Exception {
        rig.publish(rig.config(DeclareMode.PASSIVE, QueueArguments.TRANSIENT));
        rig.outbox.add("info", 1);
        until("there is no exchange vm-event-agent");
        try (Channel channel = rig.channel()) {
            channel.exchangeDeclare(EXCHANGE, "topic", false);
            channel.queueDeclare(KEY, false, false, false, Map.of());
            until("declare binding source=vm-event-agent");
            assertEquals(0, rig.outbox.acknowledged(KEY));
            channel.queueBind(KEY, EXCHANGE, KEY);
        }
        untilDelivered(1);
    }

    @Test
    void noneOnlyPublishes() throws Exception {
        rig.publish(rig.config(DeclareMode.NONE, QueueArguments.TRANSIENT));
        rig.outbox.add("info", 1);
        until("there is no exchange vm-event-agent");
        try (Channel channel = rig.channel()) {
            channel.exchangeDeclare(EXCHANGE, "topic", false);
            channel.queueDeclare(KEY, false, false, false, Map.of());
            channel.queueBind(KEY, EXCHANGE, KEY);
        }
        untilDelivered(1);
    }

    @Test
    void transientQueueThatTheBrokerDeniesIsReportedWithTheRemedy() throws Exception {
        RabbitBroker broker = RabbitBroker.withoutTransientQueues();
        try (PublisherRig own = new PublisherRig(broker)) {
            own.publish(own.config(DeclareMode.FULL, QueueArguments.TRANSIENT));
            own.outbox.add("info", 1);
            await().atMost(SOON)
                    .until(() -> own.outbox.acknowledged(KEY) == 1
                            || !own.log.at(Level.ERROR).isEmpty());
            boolean denied = own.log
                    .all()
                    .contains("the broker takes no transient queue (transient_nonexcl_queues); set"
                            + " [oslo_messaging_rabbit] rabbit_quorum_queue = true or amqp_durable_queues = true");
            assertEquals(PlatformTrait.TRANSIENT_QUEUES_CAN_BE_DENIED.isHere(), denied, own.log.all());
            assertEquals(denied ? 1 : 0, own.log.at(Level.ERROR).size(), own.log.all());
        } finally {
            broker.remove();
        }
    }

    @Test
    void passwordIsNeverReported() {
        rig.publish(rig.config(
                "guest",
                "Marker-Secret",
                rig.virtualHost,
                DeclareMode.BIND,
                QueueArguments.TRANSIENT,
                Duration.ofSeconds(10)));
        until("login refused");
        until("Still can't connect to the broker");
        assertEquals(1, rig.log.at(Level.ERROR).size(), rig.log.all());
        assertFalse(rig.log.all().contains("Marker-Secret"), rig.log.all());
        assertFalse(rig.log.all().contains("STACK"), rig.log.all());
    }
}
