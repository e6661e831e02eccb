package org.vmeventagent.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.vmeventagent.inventory.Cause;
import org.vmeventagent.notification.EventNames;

/** The alerts and dashboards name what there is; what Prometheus makes of them is MixinIT's. */
class MixinTest {
    private static final Path RUNBOOK = Path.of("docs", "alerts.md");

    private static final Pattern QUOTED = Pattern.compile("\"[^\"]*\"");
    private static final Pattern METRIC = Pattern.compile("(?<![:\\w])(?:vmevent|process|jvm)_\\w+(?!\\w|:)");
    private static final Pattern RECORDED = Pattern.compile("\\w+:vmevent_\\w+:\\w+");
    private static final Pattern SELECTOR = Pattern.compile("(?<![:\\w])((?:vmevent|process|jvm)_\\w+)\\{([^}]*)}");
    private static final Pattern MATCHER = Pattern.compile("(\\w+) *(?:=~|!~|!=|=) *\"([^\"]*)\"");
    private static final Pattern PRINTED = Pattern.compile("(?m)^(\\w+)(?:\\{([^}]*)})? ");
    private static final Pattern HEADING = Pattern.compile("(?m)^### (\\w+)\n\n(\\w+)\\.");

    /** Which every scrape has. */
    private static final Set<String> OF_A_TARGET = Set.of("job", "instance");

    @Test
    void everyMetricAndLabelThatARuleOrPanelNamesExists() throws Exception {
        Map<String, Set<String>> printed = printed();
        List<String> unknown = new ArrayList<>();
        for (String expression : allExpressions()) {
            METRIC.matcher(QUOTED.matcher(expression).replaceAll("\"\""))
                    .results()
                    .map(MatchResult::group)
                    .filter(name -> !printed.containsKey(name))
                    .forEach(unknown::add);
            SELECTOR.matcher(expression).results().forEach(selector -> {
                Set<String> labels = printed.getOrDefault(selector.group(1), Set.of());
                MATCHER.matcher(selector.group(2))
                        .results()
                        .map(matcher -> matcher.group(1))
                        .filter(label -> !labels.contains(label) && !OF_A_TARGET.contains(label))
                        .forEach(label -> unknown.add(selector.group(1) + " by " + label));
            });
        }

        assertEquals(List.of(), unknown);
    }

    @Test
    void everyRecordedSeriesThatIsNamedIsRecordedAndTheReverse() throws IOException {
        Set<String> recorded = Mixin.rules().stream()
                .filter(rule -> rule.has("record"))
                .map(rule -> rule.get("record").asText())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> named = allExpressions().stream()
                .flatMap(expression -> RECORDED.matcher(expression).results())
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));

        assertEquals(recorded, named);
    }

    @Test
    void everyCauseThatIsAFaultRaisesAnAlert() throws IOException {
        Set<String> faults = Arrays.stream(Cause.values())
                .filter(Cause::isError)
                .map(Cause::text)
                .collect(Collectors.toCollection(TreeSet::new));
        List<String> alerts = Mixin.alerts().values().stream()
                .map(alert -> alert.get("expr").asText())
                .toList();
        List<String> recordings = Mixin.rules().stream()
                .filter(rule -> rule.has("record"))
                .map(rule -> rule.get("expr").asText())
                .toList();

        assertEquals(faults, values("cause", alerts));
        assertEquals(faults, values("cause", recordings));
    }

    @Test
    void everyEventThatARuleOrPanelNamesCanBePublished() throws IOException {
        Set<String> unknown = values("event", allExpressions());
        unknown.removeAll(EventNames.all());

        assertEquals(Set.of(), unknown);
    }

    @Test
    void everyAlertHasItsRunbookWithTheSameSeverityAndNoOtherIsThere() throws IOException {
        Map<String, String> expected = new TreeMap<>();
        Mixin.alerts()
                .forEach((name, alert) ->
                        expected.put(name, alert.at("/labels/severity").asText()));
        Map<String, String> written = new TreeMap<>();
        HEADING.matcher(Files.readString(RUNBOOK))
                .results()
                .forEach(heading ->
                        written.put(heading.group(1), heading.group(2).toLowerCase(Locale.ROOT)));

        assertEquals(expected, written);
        Mixin.alerts()
                .forEach((name, alert) -> assertEquals(
                        "docs/alerts.md#" + name.toLowerCase(Locale.ROOT),
                        alert.at("/annotations/runbook_url").asText()));
        assertTrue(Set.of("critical", "warning").containsAll(expected.values()), expected::toString);
    }

    @Test
    void everyAlertHasATestInWhichItFiresAndOneInWhichItDoesNot() throws IOException {
        Set<String> fires = new TreeSet<>();
        Set<String> silent = new TreeSet<>();
        for (JsonNode test : Mixin.yaml(Mixin.TESTS).get("tests")) {
            for (JsonNode expected : test.get("alert_rule_test")) {
                (expected.get("exp_alerts").isEmpty() ? silent : fires)
                        .add(expected.get("alertname").asText());
            }
        }

        assertEquals(Mixin.alerts().keySet(), fires);
        assertEquals(Mixin.alerts().keySet(), silent);
    }

    @Test
    void everyPanelReadsTheChosenDataSourceAndHost() throws IOException {
        Set<String> dashboards = new TreeSet<>();
        for (Path file : Mixin.dashboards()) {
            JsonNode dashboard = Mixin.json(file);
            dashboards.add(dashboard.get("uid").asText());
            assertEquals(
                    List.of("datasource", "instance"),
                    dashboard.at("/templating/list").findValuesAsText("name"),
                    file::toString);
            for (JsonNode target : dashboard.findValues("targets").stream()
                    .flatMap(targets -> Stream.iterate(0, i -> i < targets.size(), i -> i + 1)
                            .map(targets::get))
                    .toList()) {
                assertEquals("${datasource}", target.at("/datasource/uid").asText(), target::toString);
                assertTrue(target.get("expr").asText().contains("$instance"), target::toString);
            }
            for (String url : dashboard.findValuesAsText("url")) {
                assertTrue(url.matches("/d/vm-event-agent-(fleet|host)\\?.*"), url);
            }
        }

        assertEquals(Set.of("vm-event-agent-fleet", "vm-event-agent-host"), dashboards);
    }

    /** The names of the labels of every metric that an agent prints. */
    private static Map<String, Set<String>> printed() {
        Map<String, Set<String>> labels = new TreeMap<>();
        PRINTED.matcher(EveryMetric.make().text()).results().forEach(line -> {
            Set<String> names = labels.computeIfAbsent(line.group(1), name -> new TreeSet<>());
            if (line.group(2) != null) {
                MATCHER.matcher(line.group(2)).results().forEach(label -> names.add(label.group(1)));
            }
        });
        return labels;
    }

    private static List<String> allExpressions() throws IOException {
        List<String> all = new ArrayList<>();
        Mixin.rules().forEach(rule -> all.add(rule.get("expr").asText()));
        for (Path file : Mixin.dashboards()) {
            all.addAll(Mixin.json(file).findValuesAsText("expr"));
            all.addAll(Mixin.json(file).findValuesAsText("definition"));
        }
        return all;
    }

    /** What the expressions compare a label with. */
    private static Set<String> values(String label, List<String> expressions) {
        return expressions.stream()
                .flatMap(expression -> MATCHER.matcher(expression).results())
                .filter(matcher -> matcher.group(1).equals(label))
                .flatMap(matcher -> Arrays.stream(matcher.group(2).split("\\|")))
                .filter(value -> !value.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
