package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.EXCHANGE;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.KEY;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.SOON;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.GetResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;
import org.vmeventagent.rig.OsloListener;
import org.vmeventagent.store.OutboxRow;

/** Against a real broker and a real oslo.messaging listener. */
@Timeout(60)
class DeliveryIT {
    private final PublisherRig rig = new PublisherRig();

    @AfterEach
    void close() {
        rig.close();
    }

    @ParameterizedTest
    @EnumSource(OsloEnvelope.class)
    void listenerOnAnotherExchangeReceivesOursWithItsConfigurationUntouched(OsloEnvelope envelope) throws Exception {
        try (OsloListener listener = OsloListener.start(rig.broker.url(rig.virtualHost), "nova")) {
            Publisher publisher = rig.publish(
                    rig.config(DeclareMode.BIND, QueueArguments.TRANSIENT), envelope, List.of("info", "error"));
            rig.outbox.add("info", 3);
            rig.outbox.add("error", 1);
            assertTrue(publisher.flush(SOON), rig.log.all());
            List<JsonNode> received = listener.take(4, SOON);
            assertEquals(
                    "libvirt.domain.started", received.get(0).get("event_type").asText());
            assertEquals("a\"b\\c\u00e9", received.get(0).at("/payload/text").asText());
            assertEquals(
                    "vm-event-agent.cmp-01", received.get(0).get("publisher_id").asText());
            assertEquals(4, rig.outbox.released("error"));
        }
    }

    @Test
    void sendsExactlyTheBytesAndPropertiesThatOsloSends() throws Exception {
        Publisher publisher = rig.publish(rig.config(DeclareMode.FULL, QueueArguments.TRANSIENT));
        rig.outbox.add("info", 1);
        OutboxRow row = rig.outbox.read("info", 0, 1).get(0);
        assertTrue(publisher.flush(SOON), rig.log.all());
        GetResponse message = rig.drain(KEY).get(0);
        String sending = OsloEnvelope.MESSAGINGV2.uniqueIdIn(message.getBody());
        assertArrayEquals(OsloEnvelope.MESSAGINGV2.wrap(row, sending), message.getBody());
        AMQP.BasicProperties properties = message.getProps();
        assertEquals("application/json", properties.getContentType());
        assertEquals("utf-8", properties.getContentEncoding());
        assertEquals(Map.of(), properties.getHeaders());
        assertEquals(2, properties.getDeliveryMode());
        assertEquals(0, properties.getPriority());
        assertNull(properties.getMessageId());
        assertNull(properties.getTimestamp());
        assertEquals(EXCHANGE, message.getEnvelope().getExchange());
    }
}
