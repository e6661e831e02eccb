package org.vmeventagent.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.vmeventagent.rig.OwnThread;
import org.vmeventagent.time.Moment;

class EventQueueTest {
    private final EventQueue queue = new EventQueue(3);

    @Test
    void givesWhatWaitsInOrder() throws Exception {
        DomainEvent a = event("a");
        LibvirtInput lost = new LibvirtInput.ConnectionLost("test:///default", 1, "eof", Moment.now());
        DomainEvent b = event("b");
        assertTrue(queue.offer(a));
        queue.put(lost);
        assertTrue(queue.offer(b));

        assertEquals(List.of(a, lost), take(2));
        assertEquals(List.of(b), take(2));
    }

    @Test
    void dropsEventsBeyondTheBoundAndSaysHowMany() throws Exception {
        List<LibvirtInput> taken = fill();
        assertFalse(queue.offer(event("d")));
        assertFalse(queue.offer(event("e")));
        assertEquals(3, queue.size());

        assertEquals(taken, take(10));
        assertEquals(List.of(new LibvirtInput.Overflow(2)), take(10), "also when nothing comes after");
        assertEquals(List.of(), take(10));
    }

    @Test
    void theOverflowStandsWhereEventsAreMissing() throws Exception {
        List<LibvirtInput> first = fill();
        assertFalse(queue.offer(event("dropped")));
        assertEquals(first.subList(0, 2), take(2));
        DomainEvent after = event("after");
        assertTrue(queue.offer(after));

        assertEquals(List.of(first.get(2), new LibvirtInput.Overflow(1), after), take(10));
    }

    @Test
    void whoIsWokenTakesWhatThereIs() throws Exception {
        queue.wake();
        assertEquals(List.of(), queue.take(10, 1, TimeUnit.DAYS));
        List<LibvirtInput> waiting = fill();
        queue.wake();
        assertEquals(waiting, queue.take(10, 1, TimeUnit.DAYS));
        assertEquals(List.of(), take(10), "once");
    }

    @Test
    void anAnswerToAQuestionOlderThanADropIsVoid() throws Exception {
        LibvirtInput answer = new DomainListing("test:///default", 1, Moment.now(), List.of());
        List<LibvirtInput> first = fill();
        long asked = queue.everDropped();
        assertFalse(queue.offer(event("dropped")));
        queue.putUnlessDropped(answer, asked);
        assertEquals(first, take(10));
        assertEquals(List.of(new LibvirtInput.Overflow(1)), take(10));

        queue.putUnlessDropped(answer, queue.everDropped());
        assertEquals(List.of(answer), take(10));
    }

    @Test
    void aSecondOverflowCountsFromTheFirst() throws Exception {
        fill();
        assertFalse(queue.offer(event("dropped")));
        assertEquals(3, take(10).size());
        assertEquals(List.of(new LibvirtInput.Overflow(1)), take(10));
        fill();
        assertFalse(queue.offer(event("dropped")));
        take(10);

        assertEquals(List.of(new LibvirtInput.Overflow(1)), take(10));
    }

    @Test
    void takesControlItemsBeyondTheBound() throws Exception {
        List<LibvirtInput> expected = fill();
        assertFalse(queue.offer(event("dropped")));
        LibvirtInput up = new LibvirtInput.ConnectionUp("test:///default", 1, "Test", "node", 1);
        queue.put(up);
        expected.add(new LibvirtInput.Overflow(1));
        expected.add(up);

        assertEquals(expected, take(10));
    }

    @Test
    void wakesWhoWaits() throws Exception {
        CompletableFuture<List<LibvirtInput>> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return queue.take(1, 30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new CompletionException(e);
            }
        });
        DomainEvent a = event("a");
        queue.offer(a);

        assertEquals(List.of(a), waiting.get(10, TimeUnit.SECONDS));
    }

    @Test
    void losesNothingBetweenManyThreadsUncounted() throws Exception {
        List<CompletableFuture<Integer>> offering = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            offering.add(CompletableFuture.supplyAsync(
                    () -> {
                        int accepted = 0;
                        for (int i = 0; i < 10_000; i++) {
                            accepted += queue.offer(event("a")) ? 1 : 0;
                        }
                        return accepted;
                    },
                    OwnThread.EACH));
        }
        CompletableFuture<Void> all = CompletableFuture.allOf(offering.toArray(CompletableFuture[]::new));
        long events = 0;
        long dropped = 0;
        while (events + dropped < 40_000) {
            List<LibvirtInput> taken = queue.take(64, 10, TimeUnit.SECONDS);
            assertFalse(taken.isEmpty(), "nothing more came");
            for (LibvirtInput input : taken) {
                if (input instanceof LibvirtInput.Overflow overflow) {
                    dropped += overflow.dropped();
                } else {
                    events++;
                }
            }
        }
        all.get(10, TimeUnit.SECONDS);

        long accepted = offering.stream().mapToLong(CompletableFuture::join).sum();
        assertEquals(accepted, events);
        assertEquals(40_000, events + dropped);
    }

    @Test
    void needsRoomForOne() {
        assertThrows(IllegalArgumentException.class, () -> new EventQueue(0));
    }

    private List<LibvirtInput> fill() {
        List<LibvirtInput> events = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            DomainEvent event = event(name);
            assertTrue(queue.offer(event));
            events.add(event);
        }
        return events;
    }

    private List<LibvirtInput> take(int most) throws InterruptedException {
        return queue.take(most, 0, TimeUnit.SECONDS);
    }

    private static DomainEvent event(String name) {
        return new DomainEvent(
                "test:///default",
                1,
                new UUID(0, 1),
                name,
                1,
                EventKind.REBOOT,
                null,
                null,
                Map.of(),
                Moment.now(),
                null);
    }
}
