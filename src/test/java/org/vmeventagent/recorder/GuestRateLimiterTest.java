package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.Transition;

class GuestRateLimiterTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Inventory inventory = new Inventory();
    private final GuestRateLimiter rateLimiter = new GuestRateLimiter(
            new RateLimitConfig(2, Duration.ofSeconds(10), 3, Duration.ofSeconds(60), Duration.ofSeconds(1)));
    private final List<String> reported = new ArrayList<>();
    private long now = 5 * SECOND;

    private KnownDomain kept = defined(1);

    private KnownDomain defined(int domain) {
        return inventory.apply(Events.defined(domain, null), null).get(0).domain();
    }

    private void receive(DomainEvent event) {
        for (Transition transition : inventory.apply(event, null)) {
            note(rateLimiter.admit(transition, kept, now));
            kept = transition.domain();
        }
    }

    private void due() {
        note(rateLimiter.due(now));
    }

    private void note(List<Transition> transitions) {
        for (Transition transition : transitions) {
            reported.add(transition.name()
                    + (transition.oldState() == null
                            ? ""
                            : " " + transition.oldState().text() + "->"
                                    + transition.domain().lifecycle().state().text())
                    + (transition.folding().count() > 1
                            ? " x" + transition.folding().count()
                            : "")
                    + (transition.folding().suppressed() > 0
                            ? " +" + transition.folding().suppressed()
                            : ""));
        }
    }

    @Test
    void aNotificationMayHaveABudgetOfItsOwn() {
        GuestRateLimiter own = new GuestRateLimiter(
                new RateLimitConfig(0, Duration.ofSeconds(10), 0, Duration.ofSeconds(60), Duration.ZERO),
                transition -> transition.name().equals("reboot") ? 1 : 0);
        List<Integer> admitted = new ArrayList<>();
        for (DomainEvent event : List.of(Events.reboot(1), Events.reboot(1), Events.reboot(1), Events.reboot(2))) {
            inventory
                    .apply(event, null)
                    .forEach(transition ->
                            admitted.add(own.admit(transition, kept, now).size()));
        }

        assertEquals(List.of(1, 0, 0, 1), admitted.subList(admitted.size() - 4, admitted.size()));
        assertEquals(
                List.of(2),
                own.all().stream()
                        .map(transition -> transition.folding().suppressed())
                        .toList());
    }

    @Test
    void rebootsOfOneResetAreOne() {
        receive(Events.reboot(1));
        receive(Events.reboot(1));
        now += SECOND / 2;
        receive(Events.reboot(1));
        assertEquals(List.of(), reported);
        assertEquals(SECOND / 2, rateLimiter.nanosUntilDue(now, 10 * SECOND));
        now += SECOND / 2;
        due();
        assertEquals(List.of("reboot x3"), reported);
    }

    @Test
    void theDomainsNextEventReportsTheReboot() {
        receive(Events.reboot(1));
        receive(Events.started(1));
        assertEquals(List.of("reboot", "started defined->running"), reported);
    }

    @Test
    void surplusThatChangesNothingIsCounted() {
        for (int reset = 0; reset < 5; reset++) {
            receive(Events.reboot(1));
            now += SECOND;
            due();
        }
        assertEquals(List.of("reboot", "reboot"), reported);
        now += 10 * SECOND;
        due();
        assertEquals(List.of("reboot", "reboot", "reboot +3"), reported);
    }

    @Test
    void surplusStateChangesAreFoldedWithoutBreakingTheChain() {
        for (int round = 0; round < 3; round++) {
            receive(Events.started(1));
            receive(Events.stopped(1));
        }
        receive(Events.started(1));
        assertEquals(
                List.of("started defined->running", "stopped running->defined", "started defined->running"), reported);
        assertEquals("running", rateLimiter.kept(kept).lifecycle().state().text());
        receive(Events.stopped(1));
        assertEquals("defined", kept.lifecycle().state().text());
        assertEquals("running", rateLimiter.kept(kept).lifecycle().state().text());
        now += 60 * SECOND;
        due();
        assertEquals("stopped running->defined +5", reported.get(3));
        assertEquals("defined", rateLimiter.kept(kept).lifecycle().state().text());
    }

    @Test
    void aNoisyDomainDelaysNoOther() {
        for (int round = 0; round < 10; round++) {
            receive(Events.started(1));
            receive(Events.stopped(1));
        }
        reported.clear();
        kept = defined(2);
        receive(Events.started(2));
        assertEquals(List.of("started defined->running"), reported);
    }

    @Test
    void theEndOfARunReportsWhatWaits() {
        receive(Events.reboot(1));
        note(rateLimiter.all());
        assertEquals(List.of("reboot"), reported);
    }
}
