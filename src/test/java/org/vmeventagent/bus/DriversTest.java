package org.vmeventagent.bus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmeventagent.store.OutboxRow;

class DriversTest {
    @Test
    void takesOneAcknowledgingDriverAndTheTap() {
        assertEquals(new Drivers(Envelope.MESSAGINGV2, true), Drivers.of(List.of("messagingv2", "log")));
        assertEquals(new Drivers(Envelope.MESSAGING, false), Drivers.of(List.of(" Messaging ")));
        assertEquals(new Drivers(null, false), Drivers.of(List.of("noop")));
        assertEquals(new Drivers(null, true), Drivers.of(List.of("noop", "log")));
    }

    @Test
    void refusesTwoFormatsAndUnknownNames() {
        assertThrows(IllegalArgumentException.class, () -> Drivers.of(List.of("messaging", "messagingv2")));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Drivers.of(List.of("routing")));
        assertEquals("unknown driver routing; allowed are messagingv2, messaging, log, noop", e.getMessage());
    }

    @Test
    void logPrintsTheStoredObjectAsALine() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] body = "{\"a\": 1}".getBytes(StandardCharsets.US_ASCII);
        new LogTap(new PrintStream(out, false, StandardCharsets.US_ASCII))
                .recorded(new OutboxRow(1, "info", "id", 0, body));
        assertArrayEquals("{\"a\": 1}\n".getBytes(StandardCharsets.US_ASCII), out.toByteArray());
    }
}
