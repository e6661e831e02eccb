package org.vmeventagent.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmeventagent.rig.NotificationSchema;

/** Every notification there is, as kept in the golden files; {@code -Dgolden.write=true} writes them again. */
class GoldenNotificationTest {
    private static final Path FILES = Path.of("src", "test", "resources", "golden");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Notification> EXAMPLES = Examples.all();

    static Set<String> names() {
        return EXAMPLES.keySet();
    }

    @ParameterizedTest
    @MethodSource("names")
    void writesWhatTheGoldenFileHolds(String name) throws IOException {
        Notification notification = Objects.requireNonNull(EXAMPLES.get(name));
        String pretty = pretty(notification.body());
        Path file = FILES.resolve(name + ".json");
        if (Boolean.getBoolean("golden.write")) {
            Files.createDirectories(FILES);
            Files.writeString(file, pretty);
        }

        assertEquals(Files.readString(file), pretty);
        NotificationSchema.assertValid(notification.body());
    }

    @Test
    void hasAnExampleOfEveryName() {
        assertEquals(
                new TreeSet<>(EventNames.all()),
                EXAMPLES.values().stream()
                        .map(notification -> notification.eventType().startsWith("libvirt.agent.")
                                ? notification.eventType().substring("libvirt.".length())
                                : notification.eventType().substring("libvirt.domain.".length()))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void hasAnExampleOfEveryKey() throws IOException {
        Set<String> seen = new TreeSet<>();
        for (Notification notification : EXAMPLES.values()) {
            JSON.readTree(notification.body()).get("payload").fieldNames().forEachRemaining(seen::add);
        }
        Set<String> described = new TreeSet<>();
        for (String payload : List.of("domainPayload", "agentPayload")) {
            NotificationSchema.tree().at("/$defs/" + payload + "/properties").properties().stream()
                    .filter(property -> property.getValue().isObject())
                    .forEach(property -> described.add(property.getKey()));
        }

        assertEquals(described, seen);
    }

    @Test
    void keepsNoFileWithoutAnExample() throws IOException {
        Set<String> expected = new TreeSet<>();
        EXAMPLES.keySet().forEach(name -> expected.add(name + ".json"));
        Set<String> actual = new TreeSet<>();
        try (Stream<Path> files = Files.list(FILES)) {
            files.forEach(file -> actual.add(String.valueOf(file.getFileName())));
        }

        assertEquals(expected, actual);
    }

    @Test
    void writesOnlyAscii() {
        EXAMPLES.forEach((name, notification) -> {
            for (byte b : notification.body()) {
                assertTrue(b >= 0x20, name);
            }
        });
    }

    private static String pretty(byte[] body) throws IOException {
        DefaultIndenter indent = new DefaultIndenter("  ", "\n");
        return JSON.writer(new DefaultPrettyPrinter().withObjectIndenter(indent).withArrayIndenter(indent))
                        .writeValueAsString(JSON.readTree(new String(body, StandardCharsets.US_ASCII)))
                + "\n";
    }
}
