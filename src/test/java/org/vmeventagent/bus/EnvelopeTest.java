package org.vmeventagent.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.vmeventagent.store.OutboxRow;

class EnvelopeTest {
    private static final String ID = "1a501727-b96d-40a0-beec-4c668a4961ca";
    private static final String STORED =
            "{\"message_id\": \"" + ID + "\", \"payload\": {\"name\": \"a\\\"b\\\\ \\u00e9\"}}";
    private static final OutboxRow ROW = row(STORED);

    private static OutboxRow row(String body) {
        return new OutboxRow(1, "info", ID, 0, body.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.US_ASCII);
    }

    @Test
    void firstFormatIsTheStoredObjectWithItsUniqueId() {
        String unique = Envelope.uniqueId(ID, "notifications");
        assertEquals(
                STORED.substring(0, STORED.length() - 1) + ", \"_unique_id\": \"" + unique + "\"}",
                text(Envelope.MESSAGING.wrap(ROW, "notifications")));
    }

    @Test
    void secondFormatIsByteForByteWhatPythonWrites() {
        OutboxRow row = row("{\"message_id\": \"x\", \"payload\": {\"n\": 1.5}}");
        String unique = Envelope.uniqueId(ID, "notifications");
        assertEquals(
                "{\"oslo.version\": \"2.0\", \"oslo.message\": \"{\\\"message_id\\\": \\\"x\\\", \\\"payload\\\":"
                        + " {\\\"n\\\": 1.5}, \\\"_unique_id\\\": \\\"" + unique + "\\\"}\"}",
                text(Envelope.MESSAGINGV2.wrap(row, "notifications")));
    }

    @Test
    void innerTextReadsBackAsTheFirstFormat() throws IOException {
        ObjectMapper json = new ObjectMapper();
        JsonNode outer = json.readTree(Envelope.MESSAGINGV2.wrap(ROW, "t"));
        assertEquals("2.0", outer.get("oslo.version").asText());
        assertEquals(
                text(Envelope.MESSAGING.wrap(ROW, "t")),
                outer.get("oslo.message").asText());
    }

    @Test
    void uniqueIdIsStableAndDiffersPerTopic() {
        assertEquals(32, Envelope.uniqueId(ID, "a").length());
        assertEquals(Envelope.uniqueId(ID, "a"), Envelope.uniqueId(ID, "a"));
        assertNotEquals(Envelope.uniqueId(ID, "a"), Envelope.uniqueId(ID, "b"));
    }

    @Test
    void findsTheUniqueIdInABodyThatCameBack() {
        for (Envelope envelope : Envelope.values()) {
            assertEquals(Envelope.uniqueId(ID, "t"), envelope.uniqueIdIn(envelope.wrap(ROW, "t")));
            assertEquals("", envelope.uniqueIdIn(new byte[3]));
        }
    }

    @Test
    void refusesWhatIsNoObject() {
        assertThrows(IllegalArgumentException.class, () -> Envelope.MESSAGING.wrap(row(""), "t"));
        assertThrows(IllegalArgumentException.class, () -> Envelope.MESSAGING.wrap(row("[1, 2]"), "t"));
    }
}
