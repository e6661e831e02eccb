package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a file is read again without a close before, the process that wrote it was killed. */
class LivenessFileTest {
    private static final UUID STREAM = UUID.fromString("0d9e3c1a-6c1f-4f5e-8a54-3f0f6f1f7a11");
    private static final Instant MOMENT = Instant.parse("2026-03-04T05:06:07Z");

    @TempDir
    Path directory;

    private Path file;
    private LivenessFile liveness;

    @BeforeEach
    void begin() throws IOException {
        file = directory.resolve("agent.db.alive");
        liveness = read("this boot");
        assertFalse(liveness.knowsARun());
        liveness.begin(STREAM);
    }

    private LivenessFile read(String bootId) {
        return new LivenessFile(directory.resolve("agent.db"), bootId.replace(' ', '-'));
    }

    @Test
    void keepsHowFarItsStreamIs() {
        liveness.alive(MOMENT);
        assertTrue(liveness.use(7));
        assertTrue(liveness.use(3));

        LivenessFile next = read("this boot");
        assertTrue(next.isOf(STREAM.toString()));
        assertFalse(next.isOf(UUID.randomUUID().toString()));
        assertEquals(7, next.used());
        assertEquals(Optional.of(MOMENT), next.moment());
        assertTrue(next.knowsARun());
        assertEquals(7, read("another boot").used(), "nothing was reserved");
        assertTrue(liveness.use(1_234_567_890_123_456_789L));
        assertEquals(1_234_567_890_123_456_789L, read("this boot").used());
        assertEquals(Optional.of(MOMENT), read("this boot").moment());
        assertTrue(read("this boot").isOf(STREAM.toString()));
    }

    @Test
    void whatWasReservedCountsOnlyAfterAnotherBoot() throws IOException {
        assertTrue(liveness.reserve(5));
        assertTrue(liveness.use(5));

        assertEquals(5, read("this boot").used());
        assertEquals(5, read("this boot").used(), "reading changes nothing");
        LivenessFile next = read("another boot");
        assertTrue(next.used() > 5 && next.used() <= 2_000, () -> "used: " + next.used());
        next.resume();
        assertEquals(next.used(), read("another boot").used());
        assertEquals(next.used(), read("").used(), "where the boot is not known it counts as another");
    }

    @Test
    void whatWasReservedIsFreeAgainAfterAnEndInOrder() {
        assertTrue(liveness.reserve(5));
        assertTrue(liveness.use(5));
        liveness.clearReservation();
        liveness.close();

        assertEquals(5, read("another boot").used());
    }

    @Test
    void comesBackWhenItIsDeletedMeanwhile() throws IOException {
        assertTrue(liveness.use(7));
        Files.delete(file);
        liveness.alive(MOMENT);

        assertEquals(7, read("this boot").used());
        Files.delete(file);
        assertTrue(liveness.reserve(8));
        assertEquals(7, read("this boot").used());
    }

    @Test
    void usesNothingThatItCanNotKeep() throws IOException {
        liveness.close();
        Files.delete(file);
        Files.createDirectory(file);

        assertFalse(liveness.reserve(1));
        assertFalse(liveness.use(1));
        assertEquals(0, liveness.used());
        assertThrows(IOException.class, () -> read("this boot").resume());
    }

    @Test
    void aRunThatNumberedNothingIsNone() throws IOException {
        assertFalse(read("this boot").knowsARun());
        Files.writeString(file, "");
        assertFalse(read("this boot").knowsARun(), "it was about to begin");
        Files.writeString(file, "what is this?");
        assertTrue(read("this boot").knowsARun());
        assertFalse(read("this boot").isOf(STREAM.toString()));
    }
}
