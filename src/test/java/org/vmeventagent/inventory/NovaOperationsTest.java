package org.vmeventagent.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.rig.VirshEvent;

/**
 * What a real Nova made libvirt report, operation by operation, and what the inventory makes of it: a golden file for
 * each. {@code -Dgolden.write=true} writes them again. Recorded were 50 operations of Nova 26.2 (libvirt 9.0, QEMU 7.2),
 * 57 of Nova 31.0 (libvirt 11.3, QEMU 10.0) and 32 of Nova 33.0 (libvirt 12.8, QEMU 11.1).
 *
 * <p>Nova 31 was deaf once, until it was restarted: {@code unnoticed_by_nova} is the operation whose end it didn't see.
 * The start that followed lies between two recordings: {@code start_not_recorded}.
 */
class NovaOperationsTest {
    private static final Path FILES = Path.of("src", "test", "resources", "nova");
    private static final Instant START = Instant.parse("2026-11-22T20:14:42Z");

    /** A domain with an inventory of its own. */
    private static final class Watched {
        private final String name;
        private final Inventory inventory = new Inventory();
        private int id = -1;
        private DomainState state = DomainState.UNDEFINED;

        Watched(String name) {
            this.name = name;
        }
    }

    private final Map<String, Watched> domains = new HashMap<>();
    private Instant begun = START;
    private int lastId;

    @TestFactory
    Stream<DynamicTest> nova26BecomesWhatTheGoldenFilesHold() throws IOException {
        return becomesWhatTheGoldenFilesHold(FILES.resolve("26"));
    }

    @TestFactory
    Stream<DynamicTest> nova31BecomesWhatTheGoldenFilesHold() throws IOException {
        return becomesWhatTheGoldenFilesHold(FILES.resolve("31"));
    }

    @TestFactory
    Stream<DynamicTest> nova33BecomesWhatTheGoldenFilesHold() throws IOException {
        return becomesWhatTheGoldenFilesHold(FILES.resolve("33"));
    }

    private Stream<DynamicTest> becomesWhatTheGoldenFilesHold(Path files) throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (String line : Files.readAllLines(files.resolve("operations.jsonl"))) {
            JsonNode operation = new ObjectMapper().readTree(line);
            Watched domain = domains.computeIfAbsent(operation.path("domain").asText(), Watched::new);
            String reported = report(operation, domain);
            DomainState state = domain.state;
            tests.add(DynamicTest.dynamicTest(name(operation), () -> {
                assertEquals(state(operation), state);
                assertGolden(files.resolve(name(operation) + ".txt"), reported);
            }));
        }
        return tests.stream();
    }

    private static String name(JsonNode operation) {
        String words = operation.path("operation").asText().toLowerCase(Locale.ROOT);
        return "%02d-%s"
                .formatted(
                        operation.path("n").asInt(),
                        words.replaceAll("[^a-z0-9]+", "-").replaceAll("-$", ""));
    }

    private static void assertGolden(Path file, String lines) throws IOException {
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(file, lines);
        }
        assertEquals(Files.readString(file), lines);
    }

    /** What virsh called the domain afterwards; Nova's power state must mean the same. */
    private static DomainState state(JsonNode operation) {
        String seen = operation.path("domstate_after").asText();
        if (seen.isEmpty()) {
            return DomainState.UNDEFINED;
        }
        String state = seen.substring(0, seen.indexOf(" ("));
        DomainState expected = seen.equals("shut off (saved)")
                ? DomainState.SAVED
                : state.equals("shut off") ? DomainState.DEFINED : DomainState.valueOf(state.toUpperCase(Locale.ROOT));
        if (!operation.has("unnoticed_by_nova")) {
            assertEquals(operation.path("nova_after").path(3).asInt(), expected.powerState());
        }
        return expected;
    }

    private String report(JsonNode operation, Watched domain) {
        String seen = operation.path("domstate_after").asText();
        StringBuilder reported = new StringBuilder();
        reported.append("# ").append(operation.path("operation").asText()).append('\n');
        reported.append("# Nova says %s, libvirt %s\n"
                .formatted(
                        operation.path("nova_after").path(0).asText(),
                        seen.isEmpty() ? "that there is no such domain" : seen));
        if (operation.has("start_not_recorded")) {
            domain.inventory.apply(received(domain, VirshEvent.read("lifecycle", "Started Booted"), begun), null);
        }
        for (JsonNode event : operation.path("events")) {
            VirshEvent words = VirshEvent.read(
                    event.path("event").asText(), event.path("detail").asText());
            if (words.kind() != EventKind.BLOCK_JOB) { // not registered where the daemon has BLOCK_JOB_2
                double dt = event.path("dt").asDouble();
                DomainEvent received = received(domain, words, begun.plusMillis(Math.round(dt * 1000)));
                List<Transition> transitions = domain.inventory.apply(received, null);
                reported.append("%6.2f  %-26s  %s\n"
                        .formatted(dt, TransitionLines.event(received), TransitionLines.states(transitions)));
                for (Transition transition : transitions) {
                    assertEquals(Origin.EVENT, transition.origin(), reported::toString);
                    domain.state = transition.domain().lifecycle().state();
                }
            }
        }
        begun = begun.plusSeconds(120);
        return reported.toString();
    }

    /** With a new id for each start, that an early RESUMED carries too, and none where libvirt gives none. */
    private DomainEvent received(Watched domain, VirshEvent words, Instant at) {
        String type = words.type() == null ? "" : words.type().name();
        if (domain.id < 0 && (type.equals("resumed") || type.equals("started"))) {
            domain.id = ++lastId;
        } else if (type.equals("stopped")) {
            domain.id = -1;
        }
        return new DomainEvent(
                TestInputs.URI,
                1,
                UUID.nameUUIDFromBytes(domain.name.getBytes(StandardCharsets.UTF_8)),
                domain.name,
                type.equals("defined") || type.equals("undefined") ? -1 : domain.id,
                words.kind(),
                words.type(),
                words.detail(),
                words.attributes(),
                HostClock.at(at),
                null);
    }
}
