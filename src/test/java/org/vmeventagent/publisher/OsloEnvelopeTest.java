package org.vmeventagent.publisher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmeventagent.store.OutboxRow;

class OsloEnvelopeTest {
    private static final String ID = "1a501727-b96d-40a0-beec-4c668a4961ca";
    private static final String UNIQUE = "4d0cf0c39cb14e369a0f852e4d3b9888";
    private static final String STORED =
            "{\"message_id\": \"" + ID + "\", \"payload\": {\"name\": \"a\\\"b\\\\ \\u00e9\"}}";
    private static final OutboxRow ROW = row(STORED);

    private static OutboxRow row(String body) {
        return new OutboxRow(1, "info", null, ID, 0, body.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.US_ASCII);
    }

    @Test
    void firstFormatIsTheStoredObjectWithItsUniqueId() {
        assertEquals(
                STORED.substring(0, STORED.length() - 1) + ", \"_unique_id\": \"" + UNIQUE + "\"}",
                text(OsloEnvelope.MESSAGING.wrap(ROW, UNIQUE)));
    }

    @Test
    void secondFormatIsByteForByteWhatPythonWrites() {
        OutboxRow row = row("{\"message_id\": \"x\", \"payload\": {\"n\": 1.5}}");
        assertEquals(
                "{\"oslo.version\": \"2.0\", \"oslo.message\": \"{\\\"message_id\\\": \\\"x\\\", \\\"payload\\\":"
                        + " {\\\"n\\\": 1.5}, \\\"_unique_id\\\": \\\"" + UNIQUE + "\\\"}\"}",
                text(OsloEnvelope.MESSAGINGV2.wrap(row, UNIQUE)));
    }

    @Test
    void innerTextReadsBackAsTheFirstFormat() throws IOException {
        ObjectMapper json = new ObjectMapper();
        JsonNode outer = json.readTree(OsloEnvelope.MESSAGINGV2.wrap(ROW, UNIQUE));
        assertEquals("2.0", outer.get("oslo.version").asText());
        assertEquals(
                text(OsloEnvelope.MESSAGING.wrap(ROW, UNIQUE)),
                outer.get("oslo.message").asText());
    }

    @Test
    void uniqueIdIsAnotherOneForEachSending() {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            String id = OsloEnvelope.newUniqueId();
            assertTrue(id.matches("[0-9a-f]{32}"), id);
            assertTrue(ids.add(id), id);
        }
    }

    @Test
    void findsTheUniqueIdInABodyThatCameBack() {
        for (OsloEnvelope envelope : OsloEnvelope.values()) {
            assertEquals(UNIQUE, envelope.uniqueIdIn(envelope.wrap(ROW, UNIQUE)));
            assertEquals("", envelope.uniqueIdIn(new byte[3]));
        }
    }

    @Test
    void refusesWhatIsNoObject() {
        assertThrows(IllegalArgumentException.class, () -> OsloEnvelope.MESSAGING.wrap(row(""), UNIQUE));
        assertThrows(IllegalArgumentException.class, () -> OsloEnvelope.MESSAGING.wrap(row("[1, 2]"), UNIQUE));
    }
}
