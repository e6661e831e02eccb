package org.vmeventagent.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LifecycleEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.rig.HostClock;

/**
 * Sequences of events as libvirt tells them, one file each, through one inventory. A line is seconds, event, detail (or
 * the fields of another event), {@code id=7} while the domain has an id, {@code look=no_domain} for the answer of its
 * look-up, and after the bar what it is to give: {@code old state -> state  cause}, E for a fault. {@code
 * -Dgolden.write=true} writes the right sides again.
 */
class SequencesTest {
    private static final Path FILES = Path.of("src", "test", "resources", "sequences");
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");

    static Stream<String> names() throws IOException {
        try (Stream<Path> files = Files.list(FILES)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void givesWhatItsFileSays(String name) throws IOException {
        Inventory inventory = new Inventory();
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(FILES.resolve(name))) {
            lines.add(line.startsWith("#") ? line : reported(inventory, line.split("\\|", 2)[0].strip()));
        }
        String reported = String.join("\n", lines) + "\n";
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(FILES.resolve(name), reported);
        }
        assertEquals(Files.readString(FILES.resolve(name)), reported);
    }

    private static String reported(Inventory inventory, String words) {
        List<String> rest = new ArrayList<>(Arrays.asList(words.split(" +")));
        Instant at = START.plusMillis(Math.round(Double.parseDouble(rest.remove(0)) * 1000));
        String event = rest.remove(0);
        int id = Integer.parseInt(option(rest, "id=", "-1"));
        String answer = option(rest, "look=", "");
        DomainEvent received = LifecycleEvent.TYPES.known().stream().anyMatch(type -> type.is(event))
                ? lifecycle(event, rest.get(0), id, at)
                : other(EventKind.valueOf(event.toUpperCase(Locale.ROOT)), rest, id, at);
        return "%-50s | %s".formatted(words, TransitionLines.states(inventory.apply(received, look(answer, at))));
    }

    private static String option(List<String> words, String name, String absent) {
        for (String word : words) {
            if (word.startsWith(name)) {
                words.remove(word);
                return word.substring(name.length());
            }
        }
        return absent;
    }

    private static @Nullable LookupResult look(String answer, Instant at) {
        if (answer.isEmpty()) {
            return null;
        }
        LookupResult.Status named = LookupResult.Status.valueOf(answer.toUpperCase(Locale.ROOT));
        return new LookupResult(
                named,
                named == LookupResult.Status.METADATA ? "<instance><name>web</name></instance>" : null,
                HostClock.at(at));
    }

    private static DomainEvent lifecycle(String typeWord, String detailWord, int id, Instant at) {
        EnumValue type = named(LifecycleEvent.TYPES.known(), typeWord);
        return event(EventKind.LIFECYCLE, type, named(LifecycleEvent.details(type), detailWord), Map.of(), id, at);
    }

    private static EnumValue named(List<EnumValue> enumValues, String word) {
        return enumValues.stream()
                .filter(enumValue -> enumValue.is(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(word));
    }

    private static DomainEvent other(EventKind kind, List<String> words, int id, Instant at) {
        Object[] fields = words.stream().map(SequencesTest::field).toArray();
        return event(kind, null, null, kind.attributes(fields), id, at);
    }

    /** A number, a typed parameter {@code operation=5}, or text. */
    private static Object field(String word) {
        if (word.matches("\\d+")) {
            return Integer.valueOf(word);
        }
        int equals = word.indexOf('=');
        return equals < 0 ? word : Map.of(word.substring(0, equals), Integer.valueOf(word.substring(equals + 1)));
    }

    private static DomainEvent event(
            EventKind kind,
            @Nullable EnumValue type,
            @Nullable EnumValue detail,
            Map<String, Object> attributes,
            int id,
            Instant at) {
        return new DomainEvent(
                TestInputs.URI,
                1,
                TestInputs.UUID_1,
                "instance-1",
                id,
                kind,
                type,
                detail,
                attributes,
                HostClock.at(at),
                null);
    }
}
