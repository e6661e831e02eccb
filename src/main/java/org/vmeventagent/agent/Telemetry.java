package org.vmeventagent.agent;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.TelemetryOptions;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.telemetry.PrometheusMetrics;
import org.vmeventagent.telemetry.TelemetryPages;
import org.vmeventagent.telemetry.TelemetryPages.Page;
import org.vmeventagent.telemetry.TelemetryServer;
import org.vmeventagent.telemetry.TelemetrySocket;
import org.vmeventagent.telemetry.TextfileWriter;

/** The metrics and their outlets, as far as the configuration wants them. */
final class Telemetry implements AutoCloseable {
    private static final String READY_TYPE = "application/json";

    private final PrometheusMetrics metrics;
    private final Optional<TextfileWriter> textfile;
    private final Optional<TelemetryServer> server;
    private final Optional<TelemetrySocket> socket;

    private Telemetry(
            PrometheusMetrics metrics,
            Optional<TextfileWriter> textfile,
            Optional<TelemetryServer> server,
            Optional<TelemetrySocket> socket) {
        this.metrics = metrics;
        this.textfile = textfile;
        this.server = server;
        this.socket = socket;
    }

    /**
     * Empty where no outlet is on: then nothing is counted.
     *
     * @param stuck the loops that make no progress, when somebody asks
     * @param away why the agent is degraded, when somebody asks
     * @param statusPage in HTML, when somebody asks
     */
    static Optional<Telemetry> of(
            Configuration options,
            String version,
            PrometheusMetrics.Samples samples,
            Supplier<List<String>> stuck,
            Supplier<List<String>> away,
            Supplier<String> statusPage) {
        Optional<String> listen = options.find(TelemetryOptions.LISTEN);
        Optional<String> file = options.find(TelemetryOptions.TEXTFILE);
        if (listen.isEmpty() && file.isEmpty() && !options.get(TelemetryOptions.COMMAND)) {
            return Optional.empty();
        }
        PrometheusMetrics metrics = new PrometheusMetrics(version, samples);
        Map<String, Supplier<Page>> pages = pages(metrics, stuck, away);
        if (options.get(TelemetryOptions.STATUS_PAGE)) {
            pages.put("/", () -> new Page(200, "text/html; charset=utf-8", statusPage.get()));
        }
        TelemetryPages served = new TelemetryPages(pages);
        return Optional.of(new Telemetry(
                metrics,
                file.map(path -> new TextfileWriter(Path.of(path), metrics::textWithoutProcess)),
                listen.flatMap(TelemetryOptions::address)
                        .map(address -> new TelemetryServer(
                                address,
                                options.find(TelemetryOptions.WEB_CONFIG_FILE).map(Path::of),
                                served)),
                listen.flatMap(TelemetryOptions::socket).map(path -> new TelemetrySocket(path, served))));
    }

    private static Map<String, Supplier<Page>> pages(
            PrometheusMetrics metrics, Supplier<List<String>> stuck, Supplier<List<String>> away) {
        Supplier<Page> healthy = () -> {
            List<String> loops = stuck.get();
            return loops.isEmpty()
                    ? TelemetryPages.text(200, "ok\n")
                    : TelemetryPages.text(503, "no progress: " + String.join(", ", loops) + "\n");
        };
        Supplier<Page> ready = () -> {
            List<String> reasons = away.get();
            return new Page(reasons.isEmpty() ? 200 : 503, READY_TYPE, json(reasons));
        };
        Map<String, Supplier<Page>> pages = new HashMap<>();
        pages.put("/metrics", () -> new Page(200, PrometheusMetrics.CONTENT_TYPE, metrics.text()));
        pages.put("/-/healthy", healthy);
        pages.put("/healthz", healthy);
        pages.put("/-/ready", ready);
        pages.put("/readyz", ready);
        return pages;
    }

    private static String json(List<String> reasons) {
        String list = reasons.stream()
                .map(reason -> '"' + new String(JsonStringEncoder.getInstance().quoteAsString(reason)) + '"')
                .collect(Collectors.joining(", "));
        return "{\"ready\": " + reasons.isEmpty() + ", \"reasons\": [" + list + "]}\n";
    }

    AgentMetrics metrics() {
        return metrics;
    }

    /** In Prometheus' text format, for the command {@code metrics}. */
    String text() {
        return metrics.text();
    }

    void start() {
        textfile.ifPresent(TextfileWriter::start);
        server.ifPresent(TelemetryServer::start);
        socket.ifPresent(TelemetrySocket::start);
    }

    @Override
    public void close() {
        textfile.ifPresent(TextfileWriter::close);
        server.ifPresent(TelemetryServer::close);
        socket.ifPresent(TelemetrySocket::close);
    }
}
