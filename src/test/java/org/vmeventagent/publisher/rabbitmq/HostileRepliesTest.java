package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.rig.TextMutator.pick;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmeventagent.publisher.BrokerProblem;
import org.vmeventagent.rig.GeneratedCases;
import org.vmeventagent.rig.TextMutator;

/** A broker that says anything: each reply is put into words that hold what it said and no secret of ours. */
@Tag("fuzz")
class HostileRepliesTest {
    private static final String PASSWORD = "hunter2-marker";
    private static final int LONGEST = 255;

    /** The longest hint is shorter. */
    private static final int MOST_ADDED = 1_000;

    /** As RabbitMQ 3.10 and 4.3 write them. */
    private static final List<String> REAL = List.of(
            "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'notifications.info' in vhost '/': received"
                    + " 'false' but current is 'true'",
            "PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'q' in vhost '/': received none but"
                    + " current is the value '5' of type 'signedint'",
            "NOT_FOUND - no exchange 'vm-event-agent' in vhost '/'",
            "NOT_FOUND - no queue 'notifications.info' in vhost '/'",
            "ACCESS_REFUSED - access to exchange 'vm-event-agent' in vhost '/' refused for user 'u'",
            "NOT_ALLOWED - vhost nowhere not found",
            "NOT_ALLOWED - access to vhost '/' refused for user 'u'",
            "INTERNAL_ERROR - Feature `transient_nonexcl_queues` is deprecated.\nIts use is not permitted",
            "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'");

    private final ErrorMessages errorMessages =
            new ErrorMessages(RabbitConfig.of(List.of(new TransportUrl.Host("mq1", 5672, "agent", PASSWORD)), "/"));

    @Test
    void anyReplyIsPutIntoWords() {
        GeneratedCases.each(
                "replies of a broker",
                50_000,
                random -> assertWords(
                        code(random),
                        random.nextBoolean()
                                ? TextMutator.of(REAL.get(random.nextInt(REAL.size())), random)
                                : TextMutator.text(random, LONGEST)));
    }

    @Tag("long")
    @MethodSource("replies")
    @FuzzTest(maxDuration = "2m")
    void fuzzReplies(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        for (int code : new int[] {
            AMQP.NOT_ALLOWED,
            AMQP.ACCESS_REFUSED,
            AMQP.PRECONDITION_FAILED,
            AMQP.NOT_FOUND,
            AMQP.INTERNAL_ERROR,
            AMQP.CONNECTION_FORCED
        }) {
            assertWords(code, text);
        }
    }

    static Stream<byte[]> replies() {
        return REAL.stream().map(reply -> reply.getBytes(StandardCharsets.UTF_8));
    }

    private void assertWords(int code, String reply) {
        String text = reply.length() <= LONGEST ? reply : reply.substring(0, LONGEST);
        Method ofChannel =
                new AMQP.Channel.Close.Builder().replyCode(code).replyText(text).build();
        Method ofConnection = new AMQP.Connection.Close.Builder()
                .replyCode(code)
                .replyText(text)
                .build();
        assertWords(
                errorMessages.of(new IOException(new ShutdownSignalException(false, false, ofChannel, null))), text);
        assertWords(errorMessages.of(new ShutdownSignalException(true, false, ofConnection, null)), text);
        assertWords(errorMessages.ofOpening(new IOException(text)), text);
        assertWords(errorMessages.of(new SSLHandshakeException(text)), text);
    }

    private static void assertWords(BrokerProblem problem, String reply) {
        assertFalse(problem.text().isBlank());
        assertFalse(problem.text().contains(PASSWORD) && !reply.contains(PASSWORD), problem.text());
        assertTrue(problem.text().length() <= reply.length() + MOST_ADDED, problem.text());
    }

    private static int code(Random random) {
        return random.nextInt(3) == 0
                ? random.nextInt(65_536)
                : Integer.parseInt(pick(random, "311", "320", "402", "403", "404", "405", "406", "501", "530", "541"));
    }
}
