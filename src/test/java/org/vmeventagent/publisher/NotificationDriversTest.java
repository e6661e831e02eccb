package org.vmeventagent.publisher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.store.OutboxRow;

class NotificationDriversTest {
    @Test
    void takesOneAcknowledgingDriverAndTheTap() {
        assertEquals(
                new NotificationDrivers(OsloEnvelope.MESSAGINGV2, true),
                NotificationDrivers.of(List.of("messagingv2", "log")));
        assertEquals(
                new NotificationDrivers(OsloEnvelope.MESSAGING, false), NotificationDrivers.of(List.of(" Messaging ")));
        assertEquals(new NotificationDrivers(null, false), NotificationDrivers.of(List.of("noop")));
        assertEquals(new NotificationDrivers(null, true), NotificationDrivers.of(List.of("noop", "log")));
    }

    @Test
    void refusesTwoFormatsAndUnknownNames() {
        assertThrows(IllegalArgumentException.class, () -> NotificationDrivers.of(List.of("messaging", "messagingv2")));
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> NotificationDrivers.of(List.of("routing")));
        assertEquals("unknown driver routing; allowed are messagingv2, messaging, log, noop", e.getMessage());
    }

    @Test
    void logPrintsTheStoredObjectAsALine() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] body = "{\"a\": 1}".getBytes(StandardCharsets.US_ASCII);
        new LogDriver(out).recorded(row(body));
        assertArrayEquals("{\"a\": 1}\n".getBytes(StandardCharsets.US_ASCII), out.toByteArray());
    }

    @Test
    void logSaysThatLinesAreLostAndHowMany() {
        byte[] body = "{}".getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        AtomicBoolean full = new AtomicBoolean(true);
        OutputStream disk = new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                if (full.get()) {
                    throw new IOException("No space left on device");
                }
                written.write(one);
            }
        };
        try (CapturedLog log = CapturedLog.open()) {
            LogDriver driver = new LogDriver(disk);
            driver.recorded(row(body));
            driver.recorded(row(body));
            full.set(false);
            driver.recorded(row(body));
            driver.recorded(row(body));

            assertEquals(1, log.at(Level.ERROR).size(), log::all);
            assertTrue(
                    log.at(Level.ERROR).get(0).contains("write to standard output (No space left on device)"),
                    log::all);
            assertEquals(
                    List.of("Writing to standard output again; 2 lines of the driver log were lost"),
                    log.at(Level.INFO));
        }
        assertEquals("\n{}\n{}\n", written.toString(StandardCharsets.US_ASCII));
    }

    private static OutboxRow row(byte[] body) {
        return new OutboxRow(1, "info", null, "id", 0, body);
    }
}
