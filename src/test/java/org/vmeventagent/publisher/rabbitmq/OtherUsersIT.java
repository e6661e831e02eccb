package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.EXCHANGE;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.SOON;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;
import org.vmeventagent.rig.OsloListener;
import org.vmeventagent.rig.OsloRpc;

/** The broker's other users never notice that the agent is there, even if it was there first. */
@Timeout(90)
class OtherUsersIT {
    private final PublisherRig rig = new PublisherRig();

    @AfterEach
    void close() {
        rig.close();
    }

    /** What oslo.messaging declares must not differ from what is there, else it can do nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"", "--durable"})
    void agentThatWasFirstHindersNeitherNotificationsNorRpc(String durability) throws Exception {
        String[] options = durability.isEmpty() ? new String[0] : new String[] {durability};
        Publisher publisher = rig.publish(
                rig.config(DeclareMode.BIND, options.length > 0 ? QueueArguments.TRANSIENT : PublisherRig.DURABLE));
        rig.outbox.add("info", 2);
        await().atMost(SOON).until(() -> rig.log.all().contains("there is no queue"));
        String url = rig.broker.url(rig.virtualHost);
        assertEquals("[0, 2, 4]", OsloRpc.doubles(url, "nova", options));
        try (OsloListener listener = OsloListener.start(url, "nova", options)) {
            try (OsloListener notifier = OsloListener.start(url, "nova", with(options, "--publish", "1"))) {
                assertTrue(publisher.connected() && notifier != null);
            }
            List<String> types = listener.take(3, SOON).stream()
                    .map(OtherUsersIT::type)
                    .sorted()
                    .toList();
            assertEquals(List.of("compute.instance.update", "libvirt.domain.started", "libvirt.domain.started"), types);
        }
    }

    private static String type(JsonNode message) {
        return message.get("event_type").asText();
    }

    private static String[] with(String[] options, String... more) {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @ParameterizedTest
    @EnumSource(
            value = DeclareMode.class,
            names = {"BIND", "PASSIVE", "NONE"})
    void nothingIsMadeAtAnEmptyBrokerButTheAgentsExchange(DeclareMode declare) {
        rig.publish(rig.config(declare, QueueArguments.TRANSIENT));
        rig.outbox.add("info", 2);
        await().atMost(SOON).until(() -> rig.log.all().contains("notifications.info waits"));
        assertEquals("", rig.queues());
        List<String> exchanges = rig.broker
                .rabbitmqctl("list_exchanges", "-p", rig.virtualHost, "name")
                .lines()
                .map(String::strip)
                .filter(name -> !name.isEmpty() && !name.startsWith("amq.") && !name.equals("name"))
                .toList();
        assertEquals(declare == DeclareMode.BIND ? List.of(EXCHANGE) : List.of(), exchanges);
    }
}
