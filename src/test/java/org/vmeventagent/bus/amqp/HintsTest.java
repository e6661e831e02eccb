package org.vmeventagent.bus.amqp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmeventagent.bus.Trouble;

class HintsTest {
    private static final AmqpConfig CONFIG =
            AmqpConfig.of(List.of(new Broker("mq1", 5672, "agent", "hunter2-marker")), "/");
    private final Hints hints = new Hints(CONFIG);

    private Trouble channelClosed(int code, String text) {
        AMQP.Channel.Close reason =
                new AMQP.Channel.Close.Builder().replyCode(code).replyText(text).build();
        return hints.of(new IOException(new ShutdownSignalException(false, false, reason, null)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "durable;queue;'false' but current is 'true';amqp_durable_queues = true",
                "durable;exchange;'true' but current is 'false';amqp_durable_queues = false",
                "auto_delete;queue;'false' but current is 'true';amqp_auto_delete = true",
                "x-queue-type;queue;none but current is the value 'quorum' of type 'longstr';rabbit_quorum_queue = true",
                "x-delivery-limit;queue;none but current is the value '5' of type 'signedint';rabbit_quorum_delivery_limit = 5",
            })
    void inequivalentArgumentNamesTheOption(String argument, String what, String values, String option) {
        Trouble trouble = channelClosed(
                AMQP.PRECONDITION_FAILED,
                "PRECONDITION_FAILED - inequivalent arg '" + argument + "' for " + what + " 'x' in vhost '/': received "
                        + values);
        assertEquals(Trouble.Kind.REFUSED, trouble.kind());
        assertTrue(trouble.text().contains("set [oslo_messaging_rabbit] " + option + ","), trouble.text());
    }

    @Test
    void replyWithoutATextIsToldByItsNumber() {
        assertEquals(
                "the broker says 406",
                channelClosed(AMQP.PRECONDITION_FAILED, "").text());
        assertTrue(channelClosed(AMQP.ACCESS_REFUSED, " ").text().startsWith("the broker says 403; the user needs"));
    }

    @Test
    void numberBeyondThirtyTwoBitsStaysWhole() {
        assertEquals(
                3_000_000_000L,
                new Shape(false, false, true, 0, 0, 3_000_000_000L, false)
                        .arguments()
                        .get("x-max-in-memory-bytes"));
    }

    @Test
    void missingQueueGivesTheCommand() {
        assertTrue(hints.missingQueue("notifications.info")
                .text()
                .contains("rabbitmqadmin --vhost='/' declare queue name=notifications.info durable=false"));
    }

    @Test
    void unknownHostAndAnythingElseIsAway() {
        assertEquals(
                new Trouble(Trouble.Kind.AWAY, "unknown host; check the name in transport_url, and this host's DNS"),
                hints.of(new UnknownHostException("mq1")));
        assertEquals(Trouble.Kind.AWAY, hints.of(new IllegalStateException()).kind());
    }

    @Test
    void passwordIsInNoText() {
        assertFalse(CONFIG.toString().contains("hunter2"), CONFIG.toString());
        assertEquals("agent@mq1:5672", CONFIG.brokers().get(0).toString());
        assertEquals("[fe80::1]:5672", new Broker("fe80::1", 5672, "u", "p").address());
    }

    @Test
    void defaultsAreTheDocumentedOnes() {
        assertEquals("vm-event-agent", CONFIG.exchange());
        assertEquals(Declare.BIND, CONFIG.declare());
        assertEquals(Login.AMQPLAIN, CONFIG.login());
        assertEquals(Duration.ofSeconds(60), CONFIG.heartbeat());
        assertFalse(CONFIG.shape().durable());
    }

    @Test
    void quorumIsDurableAndHasItsArguments() {
        Shape shape = new Shape(false, false, true, 5, 0, 1000, false);
        assertTrue(shape.durable());
        assertEquals(
                Map.of("x-queue-type", "quorum", "x-delivery-limit", 5, "x-max-in-memory-bytes", 1000),
                shape.arguments());
        assertEquals(Map.of("x-ha-policy", "all"), new Shape(true, false, false, 0, 0, 0, true).arguments());
    }

    @Test
    void amqplainIsATableWithoutItsLength() {
        ByteBuffer expected = ByteBuffer.allocate(64);
        expected.put((byte) 5).put("LOGIN".getBytes(StandardCharsets.US_ASCII)).put((byte) 'S');
        expected.putInt(1).put((byte) 'u');
        expected.put((byte) 8)
                .put("PASSWORD".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 'S');
        expected.putInt(2).put((byte) 'p').put((byte) 'w');
        byte[] bytes = new byte[expected.flip().remaining()];
        expected.get(bytes);
        assertEquals(
                new String(bytes, StandardCharsets.ISO_8859_1),
                new String(Login.AMQPLAIN.answer("u", "pw"), StandardCharsets.ISO_8859_1));
    }
}
