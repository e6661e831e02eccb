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

class BudgetsTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Inventory inventory = new Inventory();
    private final Budgets budgets =
            new Budgets(new BudgetConfig(2, Duration.ofSeconds(10), 3, Duration.ofSeconds(60), Duration.ofSeconds(1)));
    private final List<String> told = new ArrayList<>();
    private long now = 5 * SECOND;

    private KnownDomain kept = defined(1);

    private KnownDomain defined(int domain) {
        return inventory.apply(Events.defined(domain, null), null).get(0).domain();
    }

    private void hear(DomainEvent event) {
        for (Transition transition : inventory.apply(event, null)) {
            note(budgets.admit(transition, kept, now));
            kept = transition.domain();
        }
    }

    private void due() {
        note(budgets.due(now));
    }

    private void note(List<Transition> transitions) {
        for (Transition transition : transitions) {
            told.add(transition.name()
                    + (transition.oldState() == null
                            ? ""
                            : " " + transition.oldState().text() + "->"
                                    + transition.domain().life().state().text())
                    + (transition.count() > 1 ? " x" + transition.count() : "")
                    + (transition.suppressed() > 0 ? " +" + transition.suppressed() : ""));
        }
    }

    @Test
    void rebootsOfOneResetAreOne() {
        hear(Events.reboot(1));
        hear(Events.reboot(1));
        now += SECOND / 2;
        hear(Events.reboot(1));
        assertEquals(List.of(), told);
        assertEquals(SECOND / 2, budgets.nanosUntilDue(now, 10 * SECOND));
        now += SECOND / 2;
        due();
        assertEquals(List.of("reboot x3"), told);
    }

    @Test
    void theDomainsNextEventTellsTheReboot() {
        hear(Events.reboot(1));
        hear(Events.started(1));
        assertEquals(List.of("reboot", "started defined->running"), told);
    }

    @Test
    void surplusThatChangesNothingIsCounted() {
        for (int reset = 0; reset < 5; reset++) {
            hear(Events.reboot(1));
            now += SECOND;
            due();
        }
        assertEquals(List.of("reboot", "reboot"), told);
        now += 10 * SECOND;
        due();
        assertEquals(List.of("reboot", "reboot", "reboot +3"), told);
    }

    @Test
    void surplusStateChangesAreFoldedWithoutBreakingTheChain() {
        for (int round = 0; round < 3; round++) {
            hear(Events.started(1));
            hear(Events.stopped(1));
        }
        hear(Events.started(1));
        assertEquals(List.of("started defined->running", "stopped running->defined", "started defined->running"), told);
        assertEquals("running", budgets.kept(kept).life().state().text());
        hear(Events.stopped(1));
        assertEquals("defined", kept.life().state().text());
        assertEquals("running", budgets.kept(kept).life().state().text());
        now += 60 * SECOND;
        due();
        assertEquals("stopped running->defined +5", told.get(3));
        assertEquals("defined", budgets.kept(kept).life().state().text());
    }

    @Test
    void aNoisyDomainDelaysNoOther() {
        for (int round = 0; round < 10; round++) {
            hear(Events.started(1));
            hear(Events.stopped(1));
        }
        told.clear();
        kept = defined(2);
        hear(Events.started(2));
        assertEquals(List.of("started defined->running"), told);
    }

    @Test
    void theEndOfARunTellsWhatWaits() {
        hear(Events.reboot(1));
        note(budgets.all());
        assertEquals(List.of("reboot"), told);
    }
}
