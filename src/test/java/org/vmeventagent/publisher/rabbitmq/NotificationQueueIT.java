package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.Channel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.publisher.BrokerException;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;

/** What a reader who pauses does to the broker, and the broker to a reader. */
@Timeout(60)
class NotificationQueueIT {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int PREFETCHED = 100;

    private final PublisherRig rig = new PublisherRig();
    private final RabbitConfig config = rig.config(DeclareMode.NONE, QueueArguments.TRANSIENT);

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aReaderWhoPausesLosesTheOldestAndFillsNothing() throws Exception {
        try (Channel channel = rig.channel()) {
            channel.exchangeDeclare(PublisherRig.EXCHANGE, "topic");
            try (NotificationQueue queue = NotificationQueue.open(config, List.of("notifications"), 10)) {
                publish(channel, 1, PREFETCHED);
                await().atMost(SOON).until(() -> counts().equals("0\t" + PREFETCHED));
                publish(channel, PREFETCHED + 1, 500);
                await().atMost(SOON).until(() -> counts().equals("10\t" + PREFETCHED));

                List<String> all = new ArrayList<>();
                for (byte[] body = queue.take(SOON); body != null; body = queue.take(Duration.ofMillis(200))) {
                    all.add(new String(body, StandardCharsets.UTF_8));
                }
                assertEquals("1", all.get(0));
                assertEquals("100", all.get(PREFETCHED - 1));
                assertEquals("491", all.get(PREFETCHED));
                assertEquals("500", all.get(all.size() - 1));
                assertEquals("0\t0", counts());
            }
            assertFalse(rig.queues().contains("tail"), rig::queues);
        }
    }

    @Test
    void endsWhenItsQueueIsDeleted() throws Exception {
        try (Channel channel = rig.channel()) {
            channel.exchangeDeclare(PublisherRig.EXCHANGE, "topic");
            try (NotificationQueue queue = NotificationQueue.open(config, List.of("notifications"))) {
                assertNull(queue.take(Duration.ofMillis(1)));
                rig.broker.rabbitmqctl("delete_queue", "-p", rig.virtualHost, last(rig.queues()));
                await().atMost(SOON)
                        .untilAsserted(
                                () -> assertThrows(BrokerException.class, () -> queue.take(Duration.ofMillis(1))));
            }
        }
    }

    @Test
    void needsAnExchange() {
        BrokerException missing =
                assertThrows(BrokerException.class, () -> NotificationQueue.open(config, List.of("notifications")));

        assertTrue(String.valueOf(missing.getMessage()).startsWith("there is no exchange"), missing::getMessage);
    }

    private static void publish(Channel channel, int first, int last) throws Exception {
        for (int i = first; i <= last; i++) {
            channel.basicPublish(
                    PublisherRig.EXCHANGE,
                    i % 2 == 0 ? "notifications.info" : "notifications.error",
                    null,
                    Integer.toString(i).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Of the only queue: ready, and sent to its reader. */
    private String counts() {
        return last(rig.broker.rabbitmqctl(
                "list_queues", "-p", rig.virtualHost, "messages_ready", "messages_unacknowledged"));
    }

    private static String last(String lines) {
        return lines.strip().substring(lines.strip().lastIndexOf('\n') + 1);
    }
}
