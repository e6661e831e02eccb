package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.publisher.BrokerProblem;
import org.vmeventagent.publisher.BrokerProblem.Kind;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;

class ErrorMessagesTest {
    private static final RabbitConfig CONFIG =
            RabbitConfig.of(List.of(new TransportUrl.Host("mq1", 5672, "agent", "hunter2-marker")), "/");
    private final ErrorMessages errorMessages = new ErrorMessages(CONFIG);

    private static Exception ofChannel(int code, String text) {
        AMQP.Channel.Close reason =
                new AMQP.Channel.Close.Builder().replyCode(code).replyText(text).build();
        return new IOException(new ShutdownSignalException(false, false, reason, null));
    }

    private static Exception ofConnection(int code, String text) {
        AMQP.Connection.Close reason = new AMQP.Connection.Close.Builder()
                .replyCode(code)
                .replyText(text)
                .build();
        return new ShutdownSignalException(true, false, reason, null);
    }

    private BrokerProblem channelClosed(int code, String text) {
        return errorMessages.of(ofChannel(code, text));
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
        assertEquals(Kind.MISCONFIGURED, problem.kind());
        assertTrue(problem.text().contains("set [oslo_messaging_rabbit] " + option + ","), problem.text());
    }

    /** Each row: what the client throws, and where it belongs. */
    static Stream<Arguments> outcomes() {
        return Stream.of(
                arguments(Kind.UNREACHABLE, new ConnectException("Connection refused")),
                arguments(Kind.UNREACHABLE, new SocketTimeoutException("connect timed out")),
                arguments(Kind.UNREACHABLE, new UnknownHostException("mq1")),
                arguments(Kind.UNREACHABLE, new EOFException()),
                arguments(Kind.UNREACHABLE, ofConnection(AMQP.CONNECTION_FORCED, "CONNECTION_FORCED - shutdown")),
                arguments(Kind.UNREACHABLE, new SSLException("Remote host terminated the handshake")),
                arguments(Kind.UNREACHABLE, new IllegalStateException()),
                arguments(Kind.UNROUTABLE, ofChannel(AMQP.NOT_FOUND, "NOT_FOUND - no queue 'q' in vhost '/'")),
                arguments(Kind.UNROUTABLE, ofChannel(AMQP.NOT_FOUND, "NOT_FOUND - no exchange 'e' in vhost '/'")),
                arguments(Kind.MISCONFIGURED, new AuthenticationFailureException("ACCESS_REFUSED - Login was refused")),
                arguments(Kind.MISCONFIGURED, new IOException("No compatible authentication mechanism found")),
                arguments(Kind.MISCONFIGURED, ofConnection(AMQP.NOT_ALLOWED, "NOT_ALLOWED - vhost x not found")),
                arguments(Kind.MISCONFIGURED, ofConnection(AMQP.ACCESS_REFUSED, "ACCESS_REFUSED - no access")),
                arguments(Kind.MISCONFIGURED, ofChannel(AMQP.ACCESS_REFUSED, "ACCESS_REFUSED - access to queue 'q'")),
                arguments(Kind.MISCONFIGURED, ofChannel(AMQP.PRECONDITION_FAILED, "PRECONDITION_FAILED - other")),
                arguments(Kind.MISCONFIGURED, new SSLHandshakeException("Received fatal alert: unknown_ca")),
                arguments(Kind.MISCONFIGURED, new CertificateExpiredException("NotAfter: 2020")));
    }

    @ParameterizedTest
    @MethodSource("outcomes")
    void eachOutcomeIsFiledWhereItBelongs(Kind kind, Exception thrown) {
        assertEquals(kind, errorMessages.of(thrown).kind());
        assertEquals(kind, errorMessages.ofOpening(new IOException(thrown)).kind());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Connection refused", "Connection refused (connect failed)"})
    void refusedConnectionReadsTheSameWhateverTheJava(String said) {
        assertEquals(
                "Connection refused; does a broker run there? Check host and port in transport_url",
                errorMessages.of(new ConnectException(said)).text());
    }

    @Test
    void returnedMessageIsUnroutable() {
        assertEquals(
                Kind.UNROUTABLE, errorMessages.unroutable("notifications.info").kind());
    }

    /** The text is that of RabbitMQ 4.3.6. */
    @Test
    void deniedTransientQueueNamesTheOptions() {
        BrokerProblem problem = errorMessages.of(ofConnection(
                AMQP.INTERNAL_ERROR,
                "INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated.\nIts use is not permitted per the"
                        + " configuration"));
        assertEquals(Kind.MISCONFIGURED, problem.kind());
        assertTrue(problem.text().contains("set [oslo_messaging_rabbit] rabbit_quorum_queue = true"), problem.text());
        assertEquals(
                Kind.UNREACHABLE,
                errorMessages
                        .of(ofConnection(AMQP.INTERNAL_ERROR, "INTERNAL_ERROR"))
                        .kind());
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
    void unknownHostNamesTheOption() {
        assertEquals(
                "unknown host; check the name in transport_url, and this host's DNS",
                errorMessages.of(new UnknownHostException("mq1")).text());
    }

    @Test
    void passwordIsInNoText() {
        assertFalse(CONFIG.toString().contains("hunter2"), CONFIG.toString());
        assertEquals("agent@mq1:5672", CONFIG.hosts().get(0).toString());
        assertEquals("[fe80::1]:5672", new TransportUrl.Host("fe80::1", 5672, "u", "p").address());
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
