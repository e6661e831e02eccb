package org.vmeventagent.libvirt;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.rig.HeardRecord;

@Timeout(60)
class LibvirtConnectionTest {
    private final HeardRecord record = new HeardRecord();
    private final ConnectionNews news = new ConnectionNews();

    @Test
    void keepsTryingAnUnknownScheme() {
        try (LibvirtConnection connection = connection("nonsense://me:secret@localhost/system")) {
            connection.start();
            await().until(() -> news.failures().size() >= 3);

            assertEquals("nonsense://localhost/system", connection.uri());
            assertTrue(news.failures().get(0).startsWith("nonsense://localhost/system: "), news.failures()::toString);
            assertFalse(news.failures().toString().contains("secret"), news.failures()::toString);
        }
    }

    @Test
    void oneDeadUriDoesNotDisturbAnother() {
        try (LibvirtConnection dead = connection("qemu+unix:///system?socket=/nonexistent");
                LibvirtConnection living = connection("test:///default")) {
            dead.start();
            living.start();

            record.await(Snapshot.class);
            await().until(() -> !news.failures().isEmpty());
            assertTrue(news.failures().get(0).contains("/nonexistent"), news.failures()::toString);
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
                () -> DomainListing.of("qemu+unix:///system?socket=/nonexistent", LibvirtConfig.defaults()));

        assertTrue(failure.getMessage().startsWith("qemu+unix:///system?socket=/nonexistent: "), failure::getMessage);
        assertFalse(failure.getMessage().contains("\n"));
    }

    @Test
    void backsOffToTheGreatestAndStartsAnewAfterAGoodConnection() {
        Backoff backoff = new Backoff(
                Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(10), new SplittableRandom(1));

        assertBetween(50, 100, backoff.next());
        assertBetween(100, 200, backoff.next());
        backoff.held(Duration.ofSeconds(9));
        assertBetween(200, 400, backoff.next());
        assertBetween(400, 800, backoff.next());
        assertBetween(500, 1000, backoff.next());
        assertBetween(500, 1000, backoff.next());
        backoff.held(Duration.ofSeconds(10));
        assertBetween(50, 100, backoff.next());
    }

    private static void assertBetween(long least, long most, Duration actual) {
        assertTrue(actual.toMillis() >= least && actual.toMillis() <= most, actual::toString);
    }

    private LibvirtConnection connection(String uri) {
        return new LibvirtConnection(LibvirtConfig.defaults(), uri, record.queue(), news);
    }
}
