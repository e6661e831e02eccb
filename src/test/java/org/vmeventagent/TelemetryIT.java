package org.vmeventagent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Domain;
import org.vmeventagent.cli.ExitCode;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.BootSector;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.PrometheusServer;
import org.vmeventagent.rig.QemuGuests;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TestAuthority;
import org.vmeventagent.rig.TestCertificate;
import org.vmeventagent.rig.TestLives;

/** The running agent's metrics, by each of their outlets. */
@Timeout(120)
class TelemetryIT {
    private static final Duration SOON = Duration.ofSeconds(40);

    private static LibvirtDaemon daemon;
    private static TestLives lives;

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = new LibvirtDaemon();
        lives = new TestLives(daemon);
    }

    @AfterAll
    static void end() throws Exception {
        lives.close();
        daemon.close();
    }

    @Test
    void countsALifeAndServesItByEachOutlet() throws Exception {
        int port = freePort();
        Path textfile = directory.resolve("agent.prom");
        AgentFiles files = files("[telemetry]\nlisten = 127.0.0.1:" + port + "\ntextfile = " + textfile + "\n");
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            lives.live(UUID.randomUUID(), "web 1");
            await().atMost(SOON)
                    .until(
                            () -> get(port, "/metrics").body(),
                            text -> text.contains("vmevent_events_total{detail=\"removed\",event=\"undefined\"} 1.0"));
            String metrics = get(port, "/metrics").body();
            assertEquals("", promtool(metrics));
            for (String name : List.of(
                    "vmevent_outbox_messages", "vmevent_outbox_bytes", "vmevent_outbox_oldest_message_age_seconds")) {
                assertTrue(metrics.contains("\n" + name + " "), name);
            }
            assertTrue(metrics.contains(
                    "vmevent_libvirt_up{connection=\"" + daemon.readOnly(daemon.testUri()) + "\"} 1.0"));
            assertTrue(metrics.contains(
                    "vmevent_transitions_total{cause=\"destroyed\",event=\"stopped\",origin=\"event\"} 1.0"));
            assertFalse(metrics.contains("web 1"), "no label has what a tenant chose");
            assertEquals(200, get(port, "/-/healthy").statusCode());
            assertEquals(
                    "{\"ready\": true, \"reasons\": []}\n", get(port, "/readyz").body());
            assertTrue(run("metrics", files).contains("\nvmevent_build_info{"));
            await().atMost(SOON).until(() -> Files.readString(textfile).contains("event=\"undefined\"} 1.0"));
            assertFalse(Files.readString(textfile).contains("\nprocess_"), "the exporter that reads it has its own");
            assertEquals(0, agent.terminate(), agent::said);
        }
        assertFalse(Files.exists(textfile));
    }

    @Test
    void isHealthyAndNotReadyWhileLibvirtIsAway() throws Exception {
        int port = freePort();
        AgentFiles files = AgentFiles.of(directory, "qemu+unix:///system?socket=" + directory.resolve("none"))
                .withLogDriver()
                .add("[telemetry]\nlisten = 127.0.0.1:" + port + "\n");
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            HttpResponse<String> ready = get(port, "/-/ready");
            assertEquals(503, ready.statusCode());
            assertTrue(ready.body().contains("away: "), ready.body());
            assertEquals(200, get(port, "/healthz").statusCode());
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    @Test
    void thePageForPeopleShowsAHostileNameAsText() throws Exception {
        int port = freePort();
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                .withBroker(broker.url(virtualHost))
                .add(
                        "[libvirt]\nlookup_timeout_ms = 1000\n[notifications]\ndeclare = full\n[telemetry]\nlisten = 127.0.0.1:"
                                + port + "\nstatus_page = true\n");
        UUID uuid = UUID.randomUUID();
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            Domain domain =
                    lives.define(uuid, "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&apos;alert(2)&apos;");
            domain.create();
            await().atMost(SOON).until(() -> get(port, "/").body().contains("<td>started booted</td>"));
            HttpResponse<String> page = get(port, "/");
            String html = page.body();
            assertTrue(html.contains("<strong class=\"ok\">ok</strong>"), html);
            assertTrue(
                    html.contains("<td>&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;alert(2)&#39;</td>"
                            + "<td>billing</td><td>running</td><td>20"),
                    html);
            assertTrue(html.contains("<td>" + uuid + "</td>"), html);
            assertFalse(html.contains("<script"), html);
            assertFalse(html.contains("http"), "nothing from outside");
            assertTrue(page.headers()
                    .firstValue("Content-Security-Policy")
                    .orElse("")
                    .startsWith("default-src 'none'"));
            domain.destroy();
            domain.undefine();
            domain.free();
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    @Test
    void aGuestWhoseProcessIsKilledFiresTheAlert() throws Exception {
        int port = freePort();
        AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.qemuUri()))
                .withLogDriver()
                .add("[telemetry]\nlisten = 127.0.0.1:" + port + "\n");
        try (RunningAgent agent = RunningAgent.run(files).awaitReady();
                QemuGuests guests = new QemuGuests(daemon);
                PrometheusServer prometheus = PrometheusServer.start(directory, "127.0.0.1:" + port)) {
            guests.startPaused("killed", BootSector.IDLE, "");
            await().atMost(SOON)
                    .until(() -> !prometheus
                            .query("vmevent_domains{state=\"running\"} == 1")
                            .isEmpty());
            assertEquals(List.of(), firing(prometheus));
            daemon.guest("killed").destroyForcibly();
            await().atMost(SOON).until(() -> firing(prometheus).equals(List.of("VmEventInstanceCrashed")));
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    @Test
    void prometheusScrapesOverTlsWithAClientCertificate() throws Exception {
        int port = freePort();
        TestAuthority authority = TestAuthority.root(directory, "authority");
        TestCertificate own = authority.issue("agent", "IP:127.0.0.1");
        Path web = Files.writeString(
                directory.resolve("web.yml"), """
                tls_server_config:
                  cert_file: authority/%s
                  key_file: %s
                  client_auth_type: RequireAndVerifyClientCert
                  client_ca_file: authority/own.pem
                  client_allowed_sans: [prometheus.example.net]
                """.formatted(own.certificate().getFileName(), own.key()));
        AgentFiles files = files("[telemetry]\nlisten = 127.0.0.1:" + port + "\nweb_config_file = " + web + "\n");
        try (RunningAgent agent = RunningAgent.run(files).awaitReady();
                PrometheusServer prometheus = PrometheusServer.startTls(
                        directory,
                        "127.0.0.1:" + port,
                        authority.file(),
                        authority.issue("prometheus", "DNS:prometheus.example.net"))) {
            assertEquals(1, prometheus.query("vmevent_build_info").size());
            assertEquals(0, agent.terminate(), agent::said);
        }
        Files.writeString(web, "tls_server_config:\n  cert_fil: agent.pem\n");
        try (RunningAgent agent = RunningAgent.run(files)) {
            assertEquals(ExitCode.CONFIGURATION, agent.exitCode(), agent::said);
            assertTrue(
                    agent.said().contains("[telemetry] web_config_file = " + web + ": line 2: cert_fil"), agent::said);
        }
    }

    private static List<String> firing(PrometheusServer prometheus) {
        List<String> names = new ArrayList<>();
        for (JsonNode alert : prometheus.alerts()) {
            if (alert.get("state").asText().equals("firing")) {
                names.add(alert.at("/labels/alertname").asText());
            }
        }
        return names;
    }

    @Test
    void measuresTheWayFromLibvirtToTheConfirm() throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                .withBroker(broker.url(broker.newVirtualHost()))
                .add("[notifications]\ndeclare = full\n[telemetry]\ncommand = true\n");
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            await().atMost(SOON).until(() -> count(run("metrics", files), "delivery_seconds_count") > 0);
            String before = run("metrics", files);
            lives.live(UUID.randomUUID(), "web 1");
            String name = "delivery_seconds_count";
            await().atMost(SOON).until(() -> count(run("metrics", files), name) >= count(before, name) + 6);
            String metrics = run("metrics", files);
            for (String stage : List.of("queue", "lookup", "commit", "confirm")) {
                String sample = "stage_seconds_count{stage=\"" + stage + "\"}";
                assertTrue(count(metrics, sample) > 0, metrics);
            }
            assertEquals(
                    count(metrics, "delivery_seconds_count"), count(metrics, "delivery_seconds_bucket{le=\"60.0\"}"));
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    private static double count(String metrics, String sample) {
        return metrics.lines()
                .filter(line -> line.startsWith("vmevent_" + sample + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    @Test
    void theCommandSaysHowToCountWhereNothingIs() {
        AgentFiles files = files("");
        try (RunningAgent agent = RunningAgent.run(files).awaitReady();
                RunningAgent command = RunningAgent.start(
                        "metrics", "--config-file", files.config().toString())) {
            assertEquals(ExitCode.FAILED, command.exitCode(), command::said);
            assertTrue(command.err().get(0).contains("[telemetry]"), command::said);
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    private AgentFiles files(String telemetry) {
        return AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                .withLogDriver()
                .add(telemetry);
    }

    private static String run(String name, AgentFiles files) {
        try (RunningAgent command =
                RunningAgent.start(name, "--config-file", files.config().toString())) {
            assertEquals(0, command.exitCode(), command::said);
            return String.join("\n", command.out());
        }
    }

    private HttpResponse<String> get(int port, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** What Prometheus' own check has to say; nothing if all is well. */
    private String promtool(String metrics) throws Exception {
        Path input = Files.writeString(directory.resolve("metrics.txt"), metrics);
        Path output = directory.resolve("promtool.txt");
        Process check = new ProcessBuilder(List.of("promtool", "check", "metrics"))
                .redirectInput(input.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(check.waitFor(30, TimeUnit.SECONDS));
        return Files.readString(output) + (check.exitValue() == 0 ? "" : "exit code " + check.exitValue());
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
