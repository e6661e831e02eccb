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
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.inventory.KnownDomain.Removal.Reason;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/** Smallest sequences that a day of {@link SimulatedDays}, or a look at the rules, has shown to go wrong. */
class InventoryDisagreementsTest {
    private static final Duration SETTLE = Duration.ofSeconds(2);
    private static final UUID UUID_1 = TestInputs.UUID_1;

    private final TestInputs reported = new TestInputs();
    private final Inventory inventory = new Inventory();
    private long now;

    private List<Transition> received(String event, int id) {
        return inventory.apply(reported.event(event, id), null);
    }

    private void running(int id) {
        received("defined added", -1);
        received("started booted", id);
        reported.seconds(10);
    }

    private Resync resync() {
        return new Resync(inventory, TestInputs.URI, Origin.RESYNC, SETTLE);
    }

    private DomainListing.ListedDomain seen(int state, int reason, int id, boolean persistent, Moment askedAt) {
        return new DomainListing.ListedDomain(
                UUID_1, "instance-1", id, state, reason, persistent, false, 0, null, askedAt);
    }

    private DomainListing.ListedDomain seen(int state, int reason, int id) {
        return seen(state, reason, id, true, reported.now());
    }

    private List<Transition> listedTwice(Resync resync, DomainListing.@Nullable ListedDomain listedDomain) {
        List<Transition> found = new ArrayList<>(resync.listed(
                listedDomain == null ? reported.listing() : reported.listing(listedDomain),
                false,
                reported.now(),
                now));
        now += Duration.ofSeconds(11).toNanos();
        for (UUID uuid : resync.due(now)) {
            found.addAll(resync.rechecked(reported.answer(uuid, listedDomain), reported.now(), now));
        }
        return found;
    }

    private KnownDomain known() {
        return inventory.domains().iterator().next();
    }

    @Test
    void resumedFromSnapshotOfAnotherIncarnationHasItsId() {
        running(1);

        received("resumed from_snapshot", 2);

        assertEquals(DomainState.RUNNING, known().lifecycle().state());
        assertEquals(2, known().lifecycle().domainId());
        assertEquals(2, known().lifecycle().incarnation().number());
    }

    @Test
    void resumedMigratedOfAnotherIncarnationHasItsId() {
        running(1);

        received("resumed migrated", 2);

        assertEquals(2, known().lifecycle().domainId());
        assertEquals(2, known().lifecycle().incarnation().number());
    }

    @Test
    void wokenInAnotherIncarnationCountsIt() {
        running(1);

        received("started wakeup", 2);

        assertEquals(2, known().lifecycle().incarnation().number());
    }

    /** Nova's live snapshot: undefined, listed, defined again; the listing comes last. */
    @Test
    void anAnswerOlderThanTheLastEventDoesNotSayWhetherItIsPersistent() {
        running(1);
        received("undefined removed", 1);
        DomainListing.ListedDomain old = seen(1, 1, 1, false, reported.now());
        reported.seconds(1);
        received("defined updated", 1);

        resync().listed(reported.listing(old), false, reported.now(), now);

        assertTrue(known().lifecycle().persistent());
        assertEquals(
                List.of("stopped running->defined destroyed"), TestInputs.texts(received("stopped destroyed", -1)));
    }

    @Test
    void metadataWhoseChangeWasMissedBringsPersistenceAlong() {
        received("started booted", 1);
        reported.seconds(10);
        DomainListing.ListedDomain listedDomain = new DomainListing.ListedDomain(
                UUID_1, "instance-1", 1, 1, 1, true, false, 0, "<instance><name>x</name></instance>", reported.now());

        listedTwice(resync(), listedDomain);

        assertTrue(known().lifecycle().persistent());
    }

    @Test
    void savedToAFileAndSinceDestroyedIsOff() {
        running(1);
        received("stopped saved", -1);

        listedTwice(resync(), seen(5, 2, -1));

        assertEquals(DomainState.DEFINED, known().lifecycle().state());
    }

    @Test
    void theStartOfADomainTakenOverWhileItStartsIsNoSecondStart() {
        DomainListing.ListedDomain starting = seen(3, 11, 5);
        inventory.adopt(reported.listing(starting), starting);

        assertEquals(List.of("resumed paused->running unpaused"), TestInputs.texts(received("resumed unpaused", 5)));
        assertEquals(List.of("started running->running booted"), TestInputs.texts(received("started booted", 5)));
    }

    @Test
    void aHostRebootEndsNothingThatStartedSince() {
        running(5);
        reported.generation = 2;
        received("started booted", 1);

        List<Transition> listed = resync().listed(reported.listing(seen(1, 1, 1)), true, reported.now(), now);

        assertEquals(List.of(), TestInputs.texts(listed));
    }

    @Test
    void aStartUnderWayIsNotGuessedAtWhereAnotherProcessWasKnown() {
        running(1);

        assertEquals(List.of(), TestInputs.texts(listedTwice(resync(), seen(3, 11, 2))));
    }

    /** Attaching an interface makes Nova write the metadata again, time of creation and all. */
    @Test
    void rewrittenMetadataIsNoOtherIncarnation() {
        inventory.apply(reported.event("defined added", -1), created("2026-11-22 10:00:00"));
        inventory.apply(reported.event("started booted", 1), null);
        reported.seconds(60);
        DomainListing.ListedDomain attached = new DomainListing.ListedDomain(
                UUID_1,
                "instance-1",
                1,
                1,
                1,
                true,
                false,
                9,
                created("2026-11-22 10:00:30").metadata(),
                reported.now());

        assertEquals(List.of("metadata_change resync"), TestInputs.texts(listedTwice(resync(), attached)));
    }

    private LookupResult created(String time) {
        return new LookupResult(
                LookupResult.Status.METADATA,
                "<instance><name>web</name><creationTime>%s</creationTime></instance>".formatted(time),
                reported.now());
    }

    @Test
    void listedAsMigratingOutAndThenGoneIsMigrated() {
        running(1);
        listedTwice(resync(), seen(3, 2, 1));
        reported.seconds(10);

        assertEquals(
                List.of("stopped paused->undefined migrated_out resync"),
                TestInputs.texts(listedTwice(resync(), null)));
    }

    @Test
    void listedAsMigratingOutAndThenCancelledIsCancelled() {
        running(1);
        listedTwice(resync(), seen(3, 2, 1));

        assertEquals(
                List.of("resumed paused->running migration_cancelled"),
                TestInputs.texts(received("resumed migrated", 1)));
    }

    @Test
    void migratedOutWithoutAnAnswerIsNeverReportedAsDeleted() {
        running(1);
        received("suspended migrated", 1);
        received("stopped migrated", -1); // nobody said in time whether it is gone
        reported.seconds(1);
        listedTwice(resync(), null);
        reported.seconds(60);

        List<Transition> removed = inventory.removed(Duration.ofSeconds(30), reported.now());
        assertEquals(Reason.MIGRATED, removed.get(0).removal());
    }

    @Test
    void aWatchdogOfAnEarlierRunEndsNoProcessOfThisOne() {
        running(1);
        inventory.apply(reported.event(EventKind.WATCHDOG, 1, 3), null); // powers off
        AgentClock clock = new AgentClock(Clock.systemUTC(), reported.now()::nanos, 0);
        KnownDomain known = inventory.domains().iterator().next();
        KnownDomain kept = KnownDomainCodec.read(
                KnownDomainCodec.key(known.key()), KnownDomainCodec.write(known, clock), "", clock);
        reported.seconds(1); // as long as the agent ran; it may have been away for hours
        Inventory later = new Inventory(List.of(kept));

        assertEquals("watchdog", cause(inventory));
        assertEquals("process_died", cause(later));
    }

    private String cause(Inventory known) {
        List<Transition> transitions = known.apply(reported.event("stopped failed", -1), null);
        return String.valueOf(transitions.get(0).cause()).toLowerCase(Locale.ROOT);
    }

    @Test
    void undefinedAfterItMigratedOutNeedsNoDefinition() {
        running(1);
        inventory.apply(
                reported.event("stopped migrated", -1),
                new LookupResult(LookupResult.Status.NO_DOMAIN, null, reported.now()));

        assertEquals(
                List.of("undefined undefined->undefined undefined"),
                TestInputs.texts(received("undefined removed", -1)));
    }

    @Test
    void whatIsFoundInOneAnswerHasOneWindow() {
        running(1);
        Moment certain = HostClock.at(reported.clock.minusSeconds(10));

        List<Transition> found = listedTwice(resync(), seen(1, 1, 2));

        assertEquals(2, found.size());
        assertEquals(certain, found.get(0).discovery().windowStart());
        assertEquals(certain, found.get(1).discovery().windowStart());
        assertFalse(found.get(1).observedAt().isBefore(found.get(0).observedAt()));
    }

    @Test
    void timesOfOneAnswerDoNotRunBackwards() {
        running(1);
        DomainListing.ListedDomain asked = seen(1, 1, 2);
        Resync resync = resync();
        resync.listed(reported.listing(asked), false, reported.now(), now);
        now += SETTLE.toNanos();
        resync.due(now);
        reported.seconds(1);

        List<Transition> found = resync.rechecked(reported.answer(UUID_1, asked), reported.now(), now);

        assertFalse(found.get(1).observedAt().isBefore(found.get(0).observedAt()));
    }

    @Test
    void anEventThatDoesNotTellTheStateDoesNotMakeItCertain() {
        running(1);
        Moment certain = HostClock.at(reported.clock.minusSeconds(10));
        received("defined updated", -1); // it was stopped before, unheard
        reported.seconds(10);

        assertEquals(certain, received("resumed unpaused", 2).get(0).discovery().windowStart());
    }

    @Test
    void bothBridgedTransitionsHaveTheSameWindow() {
        running(1);
        Moment certain = HostClock.at(reported.clock.minusSeconds(10));

        List<Transition> bridged = inventory.apply(reported.event(EventKind.REBOOT, 2), null);

        assertEquals(certain, bridged.get(0).discovery().windowStart());
        assertEquals(certain, bridged.get(1).discovery().windowStart());
    }

    @Test
    void aRestartAfterACrashThatPausedItIsStillARestart() {
        running(1);
        received("crashed panicked", 1);
        received("suspended paused", 1);

        assertEquals(
                List.of("resumed paused->running crash_restarted"), TestInputs.texts(received("resumed unpaused", 1)));
    }

    @Test
    void anEarlyResumedIsForgottenWhenAListingSaysOff() {
        received("defined added", -1);
        received("resumed unpaused", 1); // then the connection was lost, and the start failed
        reported.seconds(10);
        listedTwice(resync(), seen(5, 6, -1));
        received("started booted", 2);

        assertEquals(
                List.of("suspended running->paused start_paused"), TestInputs.texts(received("suspended paused", 2)));
    }

    @Test
    void theStartOfABridgedIncarnationIsNoSecondStart() {
        running(1);
        inventory.apply(reported.event(EventKind.REBOOT, 2), null);
        received("resumed unpaused", 2);

        List<Transition> started = received("started booted", 2);
        assertEquals(List.of("started running->running booted"), TestInputs.texts(started));
        assertEquals(2, started.get(0).domain().lifecycle().incarnation().number());
    }

    @Test
    void aStartThatIsReportedLateChangesNothingOfWhatTheGuestDidMeanwhile() {
        received("defined added", -1);
        received("resumed unpaused", 1);
        assertEquals(
                List.of("started defined->running unknown resync", "suspended running->paused io_error"),
                TestInputs.texts(received("suspended ioerror", 1)));
        assertEquals(List.of("started paused->paused booted"), TestInputs.texts(received("started booted", 1)));
        assertEquals(List.of("resumed paused->running unpaused"), TestInputs.texts(received("resumed unpaused", 1)));
        received("stopped destroyed", -1);

        received("shutdown guest", 2);
        received("started booted", 2);
        assertEquals(
                List.of("stopped running->defined guest_shutdown"), TestInputs.texts(received("stopped shutdown", -1)));
    }
}
