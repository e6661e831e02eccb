package org.vmeventagent.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.rig.CapturedLog;

@Timeout(60)
class TelemetrySocketTest {
    private static final String LARGE = "a\n".repeat(1_000_000);

    @TempDir
    private Path directory;

    private Path path;
    private TelemetrySocket socket;

    @BeforeEach
    void start() {
        path = directory.resolve("metrics.sock");
        socket = new TelemetrySocket(
                path,
                new TelemetryPages(Map.of(
                        "/metrics", () -> new TelemetryPages.Page(200, "text/plain; version=0.0.4", "up 1\n"),
                        "/large", () -> TelemetryPages.text(200, LARGE),
                        "/-/ready", () -> TelemetryPages.text(503, "not yet\n"))),
                Duration.ofSeconds(1));
        socket.start();
    }

    @AfterEach
    void close() {
        socket.close();
        assertFalse(Files.exists(path));
    }

    @Test
    void servesEachPageWithItsStatusAndType() throws IOException {
        assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        String metrics = exchange("GET /metrics?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertTrue(metrics.startsWith("HTTP/1.1 200 OK\r\n"), metrics);
        assertTrue(metrics.contains("\r\nContent-Type: text/plain; version=0.0.4\r\n"), metrics);
        assertTrue(metrics.contains("\r\nConnection: close\r\n"), metrics);
        assertTrue(metrics.endsWith("\r\nContent-Length: 5\r\n\r\nup 1\n"), metrics);
        String head = exchange("HEAD http://localhost/metrics HTTP/1.0\n\n");
        assertTrue(head.endsWith("\r\nContent-Length: 5\r\n\r\n"), head);
        assertTrue(exchange("GET /-/ready HTTP/1.1\r\n\r\n").startsWith("HTTP/1.1 503 Service Unavailable\r\n"));
        assertTrue(exchange("GET /large HTTP/1.1\r\n\r\n").endsWith("\r\n\r\n" + LARGE));
    }

    @Test
    void namesThePagesThereAreAndAllowsOnlyReading() throws IOException {
        String unknown = exchange("GET /metrics/more HTTP/1.1\r\n\r\n");
        assertTrue(unknown.startsWith("HTTP/1.1 404 Not Found\r\n"), unknown);
        assertTrue(unknown.endsWith("\r\n\r\nthere are /-/ready, /large, /metrics\n"), unknown);
        String post = exchange("POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
        assertTrue(post.startsWith("HTTP/1.1 405 Method Not Allowed\r\n"), post);
        assertTrue(post.contains("\r\nAllow: GET, HEAD\r\n"), post);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense\r\n\r\n",
                "GET /metrics\r\n\r\n",
                "GET /metrics HTTP/2.0\r\n\r\n",
                "GET http://[/metrics HTTP/1.1\r\n\r\n",
                "\r\n\r\n",
                "\u0000\u0016\u0003\u0001 a TLS hello\n\n"
            })
    void refusesWhatIsNoRequest(String request) throws IOException {
        assertTrue(exchange(request).startsWith("HTTP/1.1 400 Bad Request\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "\n:", "a\r\n"})
    void readsNoMoreOfARequestThanItsBound(String header) throws IOException {
        String request = "GET /" + header.repeat(100_000) + " HTTP/1.1\r\n\r\n";
        assertTrue(exchange(request).startsWith("HTTP/1.1 400 Bad Request\r\n"));
    }

    @Test
    void clientsThatSendNothingOrReadNothingHoldUpNobody() throws IOException {
        try (SocketChannel silent = open();
                SocketChannel deaf = open();
                SocketChannel half = open()) {
            send(half, "GET /met");
            send(deaf, "GET /large HTTP/1.1\r\n\r\n");
            assertTrue(exchange("GET /metrics HTTP/1.1\r\n\r\n").startsWith("HTTP/1.1 200 OK\r\n"));
            assertEquals(-1, silent.read(ByteBuffer.allocate(1)), "cut off");
            assertEquals(-1, half.read(ByteBuffer.allocate(1)), "cut off");
        }
    }

    @Test
    void aSocketThatIsTakenIsReportedAndStays() throws IOException {
        try (CapturedLog log = CapturedLog.open();
                TelemetrySocket second = new TelemetrySocket(path, new TelemetryPages(Map.of()))) {
            second.start();
            assertEquals(
                    "Metrics are not served: " + path + " can't be made (another process listens there); free it, or"
                            + " change [telemetry] listen",
                    log.at(Level.ERROR).get(0));
        }
        assertTrue(exchange("GET /metrics HTTP/1.1\r\n\r\n").startsWith("HTTP/1.1 200 OK\r\n"));
    }

    private SocketChannel open() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(path));
        return channel;
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** The whole answer; the client goes on sending until it has said all, as programs do. */
    private String exchange(String request) throws IOException {
        try (SocketChannel channel = open()) {
            send(channel, request);
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer part = ByteBuffer.allocate(8192);
            for (int count = channel.read(part); count >= 0; count = channel.read(part.clear())) {
                answer.write(part.array(), 0, count);
            }
            return answer.toString(StandardCharsets.UTF_8);
        }
    }
}
