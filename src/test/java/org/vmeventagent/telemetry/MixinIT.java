package org.vmeventagent.telemetry;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.PrometheusServer;

/** The rules and the panels' queries before the installed Prometheus. */
@Timeout(180)
class MixinIT {
    private static final long DEADLINE_S = 60;

    /** Of panels that are rightly empty while no instance has a fault. */
    private static final String NEEDS_A_FAULT = ".*(vmevent_faults|cause=~).*";

    @TempDir
    private Path directory;

    @Test
    void promtoolFindsNothingWrongInTheRules() throws Exception {
        assertEquals(0, promtool("check", "rules", Mixin.RULES.toString()));
    }

    @Test
    void everyAlertFiresWhenItShouldAndOnlyThen() throws Exception {
        assertEquals(0, promtool("test", "rules", Mixin.TESTS.toString()));
    }

    @Test
    void everyPanelShowsSomethingOfAnAgentThatHasSeenEverything() throws Exception {
        PrometheusMetrics metrics = EveryMetric.make();
        HttpServer agent = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        agent.createContext("/metrics", exchange -> {
            try (exchange) {
                exchange.getResponseHeaders().set("Content-Type", PrometheusMetrics.CONTENT_TYPE);
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write(metrics.text().getBytes(StandardCharsets.UTF_8));
            }
        });
        agent.start();
        String instance = "127.0.0.1:" + agent.getAddress().getPort();
        List<String> queries = new ArrayList<>();
        for (Path dashboard : Mixin.dashboards()) {
            queries.addAll(Mixin.json(dashboard).findValuesAsText("expr"));
        }
        assertFalse(queries.isEmpty());
        try (PrometheusServer prometheus = PrometheusServer.start(directory, instance)) {
            for (String query : queries) {
                String asked = query.replace("$__rate_interval", "10s")
                        .replace("$__range", "1m")
                        .replace("$instance", instance);
                if (query.matches(NEEDS_A_FAULT)) {
                    prometheus.query(asked); // it is understood
                } else {
                    await(query)
                            .atMost(DEADLINE_S, TimeUnit.SECONDS)
                            .until(() -> !prometheus.query(asked).isEmpty());
                }
            }
        } finally {
            agent.stop(0);
        }
    }

    private static int promtool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (!process.waitFor(DEADLINE_S, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return process.exitValue();
    }
}
