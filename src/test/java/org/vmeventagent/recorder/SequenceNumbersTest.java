package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.store.Batch;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreConfig;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

class SequenceNumbersTest {
    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");

    @TempDir
    Path directory;

    private final long begun = System.nanoTime();
    private final AgentClock clock = new AgentClock(Clock.systemUTC(), () -> begun, 0);
    private Store store;

    @BeforeEach
    void open() {
        store = Store.open(StoreConfig.at(directory.resolve("agent.db")));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void anUnusedNumberIsGivenAgain() {
        SequenceNumbers sequenceNumbers = new SequenceNumbers(store, UUID::randomUUID, clock);
        assertEquals(1, sequenceNumbers.next(0, at(NOON, 0)).sequence());
        NotificationIds first = sequenceNumbers.next(0, at(NOON, 0));
        assertEquals(1, first.sequence());
        sequenceNumbers.taken(first, at(NOON, 0));
        NotificationIds second = sequenceNumbers.next(1, at(NOON, 0));

        assertEquals(2, second.sequence());
        assertEquals(1, second.previousSequence());
        assertEquals(store.stream(), second.stream());
        assertNotEquals(second.messageId(), second.requestId());
    }

    @Test
    void saysThatTheHostsClockWasSet() {
        SequenceNumbers sequenceNumbers = new SequenceNumbers(store, UUID::randomUUID, clock);
        assertFalse(take(sequenceNumbers, NOON, 0).clockStepped());
        assertFalse(take(sequenceNumbers, NOON, 1).clockStepped(), "a second is no step");
        assertTrue(take(sequenceNumbers, NOON.minusSeconds(300), 2).clockStepped());
        assertFalse(take(sequenceNumbers, NOON.minusSeconds(298), 4).clockStepped(), "it is that time now");
        assertTrue(take(sequenceNumbers, NOON.plusSeconds(45), 6).clockStepped(), "forward");
    }

    @Test
    void whatIsStampedLateIsNoStep() {
        SequenceNumbers sequenceNumbers = new SequenceNumbers(store, UUID::randomUUID, clock);
        take(sequenceNumbers, NOON, 0);
        take(sequenceNumbers, NOON.plusSeconds(4), 4);
        assertFalse(
                take(sequenceNumbers, NOON.plusSeconds(1), 1).clockStepped(),
                "folded, reported at the end of its window");
        assertFalse(take(sequenceNumbers, NOON.plusSeconds(5), 5).clockStepped());
    }

    @Test
    void aStepBackIsSeenOverARestartAndTimeAwayIsNone() {
        SequenceNumbers sequenceNumbers = new SequenceNumbers(store, UUID::randomUUID, clock);
        take(sequenceNumbers, NOON, 0);
        store.commit(new Batch(List.of(), List.of(), List.of(), sequenceNumbers.counters()));
        close();
        open();

        assertEquals(
                2,
                new SequenceNumbers(store, UUID::randomUUID, clock)
                        .next(0, at(NOON, 2))
                        .sequence());
        assertTrue(new SequenceNumbers(store, UUID::randomUUID, clock)
                .next(0, at(NOON.minusSeconds(60), 2))
                .clockStepped());
        assertFalse(new SequenceNumbers(store, UUID::randomUUID, clock)
                .next(0, at(NOON.plusSeconds(86_400), 2))
                .clockStepped());
    }

    private Moment at(Instant wall, long seconds) {
        return new Moment(wall, begun + Duration.ofSeconds(seconds).toNanos());
    }

    private NotificationIds take(SequenceNumbers sequenceNumbers, Instant wall, long seconds) {
        Moment observedAt = at(wall, seconds);
        NotificationIds ids = sequenceNumbers.next(0, observedAt);
        sequenceNumbers.taken(ids, observedAt);
        return ids;
    }
}
