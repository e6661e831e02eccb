package org.vmeventagent.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.Look;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.inventory.KnownDomain.Departure.Reason;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/** Smallest sequences that a day of {@link SimulatedDays}, or a look at the rules, has shown to go wrong. */
class InventoryDisagreementsTest {
    private static final Duration SETTLE = Duration.ofSeconds(2);
    private static final UUID UUID_1 = Told.UUID_1;

    private final Told told = new Told();
    private final Inventory inventory = new Inventory();
    private long now;

    private List<Transition> heard(String event, int id) {
        return inventory.apply(told.event(event, id), null);
    }

    private void running(int id) {
        heard("defined added", -1);
        heard("started booted", id);
        told.seconds(10);
    }

    private Resync resync() {
        return new Resync(inventory, Told.URI, Origin.RESYNC, SETTLE);
    }

    private Snapshot.Seen seen(int state, int reason, int id, boolean persistent, Moment askedAt) {
        return new Snapshot.Seen(UUID_1, "instance-1", id, state, reason, persistent, false, 0, null, askedAt);
    }

    private Snapshot.Seen seen(int state, int reason, int id) {
        return seen(state, reason, id, true, told.now());
    }

    private List<Transition> listedTwice(Resync resync, Snapshot.@Nullable Seen seen) {
        List<Transition> found = new ArrayList<>(
                resync.listed(seen == null ? told.listing() : told.listing(seen), false, told.now(), now));
        now += Duration.ofSeconds(11).toNanos();
        for (UUID uuid : resync.due(now)) {
            found.addAll(resync.answered(told.answer(uuid, seen), told.now(), now));
        }
        return found;
    }

    private KnownDomain known() {
        return inventory.domains().iterator().next();
    }

    @Test
    void resumedFromSnapshotOfAnotherIncarnationHasItsId() {
        running(1);

        heard("resumed from_snapshot", 2);

        assertEquals(DomainState.RUNNING, known().life().state());
        assertEquals(2, known().life().domainId());
        assertEquals(2, known().life().incarnation());
    }

    @Test
    void resumedMigratedOfAnotherIncarnationHasItsId() {
        running(1);

        heard("resumed migrated", 2);

        assertEquals(2, known().life().domainId());
        assertEquals(2, known().life().incarnation());
    }

    @Test
    void wokenInAnotherIncarnationCountsIt() {
        running(1);

        heard("started wakeup", 2);

        assertEquals(2, known().life().incarnation());
    }

    /** Nova's live snapshot: undefined, listed, defined again; the listing comes last. */
    @Test
    void anAnswerOlderThanTheLastEventDoesNotSayWhetherItIsPersistent() {
        running(1);
        heard("undefined removed", 1);
        Snapshot.Seen old = seen(1, 1, 1, false, told.now());
        told.seconds(1);
        heard("defined updated", 1);

        resync().listed(told.listing(old), false, told.now(), now);

        assertTrue(known().life().persistent());
        assertEquals(List.of("stopped running->defined destroyed"), Told.texts(heard("stopped destroyed", -1)));
    }

    @Test
    void metadataThatChangedUnheardBringsPersistenceAlong() {
        heard("started booted", 1);
        told.seconds(10);
        Snapshot.Seen seen = new Snapshot.Seen(
                UUID_1, "instance-1", 1, 1, 1, true, false, 0, "<instance><name>x</name></instance>", told.now());

        listedTwice(resync(), seen);

        assertTrue(known().life().persistent());
    }

    @Test
    void savedToAFileAndSinceDestroyedIsOff() {
        running(1);
        heard("stopped saved", -1);

        listedTwice(resync(), seen(5, 2, -1));

        assertEquals(DomainState.DEFINED, known().life().state());
    }

    @Test
    void theStartOfADomainTakenOverWhileItStartsIsNoSecondStart() {
        Snapshot.Seen starting = seen(3, 11, 5);
        inventory.adopt(told.listing(starting), starting);

        assertEquals(List.of("resumed paused->running unpaused"), Told.texts(heard("resumed unpaused", 5)));
        assertEquals(List.of("started running->running booted"), Told.texts(heard("started booted", 5)));
    }

    @Test
    void aHostRebootEndsNothingThatWasHeardToStartSince() {
        running(5);
        told.generation = 2;
        heard("started booted", 1);

        List<Transition> listed = resync().listed(told.listing(seen(1, 1, 1)), true, told.now(), now);

        assertEquals(List.of(), Told.texts(listed));
    }

    @Test
    void aStartUnderWayIsNotGuessedAtWhereAnotherProcessWasKnown() {
        running(1);

        assertEquals(List.of(), Told.texts(listedTwice(resync(), seen(3, 11, 2))));
    }

    /** Attaching an interface makes Nova write the metadata anew, time of creation and all. */
    @Test
    void metadataMadeAnewIsNoOtherIncarnation() {
        inventory.apply(told.event("defined added", -1), created("2026-11-22 10:00:00"));
        inventory.apply(told.event("started booted", 1), null);
        told.seconds(60);
        Snapshot.Seen attached = new Snapshot.Seen(
                UUID_1,
                "instance-1",
                1,
                1,
                1,
                true,
                false,
                9,
                created("2026-11-22 10:00:30").metadata(),
                told.now());

        assertEquals(List.of("metadata_change resync"), Told.texts(listedTwice(resync(), attached)));
    }

    private Look created(String time) {
        return new Look(
                Look.Answer.METADATA,
                "<instance><name>web</name><creationTime>%s</creationTime></instance>".formatted(time),
                told.now());
    }

    @Test
    void listedAsMigratingOutAndThenGoneIsMigrated() {
        running(1);
        listedTwice(resync(), seen(3, 2, 1));
        told.seconds(10);

        assertEquals(List.of("stopped paused->undefined migrated_out resync"), Told.texts(listedTwice(resync(), null)));
    }

    @Test
    void listedAsMigratingOutAndThenCancelledIsCancelled() {
        running(1);
        listedTwice(resync(), seen(3, 2, 1));

        assertEquals(List.of("resumed paused->running migration_cancelled"), Told.texts(heard("resumed migrated", 1)));
    }

    @Test
    void migratedOutWithoutAnAnswerIsNeverToldAsDeleted() {
        running(1);
        heard("suspended migrated", 1);
        heard("stopped migrated", -1); // nobody said in time whether it is gone
        told.seconds(1);
        listedTwice(resync(), null);
        told.seconds(60);

        List<Transition> removed = inventory.removed(Duration.ofSeconds(30), told.now());
        assertEquals(Reason.MIGRATED, removed.get(0).removal());
    }

    @Test
    void aWatchdogThatAnEarlierRunHeardOfEndsNoProcessOfThisOne() {
        running(1);
        inventory.apply(told.event(EventKind.WATCHDOG, 1, 3), null); // powers off
        AgentClock clock = new AgentClock(Clock.systemUTC(), told.now()::nanos, 0);
        KnownDomain known = inventory.domains().iterator().next();
        KnownDomain kept =
                KnownDomainText.read(KnownDomainText.key(known.key()), KnownDomainText.write(known, clock), "", clock);
        told.seconds(1); // as long as the agent ran; it may have been away for hours
        Inventory later = new Inventory(List.of(kept));

        assertEquals("watchdog", cause(inventory));
        assertEquals("process_died", cause(later));
    }

    private String cause(Inventory known) {
        List<Transition> transitions = known.apply(told.event("stopped failed", -1), null);
        return String.valueOf(transitions.get(0).cause()).toLowerCase(Locale.ROOT);
    }

    @Test
    void undefinedAfterItMigratedOutNeedsNoDefinition() {
        running(1);
        inventory.apply(told.event("stopped migrated", -1), new Look(Look.Answer.NO_DOMAIN, null, told.now()));

        assertEquals(List.of("undefined undefined->undefined undefined"), Told.texts(heard("undefined removed", -1)));
    }

    @Test
    void whatIsFoundInOneAnswerHasOneWindow() {
        running(1);
        Moment certain = HostClock.at(told.clock.minusSeconds(10));

        List<Transition> found = listedTwice(resync(), seen(1, 1, 2));

        assertEquals(2, found.size());
        assertEquals(certain, found.get(0).windowStart());
        assertEquals(certain, found.get(1).windowStart());
        assertFalse(found.get(1).observedAt().isBefore(found.get(0).observedAt()));
    }

    @Test
    void timesOfOneAnswerDoNotRunBackwards() {
        running(1);
        Snapshot.Seen asked = seen(1, 1, 2);
        Resync resync = resync();
        resync.listed(told.listing(asked), false, told.now(), now);
        now += SETTLE.toNanos();
        resync.due(now);
        told.seconds(1);

        List<Transition> found = resync.answered(told.answer(UUID_1, asked), told.now(), now);

        assertFalse(found.get(1).observedAt().isBefore(found.get(0).observedAt()));
    }

    @Test
    void anEventThatDoesNotTellTheStateDoesNotMakeItCertain() {
        running(1);
        Moment certain = HostClock.at(told.clock.minusSeconds(10));
        heard("defined updated", -1); // it was stopped before, unheard
        told.seconds(10);

        assertEquals(certain, heard("resumed unpaused", 2).get(0).windowStart());
    }

    @Test
    void bothBridgedTransitionsHaveTheSameWindow() {
        running(1);
        Moment certain = HostClock.at(told.clock.minusSeconds(10));

        List<Transition> bridged = inventory.apply(told.event(EventKind.REBOOT, 2), null);

        assertEquals(certain, bridged.get(0).windowStart());
        assertEquals(certain, bridged.get(1).windowStart());
    }

    @Test
    void aRestartAfterACrashThatPausedItIsStillARestart() {
        running(1);
        heard("crashed panicked", 1);
        heard("suspended paused", 1);

        assertEquals(List.of("resumed paused->running crash_restarted"), Told.texts(heard("resumed unpaused", 1)));
    }

    @Test
    void anEarlyResumedIsForgottenWhenAListingSaysOff() {
        heard("defined added", -1);
        heard("resumed unpaused", 1); // then the connection was lost, and the start failed
        told.seconds(10);
        listedTwice(resync(), seen(5, 6, -1));
        heard("started booted", 2);

        assertEquals(List.of("suspended running->paused start_paused"), Told.texts(heard("suspended paused", 2)));
    }

    @Test
    void theStartOfABridgedIncarnationIsNoSecondStart() {
        running(1);
        inventory.apply(told.event(EventKind.REBOOT, 2), null);
        heard("resumed unpaused", 2);

        List<Transition> started = heard("started booted", 2);
        assertEquals(List.of("started running->running booted"), Told.texts(started));
        assertEquals(2, started.get(0).domain().life().incarnation());
    }

    @Test
    void aStartThatIsToldLateChangesNothingOfWhatTheGuestDidMeanwhile() {
        heard("defined added", -1);
        heard("resumed unpaused", 1);
        assertEquals(
                List.of("started defined->running unknown resync", "suspended running->paused io_error"),
                Told.texts(heard("suspended ioerror", 1)));
        assertEquals(List.of("started paused->paused booted"), Told.texts(heard("started booted", 1)));
        assertEquals(List.of("resumed paused->running unpaused"), Told.texts(heard("resumed unpaused", 1)));
        heard("stopped destroyed", -1);

        heard("shutdown guest", 2);
        heard("started booted", 2);
        assertEquals(List.of("stopped running->defined guest_shutdown"), Told.texts(heard("stopped shutdown", -1)));
    }
}
