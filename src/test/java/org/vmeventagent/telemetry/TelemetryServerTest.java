package org.vmeventagent.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.rig.CapturedLog;

@Timeout(60)
class TelemetryServerTest {
    private final HttpClient client = HttpClient.newHttpClient();
    private final TelemetryServer server = new TelemetryServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Optional.empty(),
            new TelemetryPages(Map.of(
                    "/metrics", () -> new TelemetryPages.Page(200, "text/plain; version=0.0.4", "up 1\n"),
                    "/-/ready", () -> TelemetryPages.text(503, "not yet\n"))));

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void servesEachPageWithItsStatusAndType() throws Exception {
        HttpResponse<String> metrics = request("GET", "/metrics");
        assertEquals(200, metrics.statusCode());
        assertEquals("up 1\n", metrics.body());
        assertEquals(
                "text/plain; version=0.0.4",
                metrics.headers().firstValue("Content-Type").orElse(""));
        assertEquals(503, request("GET", "/-/ready").statusCode());
        assertEquals("", request("HEAD", "/metrics").body());
    }

    @Test
    void namesThePagesThereAreAndAllowsOnlyReading() throws Exception {
        HttpResponse<String> unknown = request("GET", "/metrics/more");
        assertEquals(404, unknown.statusCode());
        assertEquals("there are /-/ready, /metrics\n", unknown.body());
        assertEquals(405, request("POST", "/metrics").statusCode());
    }

    @Test
    void clientsThatSendNothingOrReadNothingHoldUpNobody() throws Exception {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                silent.add(socket);
                if (i % 2 == 0) {
                    socket.getOutputStream().write("GET /met".getBytes(StandardCharsets.US_ASCII));
                }
            }
            assertEquals(200, request("GET", "/metrics").statusCode());
            Socket half = silent.get(0);
            half.setSoTimeout(30_000);
            assertEquals(-1, half.getInputStream().read(), "cut off");
            assertEquals(200, request("GET", "/metrics").statusCode());
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void anAddressThatIsTakenIsReported() {
        try (CapturedLog log = CapturedLog.open();
                TelemetryServer second = new TelemetryServer(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()),
                        Optional.empty(),
                        new TelemetryPages(Map.of()))) {
            second.start();
            assertTrue(
                    log.at(Level.ERROR).get(0).contains("[telemetry] listen"),
                    () -> log.at(Level.ERROR).toString());
        }
    }

    private HttpResponse<String> request(String method, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
        return client.send(
                HttpRequest.newBuilder(uri)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
