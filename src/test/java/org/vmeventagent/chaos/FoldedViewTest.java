package org.vmeventagent.chaos;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a view is after any sequence. The consumer of docs/consumer has the same cases, in {@code test_vm_events.py}. */
class FoldedViewTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path CASES = Path.of("src", "test", "resources", "consumer", "cases.json");
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofSeconds(60);

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void foldsAsTheCaseSays(String name, JsonNode defaults, JsonNode one) {
        List<String> calls = new ArrayList<>();
        FoldedView view = new FoldedView(calls::add, PATIENCE, SILENCE);
        Duration now = Duration.ZERO;
        int number = 0;
        for (JsonNode step : one.get("steps")) {
            calls.clear();
            if (step.has("tick")) {
                now = Duration.ofSeconds(step.get("tick").asLong());
                view.tick(now);
            } else {
                view.take(notification(defaults, step), now);
            }
            assertEquals(texts(step.get("calls")), calls, name + ", step " + ++number);
        }
        List<String> instances = view.instances().stream().map(String::valueOf).toList();
        List<String> located = new ArrayList<>();
        view.located().forEach((instance, where) -> located.add(instance + ' ' + where.host()));

        assertAll(
                () -> assertPart(one, "hosts", view.hosts()),
                () -> assertPart(one, "instances", instances),
                () -> assertPart(one, "located", located));
    }

    private static void assertPart(JsonNode one, String part, List<String> lines) {
        if (one.has(part)) {
            assertEquals(texts(one.get(part)), lines);
        }
    }

    private static ReceivedNotification notification(JsonNode defaults, JsonNode step) {
        ObjectNode payload = defaults.deepCopy();
        payload.setAll((ObjectNode) step.get("payload"));
        ObjectNode inner = JSON.createObjectNode();
        inner.put("event_type", "libvirt." + step.get("take").asText());
        inner.set("payload", payload);
        return new ReceivedNotification(inner);
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    static Stream<Arguments> cases() throws IOException {
        JsonNode all = JSON.readTree(CASES.toFile());
        return StreamSupport.stream(all.get("cases").spliterator(), false)
                .map(one -> Arguments.of(one.get("name").asText(), all.get("payload"), one));
    }
}
