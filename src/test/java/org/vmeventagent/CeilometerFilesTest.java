package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.inventory.Cause;
import org.vmeventagent.notification.EventNames;
import org.vmeventagent.rig.NotificationSchema;

/** The files for Ceilometer say what the code can say; what a real one makes of them is CeilometerIT's. */
class CeilometerFilesTest {
    private static final Path FILES = Path.of("etc", "ceilometer");
    private static final Path PAGE = Path.of("docs", "ceilometer.md");
    private static final Path EVENTS = FILES.resolve("vm-event-agent-events.yaml");
    private static final Path GOLDEN = Path.of("src", "test", "resources", "golden");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void everyEventNameHasOneDefinition() throws IOException {
        JsonNode definitions = YAML.readTree(EVENTS.toFile());

        for (String type : eventTypes()) {
            List<String> matching = new ArrayList<>();
            definitions.forEach(definition -> {
                String glob = definition.get("event_type").asText();
                if (type.matches(Pattern.quote(glob).replace("*", "\\E.*\\Q"))) {
                    matching.add(glob);
                }
            });
            assertEquals(1, matching.size(), type);
        }
    }

    @Test
    void everyKeyOfAPayloadIsATraitOfItsTypeOrNamedAsLeftOut() throws IOException {
        Set<String> leftOut = new TreeSet<>();
        for (String payload : List.of("domain", "agent")) {
            Map<String, String> expected = new TreeMap<>();
            NotificationSchema.tree().at("/$defs/" + payload + "Payload/properties").properties().stream()
                    .filter(property -> property.getValue().isObject())
                    .forEach(property -> expected.put(property.getKey(), traitType(property.getValue())));
            expected.remove("attributes");
            expected.forEach((key, type) -> {
                if (type.isEmpty()) {
                    leftOut.add(key);
                }
            });
            leftOut.forEach(expected::remove);
            expected.put("service", "text");
            if (payload.equals("domain")) {
                expected.put("resource_id", "text");
            }
            Map<String, String> actual = new TreeMap<>();
            traits("libvirt." + payload + ".*").properties().stream()
                    .filter(trait -> !trait.getKey().startsWith("attribute_"))
                    .forEach(trait -> actual.put(
                            trait.getKey(), trait.getValue().path("type").asText("text")));

            assertEquals(expected, actual);
        }

        assertEquals(leftOut, words("# Left out, being lists or objects: "));
    }

    @Test
    void everyFieldOfAnEventIsATraitOrNamedAsLeftOut() throws IOException {
        Set<String> expected = new TreeSet<>(Set.of("operation")); // of JOB_COMPLETED's parameters
        Arrays.stream(EventKind.values())
                .flatMap(kind -> kind.fields().stream())
                .map(EventKind.Field::name)
                .forEach(expected::add);
        Set<String> reported = words("# Left out of attributes, for the same reason: ");
        traits("libvirt.domain.*").fieldNames().forEachRemaining(trait -> {
            if (trait.startsWith("attribute_")) {
                assertTrue(reported.add(trait.substring("attribute_".length())), trait);
            }
        });

        assertEquals(expected, reported);
    }

    @Test
    void everyTraitIsTakenFromTheKeyOfItsName() throws IOException {
        for (String glob : List.of("libvirt.domain.*", "libvirt.agent.*")) {
            traits(glob).properties().forEach(trait -> {
                String name = trait.getKey();
                String from = trait.getValue().get("fields").asText();
                if (name.equals("service")) {
                    assertTrue(from.startsWith("publisher_id."), from);
                } else if (name.equals("resource_id")) {
                    assertEquals("payload.instance_id", from);
                } else {
                    assertEquals("payload." + name.replaceFirst("^attribute_", "attributes."), from);
                }
            });
        }
    }

    /** Ceilometer warns of, and drops, a sample without a volume. */
    @Test
    void everyNotificationThatMakesASampleHasItsVolumeAndItsResource() throws IOException {
        List<JsonNode> notifications = new ArrayList<>();
        try (Stream<Path> files = Files.list(GOLDEN)) {
            for (Path file : files.toList()) {
                notifications.add(JSON.readTree(file.toFile()));
            }
        }
        for (JsonNode meter : meters()) {
            Pattern type = Pattern.compile(meter.get("event_type").asText());
            List<JsonNode> counted = notifications.stream()
                    .filter(reported ->
                            type.matcher(reported.get("event_type").asText()).lookingAt())
                    .toList();
            assertFalse(counted.isEmpty(), meter::toString);
            for (JsonNode reported : counted) {
                assertTrue(meter.get("volume").isInt() || has(reported, meter.get("volume")), meter::toString);
                assertTrue(has(reported, meter.get("resource_id")), meter::toString);
            }
        }
    }

    /** Ceilometer drops samples of a meter that no resource names, and takes the last resource that does. */
    @Test
    void everyMeterIsAMetricOfOneResourceInGnocchi() throws IOException {
        List<String> meters = new ArrayList<>();
        meters().forEach(meter -> meters.add(meter.get("name").asText()));
        List<String> metrics = new ArrayList<>();
        resources().forEach(resource -> resource.get("metrics").fieldNames().forEachRemaining(metrics::add));

        Collections.sort(meters);
        Collections.sort(metrics);

        assertEquals(meters, metrics);
    }

    @Test
    void everyAttributeInGnocchiIsMadeOfWhatTheMetersHave() throws IOException {
        Pattern key = Pattern.compile("(?<=[.(|])\\w+");
        JsonNode metadata = meters().get(0).get("metadata"); // the others of instances have the same, by an alias
        for (JsonNode resource : resources()) {
            for (JsonNode attribute : resource.get("attributes")) {
                String path = attribute.asText();
                assertTrue(path.equals("resource_id") || path.startsWith("resource_metadata."), path);
                key.matcher(path).results().forEach(found -> assertTrue(metadata.has(found.group()), path));
            }
        }
    }

    @Test
    void theAlarmWaitsForSomethingThatCanHappen() throws IOException {
        JsonNode rule = JSON.readTree(FILES.resolve("vm-event-agent-alarm.json").toFile())
                .get("event_rule");
        JsonNode query = rule.at("/query/0");

        assertTrue(eventTypes().contains(rule.get("event_type").asText()));
        assertEquals("traits.cause", query.get("field").asText());
        assertTrue(traits("libvirt.domain.*").has("cause"));
        assertEquals(Cause.PROCESS_DIED.text(), query.get("value").asText());
    }

    @Test
    void theAlarmsOfThePageWaitForSomethingThatCanHappen() throws IOException {
        List<String> causes = Arrays.stream(Cause.values()).map(Cause::text).toList();
        String page = Files.readString(PAGE);
        List<MatchResult> conditions = Pattern.compile("traits\\.(\\w+)=string::(\\w+)")
                .matcher(page)
                .results()
                .toList();
        assertFalse(conditions.isEmpty());
        for (MatchResult condition : conditions) {
            String value = condition.group(2);
            assertTrue(traits("libvirt.domain.*").has(condition.group(1)), condition.group());
            assertTrue(condition.group(1).equals("cause") ? causes.contains(value) : value.equals("error"), value);
        }
        Pattern.compile("--metric ([\\w.]+)")
                .matcher(page)
                .results()
                .forEach(metric -> assertTrue(isMeter(metric.group(1)), metric::group));
    }

    /** Its commands are run by devstack/telemetry.sh, so none may be in a section that it leaves out. */
    @Test
    void everySectionWithCommandsIsRun() throws IOException {
        List<String> sections = Arrays.stream(Files.readString(PAGE).split("(?m)^## ", -1))
                .filter(section -> section.contains("\n```sh\n"))
                .map(section -> section.substring(0, section.indexOf('\n')))
                .toList();
        List<String> run = Pattern.compile("(?m)\\bpage \"(.+)\"$")
                .matcher(Files.readString(Path.of("devstack", "telemetry-box.sh")))
                .results()
                .map(call -> call.group(1))
                .toList();

        assertEquals(sections, run);
    }

    @Test
    void thePageNamesEveryFile() throws IOException {
        String page = Files.readString(PAGE);
        try (Stream<Path> files = Files.list(FILES)) {
            files.map(file -> "| `" + file.getFileName() + "` |").forEach(row -> assertTrue(page.contains(row), row));
        }
    }

    private static boolean has(JsonNode reported, JsonNode path) {
        return reported.at(path.asText().replaceFirst("^\\$", "").replace('.', '/'))
                .isValueNode();
    }

    private static JsonNode meters() throws IOException {
        return YAML.readTree(FILES.resolve("vm-event-agent-meters.yaml").toFile())
                .get("metric");
    }

    private static boolean isMeter(String name) {
        try {
            return meters().findValuesAsText("name").contains(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode resources() throws IOException {
        return YAML.readTree(FILES.resolve("vm-event-agent-gnocchi.yaml").toFile());
    }

    private static Set<String> eventTypes() {
        return EventNames.all().stream()
                .map(name -> name.startsWith("agent.") ? "libvirt." + name : "libvirt.domain." + name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static JsonNode traits(String glob) throws IOException {
        for (JsonNode definition : YAML.readTree(EVENTS.toFile())) {
            if (definition.get("event_type").asText().equals(glob)) {
                return definition.get("traits");
            }
        }
        throw new AssertionError("no definition of " + glob);
    }

    /** The words after the beginning of a line in the comment. */
    private static Set<String> words(String beginning) throws IOException {
        String line = Files.readAllLines(EVENTS).stream()
                .filter(each -> each.startsWith(beginning))
                .findFirst()
                .orElseThrow();
        return new TreeSet<>(List.of(line.substring(beginning.length()).split(" ", -1)));
    }

    /** Empty for what is no plain value. */
    private static String traitType(JsonNode described) {
        JsonNode sample = described.has("const") ? described.get("const") : described.at("/enum/0");
        String type = described.path("type").asText();
        if (described.path("$ref").asText().endsWith("/time")) {
            return "datetime";
        }
        if (sample.isInt() || sample.isBoolean() || type.equals("integer") || type.equals("boolean")) {
            return "int";
        }
        boolean plain = sample.isTextual()
                || type.equals("string")
                || described.path("$ref").asText().endsWith("/uuid");
        return plain ? "text" : "";
    }
}
