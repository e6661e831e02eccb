package org.vmeventagent.bus.amqp;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.bus.Envelope;
import org.vmeventagent.bus.MemoryOutbox;
import org.vmeventagent.bus.Publisher;
import org.vmeventagent.bus.PublisherConfig;
import org.vmeventagent.bus.PublisherListener;
import org.vmeventagent.rig.CapturedLog;

/** Something that isn't RabbitMQ answers: nothing is lost, the log tells it once, and the agent tries again. */
@Timeout(60)
class HostileBrokerTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int ATTEMPTS = 3;

    private final CapturedLog log = CapturedLog.open();
    private final MemoryOutbox outbox = new MemoryOutbox();
    private final AtomicInteger attempts = new AtomicInteger();
    private ServerSocket server;

    /** What is said to whoever connects. */
    private interface Answer {
        void to(Socket client) throws IOException;
    }

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        outbox.add("info", 5);
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        log.close();
    }

    private void serve(Answer answer) {
        Thread thread = new Thread(
                () -> {
                    boolean open = true;
                    while (open) {
                        open = serveOne(answer);
                    }
                },
                "hostile");
        thread.setDaemon(true);
        thread.start();
    }

    private boolean serveOne(Answer answer) {
        try (Socket client = server.accept()) {
            attempts.incrementAndGet();
            answer.to(client);
            return true;
        } catch (IOException e) {
            return !server.isClosed(); // the agent hung up, or the test is over
        }
    }

    /** The agent meets it some times, and stops in time. */
    private void meet(Answer answer) {
        serve(answer);
        AmqpConfig there =
                Configured.of("rabbit://u:Marker-5ecret@127.0.0.1:" + server.getLocalPort() + "/", "", "bind");
        AmqpConfig quick = new AmqpConfig(
                there.brokers(),
                there.virtualHost(),
                there.exchange(),
                there.declare(),
                there.shape(),
                there.login(),
                there.heartbeat(),
                Duration.ofMillis(500),
                "test",
                null);
        PublisherConfig often = new PublisherConfig(
                Envelope.MESSAGINGV2,
                List.of("notifications"),
                List.of("info"),
                8,
                Duration.ZERO,
                Duration.ofMillis(100),
                0,
                Duration.ofMillis(300),
                Duration.ofDays(1),
                Duration.ofSeconds(60));
        try (Publisher publisher =
                new Publisher(often, outbox, new AmqpDialer(quick), PublisherListener.NONE, Clock.systemUTC())) {
            publisher.start();
            await().atMost(SOON).until(() -> attempts.get() >= ATTEMPTS);
            assertFalse(publisher.connected());
        }
        assertEquals(0, outbox.acknowledged("notifications.info"));
        // once, and once more where it refuses after it was only silent
        int warned = log.at(Level.WARN).size();
        int alarmed = log.at(Level.ERROR).size();
        assertTrue(warned <= 1 && alarmed <= 1 && warned + alarmed > 0, log.all());
        assertFalse(log.all().contains("5ecret"), log.all());
        assertFalse(log.all().contains("OutOfMemory"), log.all());
    }

    @Test
    void oneThatHangsUpAtOnce() {
        meet(client -> {});
    }

    @Test
    void oneThatSaysNothing() {
        meet(client -> client.getInputStream().readAllBytes());
    }

    @Test
    void oneThatSendsNoise() {
        meet(client -> {
            OutputStream out = client.getOutputStream();
            byte[] noise = new byte[64 * 1024];
            for (int i = 0; i < noise.length; i++) {
                noise[i] = (byte) (i * 31);
            }
            for (int i = 0; i < 64; i++) {
                out.write(noise);
            }
        });
    }

    @Test
    void oneThatAnnouncesTwoGibibytes() {
        meet(client -> {
            client.getOutputStream().write(new byte[] {1, 0, 0, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff});
            client.getInputStream().readAllBytes();
        });
    }

    /** That the log's layout escapes it is LoggingTest's. */
    @Test
    void oneThatClosesWithWordsOfItsOwn() {
        meet(client -> {
            client.getOutputStream().write(closing("ACCESS_REFUSED\n2026-11-22 20:14:42.481 INFO Agent: all is well"));
            client.getInputStream().readAllBytes();
        });
    }

    /** The frames of connection.start and connection.close, as AMQP 0-9-1 has them. */
    private static byte[] closing(String text) throws IOException {
        ByteArrayOutputStream start = new ByteArrayOutputStream();
        DataOutputStream to = new DataOutputStream(start);
        to.write(new byte[] {0, 10, 0, 10, 0, 9});
        to.writeInt(0);
        for (String words : List.of("AMQPLAIN PLAIN", "en_US")) {
            to.writeInt(words.length());
            to.writeBytes(words);
        }
        ByteArrayOutputStream close = new ByteArrayOutputStream();
        to = new DataOutputStream(close);
        to.write(new byte[] {0, 10, 0, 50, 1, (byte) 0x93});
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        to.writeByte(bytes.length);
        to.write(bytes);
        to.writeInt(0);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        to = new DataOutputStream(all);
        for (ByteArrayOutputStream payload : List.of(start, close)) {
            to.write(new byte[] {1, 0, 0});
            to.writeInt(payload.size());
            payload.writeTo(to);
            to.writeByte(0xce);
        }
        return all.toByteArray();
    }
}
