package org.vmeventagent.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Label;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.vmeventagent.metrics.AgentMetrics;

/** The table of docs/metrics.md is what the code declares. */
class MetricsPageTest {
    private static final String BEGIN = "| metric | type | labels | what it says |\n|---|---|---|---|\n";

    @Test
    void pageHasEveryMetricAsDeclared() throws Exception {
        String table = EveryMetric.make().read().stream()
                .map(MetricsPageTest::row)
                .sorted()
                .collect(Collectors.joining("\n", BEGIN, "\n"));
        Path made = Files.createDirectories(Path.of("target/pages")).resolve("metrics-table.md");
        Files.writeString(made, table);
        String page = Files.readString(Path.of("docs/metrics.md"));
        assertTrue(page.contains(table), "copy " + made + " into docs/metrics.md");
        assertEquals(
                table.lines().count() - 2,
                page.lines()
                        .filter(line -> line.matches("\\| `(vmevent|process|jvm)_.*"))
                        .count());
    }

    /** Else a new verb would count nothing, and nobody would notice. */
    @Test
    void everythingThatHappensIsCounted() {
        Set<String> counted = Arrays.stream(PrometheusMetrics.class.getDeclaredMethods())
                .map(method -> method.getName())
                .collect(Collectors.toSet());
        List<String> verbs = Arrays.stream(AgentMetrics.class.getDeclaredMethods())
                .filter(method -> !method.isSynthetic())
                .map(method -> method.getName())
                .toList();
        assertTrue(counted.containsAll(verbs), () -> "not counted of " + verbs);
        assertEquals(26, verbs.size(), "EveryMetric drives each of them once");
    }

    private static String row(MetricSnapshot snapshot) {
        MetricMetadata about = snapshot.getMetadata();
        boolean counter = snapshot instanceof CounterSnapshot;
        String type = counter ? "counter" : snapshot instanceof HistogramSnapshot ? "histogram" : "gauge";
        String labels = snapshot.getDataPoints().stream().findFirst().map(DataPointSnapshot::getLabels).stream()
                .flatMap(all -> all.stream().map(Label::getName))
                .map(name -> "`" + name + "`")
                .collect(Collectors.joining(", "));
        return "| `" + about.getPrometheusName() + (counter ? "_total" : "") + "` | " + type + " | " + labels + " | "
                + about.getHelp() + " |";
    }
}
