package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.publisher.MemoryOutbox;
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.PublisherConfig;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.rig.FakeBroker;
import org.vmeventagent.time.AgentClock;

/** Something that isn't RabbitMQ answers: nothing is lost, the log says it once, and the agent tries again. */
@Timeout(60)
@Tag("fuzz")
class HostileBrokerTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int ATTEMPTS = 3;

    private final CapturedLog log = CapturedLog.open();
    private final MemoryOutbox outbox = new MemoryOutbox();

    @AfterEach
    void close() {
        log.close();
    }

    /** The agent meets it some times, and stops in time. */
    private void meet(FakeBroker.Answer answer) throws IOException {
        meet(answer, false);
        // once, and once more where it refuses after it was only silent
        int warned = log.at(Level.WARN).size();
        int alarmed = log.at(Level.ERROR).size();
        assertTrue(warned <= 1 && alarmed <= 1 && warned + alarmed > 0, log.all());
    }

    private void meet(FakeBroker.Answer answer, boolean connects) throws IOException {
        outbox.add("info", 5);
        try (FakeBroker broker = new FakeBroker(answer)) {
            meet(broker, connects);
        }
        assertEquals(0, outbox.acknowledged("notifications.info"));
        assertFalse(log.all().contains("5ecret"), log.all());
        assertFalse(log.all().contains("OutOfMemory"), log.all());
    }

    private void meet(FakeBroker broker, boolean connects) {
        RabbitConfig there = ParsedConfig.of("rabbit://u:Marker-5ecret@127.0.0.1:" + broker.port() + "/", "", "none");
        RabbitConfig quick = new RabbitConfig(
                there.hosts(),
                there.virtualHost(),
                there.exchange(),
                there.declare(),
                there.queueArguments(),
                there.login(),
                there.heartbeat(),
                Duration.ofMillis(500),
                "test",
                null);
        PublisherConfig often = new PublisherConfig(
                OsloEnvelope.MESSAGINGV2,
                List.of("notifications"),
                List.of(),
                List.of("info"),
                8,
                Duration.ZERO,
                Duration.ofMillis(100),
                0,
                Duration.ofMillis(300),
                Duration.ofDays(1),
                Duration.ofSeconds(60));
        try (Publisher publisher =
                new Publisher(often, outbox, new RabbitClient(quick), AgentMetrics.NONE, AgentClock.system(0))) {
            publisher.start();
            await().atMost(SOON).until(() -> broker.clients() >= ATTEMPTS);
            assertTrue(connects || !publisher.connected());
        }
    }

    @Test
    void oneThatHangsUpAtOnce() throws IOException {
        meet(client -> {});
    }

    @Test
    void oneThatSaysNothing() throws IOException {
        meet(client -> client.getInputStream().readAllBytes());
    }

    @Test
    void oneThatSendsNoise() throws IOException {
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
    void oneThatAnnouncesTwoGibibytes() throws IOException {
        meet(client -> {
            client.getOutputStream().write(new byte[] {1, 0, 0, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff});
            client.getInputStream().readAllBytes();
        });
    }

    /** Each byte comes in time, and the frame never ends. */
    @Test
    void oneThatSendsAByteNowAndThen() throws IOException {
        meet(client -> {
            client.getOutputStream().write(new byte[] {1, 0, 0, 0, 0, 0x10, 0});
            client.setSoTimeout(100);
            InputStream in = client.getInputStream();
            in.skipNBytes(8);
            while (isSilentFor(in)) {
                client.getOutputStream().write(0);
            }
        });
    }

    private static boolean isSilentFor(InputStream in) throws IOException {
        try {
            return in.read() >= 0;
        } catch (SocketTimeoutException e) {
            return true;
        }
    }

    @Test
    void oneThatAnnouncesAFrameOf63MebibytesBeforeTheHandshake() throws IOException {
        meet(client -> {
            FakeBroker.hugeFrame(63 << 20).to(new DataOutputStream(client.getOutputStream()));
            client.getInputStream().readAllBytes();
        });
        assertTrue(log.all().contains("more than this client takes: Frame size is invalid (66060296)"), log.all());
    }

    @Test
    void oneThatAnnouncesAFrameOf63MebibytesAfterTheHandshake() throws IOException {
        meet(FakeBroker.publishing(0, FakeBroker.hugeFrame(63 << 20)), true);
        assertLost("more than this client takes: Frame size is invalid (66060296)");
    }

    @Test
    void oneThatAnnouncesAMessageOfAGibibyte() throws IOException {
        meet(FakeBroker.publishing(0, FakeBroker.hugeBody(1 << 30)), true);
        assertLost("more than this client takes: Message body is too large (1073741824)");
    }

    /** A body would go out in pieces of nothing, without an end. */
    @Test
    void oneThatTakesNoFrameLongEnoughForABody() throws IOException {
        meet(FakeBroker.publishing(8, out -> {}));
        assertTrue(
                log.at(Level.ERROR).get(0).contains("frames of 8 bytes; AMQP asks for 4096; set frame_max"), log.all());
    }

    private void assertLost(String why) {
        List<String> warned = log.at(Level.WARN);
        assertFalse(warned.isEmpty());
        warned.forEach(
                line -> assertTrue(line.startsWith("Lost the connection to the broker") && line.contains(why), line));
    }

    /** That the log's layout escapes it is LoggingTest's. */
    @Test
    void oneThatClosesWithWordsOfItsOwn() throws IOException {
        meet(client -> {
            client.getOutputStream().write(FakeBroker.start());
            client.getOutputStream()
                    .write(FakeBroker.close(403, "ACCESS_REFUSED\n2026-11-22 20:14:42.481 INFO agent: all is well"));
            client.getInputStream().readAllBytes();
        });
    }
}
