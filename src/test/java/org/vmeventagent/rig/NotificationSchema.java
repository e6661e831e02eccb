package org.vmeventagent.rig;

import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code docs/notification.schema.json}, which every notification that any test produces has to satisfy. */
public final class NotificationSchema {
    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    private static final String TEXT = text();
    private static final DocumentedSchema SCHEMA = new DocumentedSchema("notification");

    private NotificationSchema() {}

    /**
     * Fails unless it is a notification, and has neither a key twice nor null nor empty text anywhere.
     *
     * @param innerJson the inner oslo.messaging object, with or without {@code _unique_id}
     */
    public static void assertValid(byte[] innerJson) {
        String text = new String(innerJson, StandardCharsets.UTF_8);
        List<String> faults = new ArrayList<>();
        try {
            collectEmpty(JSON.readTree(text), "", faults);
        } catch (IOException e) {
            faults.add("no JSON: " + e.getMessage());
        }
        if (faults.isEmpty()) {
            faults.addAll(SCHEMA.faults(text));
        }
        if (!faults.isEmpty()) {
            fail(String.join("\n", faults) + "\nin " + text);
        }
    }

    /** The schema itself. */
    public static JsonNode tree() {
        try {
            return JSON.readTree(TEXT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void collectEmpty(JsonNode node, String path, List<String> faults) {
        if (node.isNull() || (node.isTextual() && node.textValue().isEmpty())) {
            faults.add(path + " is null or empty");
        }
        node.properties().forEach(entry -> collectEmpty(entry.getValue(), path + "/" + entry.getKey(), faults));
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            collectEmpty(node.get(i), path + "/" + i, faults);
        }
    }

    private static String text() {
        try {
            return Files.readString(Path.of("docs", "notification.schema.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
