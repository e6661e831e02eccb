package org.vmeventagent.publisher.rabbitmq;

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
import org.vmeventagent.publisher.BrokerProblem;

class ErrorMessagesTest {
    private static final RabbitConfig CONFIG =
            RabbitConfig.of(List.of(new RabbitHost("mq1", 5672, "agent", "hunter2-marker")), "/");
    private final ErrorMessages errorMessages = new ErrorMessages(CONFIG);

    private BrokerProblem channelClosed(int code, String text) {
        AMQP.Channel.Close reason =
                new AMQP.Channel.Close.Builder().replyCode(code).replyText(text).build();
        return errorMessages.of(new IOException(new ShutdownSignalException(false, false, reason, null)));
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
        BrokerProblem problem = channelClosed(
                AMQP.PRECONDITION_FAILED,
                "PRECONDITION_FAILED - inequivalent arg '" + argument + "' for " + what + " 'x' in vhost '/': received "
                        + values);
        assertEquals(BrokerProblem.Kind.MISCONFIGURED, problem.kind());
        assertTrue(problem.text().contains("set [oslo_messaging_rabbit] " + option + ","), problem.text());
    }

    @Test
    void replyWithoutATextIsReportedByItsNumber() {
        assertEquals(
                "the broker says 406",
                channelClosed(AMQP.PRECONDITION_FAILED, "").text());
        assertTrue(channelClosed(AMQP.ACCESS_REFUSED, " ").text().startsWith("the broker says 403; the user needs"));
    }

    @Test
    void numberBeyondThirtyTwoBitsStaysWhole() {
        assertEquals(
                3_000_000_000L,
                new QueueArguments(false, false, true, 0, 0, 3_000_000_000L, false)
                        .arguments()
                        .get("x-max-in-memory-bytes"));
    }

    @Test
    void missingQueueGivesTheCommand() {
        assertTrue(errorMessages
                .missingQueue("notifications.info")
                .text()
                .contains("rabbitmqadmin --vhost='/' declare queue name=notifications.info durable=false"));
    }

    @Test
    void unknownHostAndAnythingElseIsAway() {
        assertEquals(
                new BrokerProblem(
                        BrokerProblem.Kind.UNREACHABLE,
                        "unknown host; check the name in transport_url, and this host's DNS"),
                errorMessages.of(new UnknownHostException("mq1")));
        assertEquals(
                BrokerProblem.Kind.UNREACHABLE,
                errorMessages.of(new IllegalStateException()).kind());
    }

    @Test
    void passwordIsInNoText() {
        assertFalse(CONFIG.toString().contains("hunter2"), CONFIG.toString());
        assertEquals("agent@mq1:5672", CONFIG.hosts().get(0).toString());
        assertEquals("[fe80::1]:5672", new RabbitHost("fe80::1", 5672, "u", "p").address());
    }

    @Test
    void defaultsAreTheDocumentedOnes() {
        assertEquals("vm-event-agent", CONFIG.exchange());
        assertEquals(DeclareMode.BIND, CONFIG.declare());
        assertEquals(SaslLogin.AMQPLAIN, CONFIG.login());
        assertEquals(Duration.ofSeconds(60), CONFIG.heartbeat());
        assertFalse(CONFIG.queueArguments().durable());
    }

    @Test
    void quorumIsDurableAndHasItsArguments() {
        QueueArguments queueArguments = new QueueArguments(false, false, true, 5, 0, 1000, false);
        assertTrue(queueArguments.durable());
        assertEquals(
                Map.of("x-queue-type", "quorum", "x-delivery-limit", 5, "x-max-in-memory-bytes", 1000),
                queueArguments.arguments());
        assertEquals(Map.of("x-ha-policy", "all"), new QueueArguments(true, false, false, 0, 0, 0, true).arguments());
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
                new String(SaslLogin.AMQPLAIN.answer("u", "pw"), StandardCharsets.ISO_8859_1));
    }
}
