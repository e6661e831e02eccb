package org.vmeventagent.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LifecycleEvent;
import org.vmeventagent.inventory.Cause;
import org.vmeventagent.inventory.KnownDomain.Removal.Reason;
import org.vmeventagent.inventory.MetadataSource;
import org.vmeventagent.inventory.Origin;
import org.vmeventagent.rig.NotificationSchema;

/** Code, schema and page say the same. */
class NotificationDocsTest {
    private static final JsonNode SCHEMA = NotificationSchema.tree();

    @Test
    void pageMentionsEveryEventName() throws IOException {
        assertMentions(EventNames.all());
    }

    @Test
    void pageReportsWhatIsOffByDefault() throws IOException {
        Set<String> off = new TreeSet<>();
        Matcher row = Pattern.compile("(?m)^\\| (`[^|]*) \\|[^|]*\\| off \\|").matcher(page());
        while (row.find()) {
            Matcher name = Pattern.compile("`([a-z_.]+)`").matcher(row.group(1));
            while (name.find()) {
                off.add(name.group(1));
            }
        }
        Set<String> expected = new TreeSet<>(EventNames.all());
        expected.removeAll(EventNames.byDefault());

        assertEquals(expected, off);
    }

    @Test
    void pageMentionsEveryKey() throws IOException {
        Set<String> keys = new TreeSet<>();
        SCHEMA.get("properties").fieldNames().forEachRemaining(keys::add);
        for (String payload : new String[] {"domainPayload", "agentPayload"}) {
            SCHEMA.at("/$defs/" + payload + "/properties").fieldNames().forEachRemaining(keys::add);
        }

        assertMentions(keys);
    }

    @Test
    void pageMentionsEveryAttributeStateAndCause() throws IOException {
        Set<String> words = new TreeSet<>();
        for (EventKind kind : EventKind.values()) {
            kind.fields().forEach(field -> words.add(field.name()));
        }
        words.addAll(texts(DomainState.values(), DomainState::text));
        words.addAll(texts(Cause.values(), Cause::text));
        words.addAll(texts(Origin.values(), Origin::text));
        words.addAll(texts(MetadataSource.values(), MetadataSource::text));
        words.addAll(texts(Reason.values(), Reason::text));

        assertMentions(words);
    }

    @Test
    void pageShowsARealSample() throws IOException {
        String sample = Files.readString(Path.of("src", "test", "resources", "golden", "stopped.json"));

        assertTrue(page().contains("```json\n" + sample + "```"), "golden/stopped.json in docs/notifications.md");
    }

    @Test
    void pageLinksEverySample() throws IOException {
        Set<String> linked = new TreeSet<>();
        Matcher link = Pattern.compile("\\[([a-z0-9_.]+)]\\(\\.\\./src/test/resources/golden/([^)]+)\\.json\\)")
                .matcher(page());
        while (link.find()) {
            assertEquals(link.group(1), link.group(2));
            assertTrue(linked.add(link.group(1)), link.group());
        }

        assertEquals(new TreeSet<>(Examples.all().keySet()), linked);
    }

    @Test
    void schemaEnumeratesWhatTheCodeCanSay() {
        Set<String> events = new TreeSet<>(texts(EventKind.values(), EventKind::libvirtName));
        events.remove("lifecycle");
        LifecycleEvent.TYPES.known().forEach(type -> events.add(type.name()));
        events.add(EnumValue.UNKNOWN);

        assertEquals(events, enumerated("event"));
        assertEquals(texts(DomainState.values(), DomainState::text), enumerated("domain_state"));
        assertEquals(texts(DomainState.values(), DomainState::text), enumerated("old_domain_state"));
        assertEquals(texts(DomainState.values(), state -> "" + state.powerState()), enumerated("power_state"));
        assertEquals(texts(Cause.values(), Cause::text), enumerated("cause"));
        assertEquals(texts(Origin.values(), Origin::text), enumerated("origin"));
        assertEquals(texts(MetadataSource.values(), MetadataSource::text), enumerated("metadata_source"));
        assertEquals(texts(Reason.values(), Reason::text), enumerated("removal"));
        assertEquals(texts(EventKind.Group.values(), EventKind.Group::text), enumerated("kind"));
        assertEquals(
                NotificationWriter.SCHEMA_VERSION,
                SCHEMA.at("/$defs/domainPayload/properties/schema_version/const")
                        .intValue());
    }

    @Test
    void schemaDescribesEveryKey() {
        for (String payload : new String[] {"domainPayload", "agentPayload"}) {
            SCHEMA.at("/$defs/" + payload + "/properties").properties().stream()
                    .filter(property -> property.getValue().isObject())
                    .forEach(property -> assertTrue(property.getValue().has("description"), property.getKey()));
        }
    }

    private static void assertMentions(Set<String> words) throws IOException {
        String page = page();
        Set<String> missing = words.stream()
                .filter(word -> !page.contains("`" + word + "`"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertEquals(Set.of(), missing);
    }

    private static <T> Set<String> texts(T[] values, Function<T, String> text) {
        return Arrays.stream(values).map(text).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> enumerated(String key) {
        Set<String> values = new TreeSet<>();
        SCHEMA.at("/$defs/domainPayload/properties/" + key + "/enum").forEach(value -> values.add(value.asText()));
        return values;
    }

    private static String page() throws IOException {
        return Files.readString(Path.of("docs", "notifications.md"));
    }
}
