package org.vmeventagent.telemetry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files for Prometheus and Grafana that come with the agent. */
final class Mixin {
    static final Path RULES = Path.of("etc", "prometheus", "vm-event-agent.rules.yml");
    static final Path TESTS = Path.of("etc", "prometheus", "vm-event-agent.rules.test.yml");

    private Mixin() {}

    /** In their order. */
    static List<JsonNode> rules() throws IOException {
        List<JsonNode> rules = new ArrayList<>();
        yaml(RULES).get("groups").forEach(group -> group.get("rules").forEach(rules::add));
        return rules;
    }

    static Map<String, JsonNode> alerts() throws IOException {
        Map<String, JsonNode> alerts = new TreeMap<>();
        rules().stream()
                .filter(rule -> rule.has("alert"))
                .forEach(rule -> alerts.put(rule.get("alert").asText(), rule));
        return alerts;
    }

    static List<Path> dashboards() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("etc", "grafana"))) {
            return files.sorted().toList();
        }
    }

    static JsonNode yaml(Path file) throws IOException {
        return new ObjectMapper(new YAMLFactory()).readTree(file.toFile());
    }

    static JsonNode json(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile());
    }
}
