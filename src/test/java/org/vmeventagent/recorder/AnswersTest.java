package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.Look;

class AnswersTest {
    private final AtomicLong tooLate = new AtomicLong();
    private final RecorderListener listener = new RecorderListener() {
        @Override
        public void lookupLate() {
            tooLate.incrementAndGet();
        }
    };
    private final Answers answers = new Answers(Duration.ofMillis(50), Duration.ofSeconds(60), listener);

    @Test
    void givesTheEventsOwnAnswer() {
        assertEquals(Events.metadata(1), answers.to(started(Events.answered(Events.metadata(1)))));
    }

    @Test
    void waitsForAnAnswerThatIsUnderWay() {
        Answers patient = new Answers(Duration.ofSeconds(20), Duration.ofSeconds(60), listener);
        CompletableFuture<Look> look = Events.unanswered();
        look.completeOnTimeout(Events.metadata(1), 20, TimeUnit.MILLISECONDS);

        assertEquals(Events.metadata(1), patient.to(started(look)));
    }

    @Test
    void aBurstOfLockedDomainsIsWaitedForOnce() {
        List<DomainEvent> burst = new ArrayList<>();
        for (int domain = 0; domain < 100; domain++) {
            burst.add(Events.started(domain, Events.unanswered(), Events.CLOCK.now()));
        }
        long began = System.nanoTime();
        burst.forEach(event -> assertNull(answers.to(event)));

        assertWithin(Duration.ofSeconds(1), began);
        assertEquals(100, tooLate.get());
    }

    @Test
    void aLockedDomainIsNotWaitedForAgain() {
        assertNull(answers.to(started(Events.unanswered())));
        long began = System.nanoTime();
        for (int event = 0; event < 100; event++) {
            assertNull(answers.to(started(Events.unanswered())));
        }

        assertWithin(Duration.ofSeconds(1), began);
    }

    @Test
    void aLockedDomainIsWaitedForAgainAfterAWhile() {
        Answers forgiving = new Answers(Duration.ofSeconds(20), Duration.ZERO, listener);
        CompletableFuture<Look> look = Events.unanswered();
        look.completeOnTimeout(Events.metadata(1), 20, TimeUnit.MILLISECONDS);
        assertNull(new Answers(Duration.ofMillis(1), Duration.ZERO, listener).to(started(Events.unanswered())));

        assertEquals(Events.metadata(1), forgiving.to(started(look)));
    }

    @Test
    void aLateAnswerGoesWithTheDomainsNextEvent() {
        CompletableFuture<Look> look = Events.unanswered();
        assertNull(answers.to(started(look)));
        assertNull(answers.to(Events.reboot(1)), "not answered yet");
        look.complete(Events.metadata(1));

        assertNull(answers.to(Events.reboot(2)), "another domain");
        assertEquals(Events.metadata(1), answers.to(Events.reboot(1)));
        assertNull(answers.to(Events.reboot(1)), "once");
    }

    @Test
    void aLateAnswerSaysNothingOfWhetherTheDomainExists() {
        CompletableFuture<Look> look = Events.unanswered();
        assertNull(answers.to(started(look)));
        look.complete(new Look(Look.Answer.NO_DOMAIN, null, Events.CLOCK.now()));

        assertNull(answers.to(Events.stopped(1)));
    }

    @Test
    void anAnswerOfItsOwnIsNewerThanALateOne() {
        CompletableFuture<Look> look = Events.unanswered();
        assertNull(answers.to(started(look)));
        Look own = new Look(Look.Answer.NO_METADATA, null, Events.CLOCK.now());
        assertEquals(own, answers.to(started(Events.answered(own))));
        look.complete(Events.metadata(1));

        assertNull(answers.to(Events.reboot(1)));
    }

    @Test
    void aFailedLookUpIsNoAnswer() {
        assertNull(answers.to(started(Events.answered(new Look(Look.Answer.FAILED, null, Events.CLOCK.now())))));
        assertNull(answers.to(started(CompletableFuture.failedFuture(new IllegalStateException("broken")))));
    }

    private static DomainEvent started(Future<Look> look) {
        return Events.started(1, look, Events.CLOCK.now());
    }

    private static void assertWithin(Duration limit, long began) {
        assertTrue(System.nanoTime() - began < limit.toNanos(), "took longer than " + limit);
    }
}
