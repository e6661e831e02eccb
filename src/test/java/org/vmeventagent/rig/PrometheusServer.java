package org.vmeventagent.rig;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The installed prometheus (2.42 of Debian 12) with the agent's rules, which scrapes one agent every second. */
public final class PrometheusServer implements AutoCloseable {
    private static final Path RULES = Path.of("etc", "prometheus", "vm-event-agent.rules.yml");
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final int port = RabbitBroker.freePort();
    private final Process process;

    private PrometheusServer(Path directory, String target, String how) throws IOException {
        Path config = Files.writeString(
                directory.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ["%s"]
                scrape_configs: [{job_name: vm-event-agent, static_configs: [{targets: ["%s"]}]%s}]
                """.formatted(RULES.toAbsolutePath(), target, how));
        process = new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("prometheus.log").toFile())
                .start();
    }

    /**
     * Waits until it has scraped the target.
     *
     * @param directory for its files
     * @param target host and port
     */
    public static PrometheusServer start(Path directory, String target) throws IOException {
        return start(directory, target, "");
    }

    /**
     * The same over TLS.
     *
     * @param authority of the target's certificate
     * @param own certificate to show there
     */
    public static PrometheusServer startTls(Path directory, String target, Path authority, TestCertificate own)
            throws IOException {
        return start(
                directory,
                target,
                ", scheme: https, tls_config: {ca_file: \"%s\", cert_file: \"%s\", key_file: \"%s\"}"
                        .formatted(authority, own.certificate(), own.key()));
    }

    private static PrometheusServer start(Path directory, String target, String how) throws IOException {
        PrometheusServer server = new PrometheusServer(directory, target, how);
        try {
            Awaitility.await()
                    .atMost(DEADLINE)
                    .ignoreExceptions()
                    .until(() -> !server.query("up == 1").isEmpty());
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /** The result of an instant query; an error with what it says if it doesn't understand it. */
    public JsonNode query(String expression) {
        return get("query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                .get("result");
    }

    /** The alerts that wait or fire, as its API has them. */
    public JsonNode alerts() {
        return get("alerts").get("alerts");
    }

    private JsonNode get(String path) {
        try {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/" + path))
                            .timeout(DEADLINE)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(path + ": " + response.body());
            }
            return json.readTree(response.body()).get("data");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(path + " interrupted", e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
