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
class AliveFileTest {
    private static final UUID STREAM = UUID.fromString("0d9e3c1a-6c1f-4f5e-8a54-3f0f6f1f7a11");
    private static final Instant MOMENT = Instant.parse("2026-03-04T05:06:07Z");

    @TempDir
    Path directory;

    private Path file;
    private AliveFile alive;

    @BeforeEach
    void begin() throws IOException {
        file = directory.resolve("agent.db.alive");
        alive = read("this boot");
        assertFalse(alive.knowsARun());
        alive.begin(STREAM);
    }

    private AliveFile read(String bootId) {
        return new AliveFile(directory.resolve("agent.db"), bootId.replace(' ', '-'));
    }

    @Test
    void keepsHowFarItsStreamIs() {
        alive.alive(MOMENT);
        assertTrue(alive.use(7));
        assertTrue(alive.use(3));

        AliveFile next = read("this boot");
        assertTrue(next.isOf(STREAM.toString()));
        assertFalse(next.isOf(UUID.randomUUID().toString()));
        assertEquals(7, next.used());
        assertEquals(Optional.of(MOMENT), next.moment());
        assertTrue(next.knowsARun());
        assertEquals(7, read("another boot").used(), "nothing was reserved");
        assertTrue(alive.use(1_234_567_890_123_456_789L));
        assertEquals(1_234_567_890_123_456_789L, read("this boot").used());
        assertEquals(Optional.of(MOMENT), read("this boot").moment());
        assertTrue(read("this boot").isOf(STREAM.toString()));
    }

    @Test
    void whatWasReservedCountsOnlyAfterAnotherBoot() throws IOException {
        assertTrue(alive.reserve(5));
        assertTrue(alive.use(5));

        assertEquals(5, read("this boot").used());
        assertEquals(5, read("this boot").used(), "reading changes nothing");
        AliveFile next = read("another boot");
        assertTrue(next.used() > 5 && next.used() <= 2_000, () -> "used: " + next.used());
        next.resume();
        assertEquals(next.used(), read("another boot").used());
        assertEquals(next.used(), read("").used(), "where the boot is not known it counts as another");
    }

    @Test
    void whatWasReservedIsFreeAgainAfterAnEndInOrder() {
        assertTrue(alive.reserve(5));
        assertTrue(alive.use(5));
        alive.free();
        alive.close();

        assertEquals(5, read("another boot").used());
    }

    @Test
    void comesBackWhenItIsDeletedMeanwhile() throws IOException {
        assertTrue(alive.use(7));
        Files.delete(file);
        alive.alive(MOMENT);

        assertEquals(7, read("this boot").used());
        Files.delete(file);
        assertTrue(alive.reserve(8));
        assertEquals(7, read("this boot").used());
    }

    @Test
    void usesNothingThatItCanNotKeep() throws IOException {
        alive.close();
        Files.delete(file);
        Files.createDirectory(file);

        assertFalse(alive.reserve(1));
        assertFalse(alive.use(1));
        assertEquals(0, alive.used());
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
