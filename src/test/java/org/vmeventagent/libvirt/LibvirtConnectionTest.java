package org.vmeventagent.libvirt;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.rig.QueueRecord;

@Timeout(60)
class LibvirtConnectionTest {
    private final QueueRecord record = new QueueRecord();
    private final RecordedConnection events = new RecordedConnection();

    @Test
    void keepsTryingAnUnknownScheme() {
        try (LibvirtConnection connection = connection("nonsense://me:secret@localhost/system")) {
            connection.start();
            await().until(() -> events.failures().size() >= 3);

            assertEquals("nonsense://localhost/system", connection.uri());
            assertTrue(
                    events.failures().get(0).startsWith("nonsense://localhost/system: "), events.failures()::toString);
            assertFalse(events.failures().toString().contains("secret"), events.failures()::toString);
        }
    }

    @Test
    void oneDeadUriDoesNotDisturbAnother() {
        try (LibvirtConnection dead = connection("qemu+unix:///system?socket=/nonexistent");
                LibvirtConnection living = connection("test:///default")) {
            dead.start();
            living.start();

            record.await(DomainListing.class);
            await().until(() -> !events.failures().isEmpty());
            assertTrue(events.failures().get(0).contains("/nonexistent"), events.failures()::toString);
        }
    }

    @Test
    void closingBeforeItEverOpenedIsQuick() {
        LibvirtConnection connection = connection("nonsense:///");
        connection.start();
        long begin = System.nanoTime();
        connection.close();

        assertTrue(System.nanoTime() - begin < 2_000_000_000L);
        assertEquals(0, record.queue().size());
    }

    @Test
    void listingSaysInOneLineWhatIsWrong() {
        LibvirtFailure failure = assertThrows(
                LibvirtFailure.class,
                () -> OneTimeListing.of("qemu+unix:///system?socket=/nonexistent", LibvirtConfig.defaults()));

        assertTrue(failure.getMessage().startsWith("qemu+unix:///system?socket=/nonexistent: "), failure::getMessage);
        assertFalse(failure.getMessage().contains("\n"));
    }

    private LibvirtConnection connection(String uri) {
        return new LibvirtConnection(LibvirtConfig.defaults(), uri, record.queue(), events, events);
    }
}
