package org.vmeventagent.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.inventory.KnownDomain.Removal.Reason;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.time.Moment;

/** How a transition that nobody received is found, and how none is reported twice. The rules are in docs/rationale.md. */
class ResyncTest {
    private static final int RUNNING = 1;
    private static final int PAUSED = 3;
    private static final int SHUTOFF = 5;
    private static final Duration SETTLE = Duration.ofSeconds(2);

    private final TestInputs reported = new TestInputs();
    private final Inventory inventory = new Inventory();
    private long now;

    private void running(int id) {
        inventory.apply(reported.event("defined added", -1), reported.metadata("web"));
        inventory.apply(reported.event("started booted", id), null);
    }

    private Resync resync() {
        return new Resync(inventory, TestInputs.URI, Origin.RESYNC, SETTLE);
    }

    private DomainListing.ListedDomain withMetadata(DomainListing.ListedDomain listedDomain, String name) {
        return new DomainListing.ListedDomain(
                listedDomain.uuid(),
                listedDomain.name(),
                listedDomain.domainId(),
                listedDomain.state(),
                listedDomain.reason(),
                listedDomain.persistent(),
                listedDomain.managedSave(),
                listedDomain.cpuTime(),
                "<instance><name>" + name + "</name></instance>",
                listedDomain.askedAt());
    }

    private List<String> listed(Resync resync, DomainListing.ListedDomain... seen) {
        return TestInputs.texts(resync.listed(reported.listing(seen), false, reported.now(), now));
    }

    /** The second question after settling, answered. */
    private List<String> queriedAgain(Resync resync, DomainListing.ListedDomain... seen) {
        reported.seconds(11);
        now += Duration.ofSeconds(11).toNanos();
        Set<UUID> due = resync.due(now);
        assertFalse(due.isEmpty());
        List<Transition> found = new ArrayList<>();
        for (UUID uuid : due) {
            DomainListing.ListedDomain answer = Stream.of(seen)
                    .filter(domain -> domain.uuid().equals(uuid))
                    .findFirst()
                    .orElse(null);
            found.addAll(resync.rechecked(reported.answer(uuid, answer), reported.now(), now));
        }
        return TestInputs.texts(found);
    }

    @Test
    void rule03BridgesAnEventThatIsImpossible() {
        running(1);
        assertEquals(
                List.of("stopped running->defined unknown resync", "started defined->running booted"),
                TestInputs.texts(inventory.apply(reported.event("started booted", 2), null)));
        inventory.apply(reported.event("stopped destroyed", -1), null);
        reported.seconds(5);
        List<Transition> bridged = inventory.apply(reported.event("suspended paused", 3), null);
        assertEquals(
                List.of("started defined->running unknown resync", "suspended running->paused paused"),
                TestInputs.texts(bridged));
        assertEquals(
                HostClock.at(reported.clock.minusSeconds(5)),
                bridged.get(0).discovery().windowStart());
    }

    @Test
    void rule03BridgesAForeignIdAsAnotherIncarnation() {
        running(1);
        assertEquals(
                List.of("stopped running->defined unknown resync", "started defined->running unknown resync", "reboot"),
                TestInputs.texts(inventory.apply(reported.event(EventKind.REBOOT, 2), null)));
        assertEquals(
                List.of("stopped running->defined unknown resync", "resumed defined->defined booting"),
                TestInputs.texts(inventory.apply(reported.event("resumed unpaused", 3), null)));
    }

    @Test
    void rule03BridgesADefinitionBeforeTheStartOfWhatWasUndefined() {
        List<Transition> bridged = inventory.apply(reported.event("suspended paused", 3), reported.metadata("web"));
        assertEquals(
                List.of(
                        "defined undefined->defined unknown resync",
                        "started defined->running unknown resync",
                        "suspended running->paused paused"),
                TestInputs.texts(bridged));
        assertTrue(bridged.get(2).domain().lifecycle().persistent());
    }

    /** What an event rests on, where its domain may have come to exist unheard. */
    @ParameterizedTest
    @CsvSource({
        "defined added, -1, defined undefined->defined defined",
        "defined updated, -1, defined undefined->defined unknown resync|defined defined->defined redefined",
        "started booted, 4, defined undefined->defined unknown resync|started defined->running booted",
        "started migrated, 4, started undefined->paused migrating_in",
        "undefined removed, -1, defined undefined->defined unknown resync|undefined defined->undefined undefined",
    })
    void rule03KnowsWhatAnEventInAGapRestsOn(String event, int id, String expected) {
        List<Transition> bridged =
                inventory.apply(reported.event(event, id), reported.metadata("web"), ListingState.OUTDATED);
        assertEquals(expected, String.join("|", TestInputs.texts(bridged)));
        assertTrue(bridged.stream().allMatch(transition -> transition.domain().instance() != null));
    }

    @ParameterizedTest
    @CsvSource({
        "started booted, 4, exists audit|started defined->running booted",
        "stopped failed, -1, exists audit|stopped running->defined process_died",
        "resumed unpaused, 4, exists audit|resumed running->running unpaused",
        "undefined removed, -1, exists audit|undefined defined->undefined undefined",
        "undefined removed, 4, exists audit|undefined running->running undefined",
        "defined updated, 4, exists audit|defined running->running redefined",
        "defined added, -1, defined undefined->defined defined",
        "started migrated, 4, started undefined->paused migrating_in",
    })
    void rule04BeforeTheFirstListingAnEventsDomainExists(String event, int id, String expected) {
        List<Transition> first =
                inventory.apply(reported.event(event, id), reported.metadata("web"), ListingState.NONE);
        assertEquals(expected, String.join("|", TestInputs.texts(first)));
        if (first.size() == 2) {
            assertTrue(first.get(0).domain().lifecycle().persistent());
            assertEquals(MetadataSource.LIVE, first.get(0).identified().source());
            DomainListing.ListedDomain listedDomain = reported.seen(RUNNING, 1, 4);
            assertTrue(inventory
                    .adopt(reported.listing(listedDomain), listedDomain)
                    .isEmpty());
        }
    }

    @Test
    void rule03LeavesAFailedStartAlone() {
        inventory.apply(reported.event("defined added", -1), null);
        assertEquals(
                List.of("stopped defined->defined start_failed"),
                TestInputs.texts(inventory.apply(reported.event("stopped failed", -1), null)));
    }

    @Test
    void rule04FirstRunReportsTheCurrentStateAndNoTransition() {
        DomainListing.ListedDomain listedDomain = reported.seen(RUNNING, 1, 4);
        List<Transition> told1 = inventory.adopt(reported.listing(listedDomain), listedDomain).stream()
                .toList();
        assertEquals(List.of("exists audit"), TestInputs.texts(told1));
        assertEquals(DomainState.RUNNING, told1.get(0).domain().lifecycle().state());
    }

    @Test
    void rule04AgreementIsCertain() {
        running(1);
        Resync resync = resync();
        reported.seconds(60);
        assertEquals(List.of(), listed(resync, withMetadata(reported.seen(RUNNING, 1, 1), "web")));
        assertTrue(resync.isSettled());
        KnownDomain known = inventory.domains().iterator().next();
        assertEquals(reported.now(), known.lastObservation().certainAt());
    }

    @Test
    void rule04SavedToAFileStaysSavedWhenTheDaemonForgot() {
        running(1);
        inventory.apply(reported.event("stopped saved", -1), null);
        Resync resync = resync();
        assertEquals(List.of(), listed(resync, withMetadata(reported.seen(SHUTOFF, 0, -1), "web")));
        assertTrue(resync.isSettled());
    }

    @Test
    void rule04SavedToAFileAndRunSinceIsNotSaved() {
        running(1);
        inventory.apply(reported.event("stopped saved", -1), null);
        Resync resync = resync();
        DomainListing.ListedDomain destroyed = withMetadata(reported.seen(SHUTOFF, 2, -1), "web");
        listed(resync, destroyed);
        assertEquals(List.of("defined saved->defined defined resync"), queriedAgain(resync, destroyed));
    }

    @Test
    void rule05DisagreementIsReportedOnlyWhenTwoAnswersAreTheSame() {
        running(1);
        reported.seconds(30);
        Moment certain = HostClock.at(reported.clock.minusSeconds(30));
        Resync resync = resync();
        assertEquals(List.of(), listed(resync, withMetadata(reported.seen(SHUTOFF, 3, -1), "web")));
        assertFalse(resync.isSettled());
        assertEquals(Set.of(), resync.due(now));
        now += SETTLE.toNanos();
        assertEquals(Set.of(TestInputs.UUID_1), resync.due(now));
        List<Transition> found = resync.rechecked(
                reported.answer(TestInputs.UUID_1, withMetadata(reported.seen(SHUTOFF, 3, -1), "web")),
                reported.now(),
                now);
        assertEquals(List.of("stopped running->defined crashed resync"), TestInputs.texts(found));
        assertEquals(certain, found.get(0).discovery().windowStart());
        assertTrue(found.get(0).isError());
        assertTrue(resync.isSettled());
    }

    @Test
    void rule05AnEventInBetweenVoidsTheSuspicion() {
        running(1);
        Resync resync = resync();
        listed(resync, withMetadata(reported.seen(SHUTOFF, 2, -1), "web"));
        resync.eventReceived(TestInputs.UUID_1);
        assertEquals(
                List.of("stopped running->defined destroyed"),
                TestInputs.texts(inventory.apply(reported.event("stopped destroyed", -1), null)));
        assertEquals(List.of(), queriedAgain(resync, withMetadata(reported.seen(SHUTOFF, 2, -1), "web")));
        assertTrue(resync.isSettled());
    }

    private void seconds(int seconds) {
        reported.seconds(seconds);
        now += Duration.ofSeconds(seconds).toNanos();
    }

    private List<String> answered(Resync resync, DomainListing.@Nullable ListedDomain listedDomain) {
        return TestInputs.texts(
                resync.rechecked(reported.answer(TestInputs.UUID_1, listedDomain), reported.now(), now));
    }

    @Test
    void rule05ListingsPutOffNoQuestion() {
        running(1);
        Resync resync = resync();
        DomainListing.ListedDomain off = withMetadata(reported.seen(SHUTOFF, 2, -1), "web");
        listed(resync, off);
        seconds(1);
        listed(resync, off);
        assertEquals(Set.of(), resync.due(now));
        seconds(1);
        listed(resync, off);
        assertEquals(Set.of(TestInputs.UUID_1), resync.due(now));
        listed(resync, off); // before the answer
        assertEquals(List.of("stopped running->defined destroyed resync"), answered(resync, off));
    }

    @Test
    void rule05AListingCorrectsWhatIsPending() {
        running(1);
        Resync resync = resync();
        DomainListing.ListedDomain another = withMetadata(reported.seen(RUNNING, 1, 2), "web");
        listed(resync, withMetadata(reported.seen(SHUTOFF, 2, -1), "web"));
        seconds(1);
        listed(resync, another);
        seconds(1);
        assertEquals(Set.of(TestInputs.UUID_1), resync.due(now));
        assertEquals(List.of(), answered(resync, another)); // which it says for only a second
        assertEquals(2, queriedAgain(resync, another).size());
        listed(resync, withMetadata(reported.seen(SHUTOFF, 2, -1), "web"));
        listed(resync, another);
        assertTrue(resync.isSettled());
    }

    @Test
    void rule05AListingEndsNoRecheck() {
        running(1);
        Resync resync = resync();
        resync.recheck(TestInputs.UUID_1, now);
        seconds(1);
        listed(resync, withMetadata(reported.seen(RUNNING, 1, 1), "web"));
        assertFalse(resync.isSettled());
        seconds(1);
        assertEquals(Set.of(TestInputs.UUID_1), resync.due(now));
        assertEquals(List.of(), answered(resync, withMetadata(reported.seen(RUNNING, 1, 1), "web")));
        assertTrue(resync.isSettled());
    }

    @Test
    void rule05RechecksPutOffNoQuestion() {
        running(1);
        Resync resync = resync();
        resync.recheck(TestInputs.UUID_1, now);
        seconds(1);
        resync.recheck(TestInputs.UUID_1, now);
        seconds(1);
        assertEquals(Set.of(TestInputs.UUID_1), resync.due(now));
        assertEquals(List.of(), answered(resync, withMetadata(reported.seen(RUNNING, 1, 1), "web")));
        assertFalse(resync.isSettled()); // the second doubt's time has not come
        seconds(1);
        assertEquals(Set.of(TestInputs.UUID_1), resync.due(now));
    }

    @Test
    void rule09DropsPutOffADifferenceForFiveRoundsAtMost() {
        running(1);
        Resync resync = resync();
        DomainListing.ListedDomain off = withMetadata(reported.seen(SHUTOFF, 2, -1), "web");
        listed(resync, off);
        List<String> found = new ArrayList<>();
        int passed = 0;
        while (found.isEmpty() && passed < 60) {
            seconds(1);
            passed++;
            resync.dropped();
            listed(resync, off);
            if (!resync.due(now).isEmpty()) {
                found.addAll(answered(resync, off));
            }
        }
        assertEquals(List.of("stopped running->defined destroyed resync"), found);
        assertEquals(10, passed);
    }

    @Test
    void rule05StopsAfterFiveRounds() {
        running(1);
        Resync resync = resync();
        listed(resync, withMetadata(reported.seen(SHUTOFF, 2, -1), "web"));
        List<String> found = new ArrayList<>();
        for (int round = 1; round <= 5; round++) {
            resync.eventReceived(TestInputs.UUID_1);
            found.addAll(queriedAgain(resync, withMetadata(reported.seen(SHUTOFF, 2, -1), "web")));
        }
        assertEquals(List.of(), found);
        assertTrue(resync.isSettled());
    }

    @Test
    void rule05AQuestionWithoutAnAnswerIsPutAgain() {
        running(1);
        Resync resync = resync();
        DomainListing.ListedDomain off = withMetadata(reported.seen(SHUTOFF, 2, -1), "web");
        listed(resync, off);
        now += SETTLE.toNanos();
        assertEquals(Set.of(TestInputs.UUID_1), resync.due(now));
        assertEquals(Set.of(), resync.due(now));
        assertEquals(List.of("stopped running->defined destroyed resync"), queriedAgain(resync, off));
    }

    @Test
    void rule05ChangedMetadataIsReportedToo() {
        running(1);
        Resync resync = resync();
        listed(resync, withMetadata(reported.seen(RUNNING, 1, 1), "web renamed"));
        assertEquals(
                List.of("metadata_change resync"),
                queriedAgain(resync, withMetadata(reported.seen(RUNNING, 1, 1), "web renamed")));
        assertTrue(resync.isSettled());
    }

    @Test
    void rule06AnotherIdOrLessCpuTimeIsAnotherIncarnation() {
        running(1);
        inventory.certain(
                inventory.domains().iterator().next(),
                withMetadata(reported.seen(TestInputs.UUID_1, RUNNING, 1, 1, 500), "web"));
        Resync resync = resync();
        DomainListing.ListedDomain again = withMetadata(reported.seen(TestInputs.UUID_1, RUNNING, 1, 1, 100), "web");
        listed(resync, again);
        assertEquals(
                List.of("stopped running->defined unknown resync", "started defined->running booted resync"),
                queriedAgain(resync, again));
        assertEquals(
                2,
                inventory.domains().iterator().next().lifecycle().incarnation().number());
    }

    @Test
    void rule07GoneIsStoppedThenUndefined() {
        running(1);
        Resync resync = resync();
        listed(resync);
        assertEquals(
                List.of("stopped running->defined unknown resync", "undefined defined->undefined undefined resync"),
                queriedAgain(resync));
    }

    @Test
    void rule07WhatOneComparisonFindsLiesInOneWindow() {
        running(1);
        Moment certain = reported.now();
        Resync resync = resync();
        listed(resync);
        now += Duration.ofSeconds(11).toNanos();
        reported.seconds(11);
        resync.due(now);
        List<Transition> found = resync.rechecked(reported.answer(TestInputs.UUID_1, null), reported.now(), now);
        assertEquals(
                List.of(certain, certain),
                found.stream().map(each -> each.discovery().windowStart()).toList());
    }

    @Test
    void rule07GoneWhileLeavingIsMigrated() {
        running(1);
        inventory.apply(reported.event("suspended migrated", 1), null);
        Resync resync = resync();
        listed(resync);
        assertEquals(List.of("stopped paused->undefined migrated_out resync"), queriedAgain(resync));
        reported.seconds(31);
        List<Transition> removed = inventory.removed(Duration.ofSeconds(30), reported.now());
        assertEquals(Reason.MIGRATED, removed.get(0).removal());
    }

    /** libvirt undefines the source of a migration without an event, and later than it tells of the migration. */
    @Test
    void rule07GoneAfterItLeftIsMigratedAndRechecked() {
        running(1);
        inventory.apply(reported.event("suspended migrated", 1), null);
        List<Transition> left = inventory.apply(reported.event("stopped migrated", -1), reported.metadata("web"));
        assertEquals(List.of("stopped paused->defined migrated_out"), TestInputs.texts(left));
        assertTrue(left.get(0).needsRecheck());
        Resync resync = resync();
        resync.recheck(TestInputs.UUID_1, now);
        assertEquals(List.of(), queriedAgain(resync));
        assertEquals(List.of("undefined defined->undefined migrated_out resync"), queriedAgain(resync));
        reported.seconds(31);
        assertEquals(
                Reason.MIGRATED,
                inventory.removed(Duration.ofSeconds(30), reported.now()).get(0).removal());
    }

    @Test
    void rule07ManyGoneAtOnceAreRecheckedLonger() {
        for (int i = 0; i < 5; i++) {
            inventory.apply(reported.event(new UUID(0, i), "defined added", -1), null);
        }
        Resync resync = resync();
        listed(resync);
        now += SETTLE.toNanos();
        assertEquals(Set.of(), resync.due(now));
        assertEquals(5, queriedAgain(resync).size());
        assertTrue(resync.massChange());
    }

    @Test
    void rule07ListingsDoNotRecheckManyGoneAtOnceForEver() {
        for (int i = 0; i < 6; i++) {
            inventory.apply(reported.event(new UUID(0, i), "defined added", -1), null);
        }
        Resync resync = resync();
        listed(resync);
        seconds(5);
        listed(resync);
        assertEquals(Set.of(), resync.due(now));
        seconds(5);
        listed(resync);
        assertEquals(6, resync.due(now).size());
    }

    @Test
    void rule07ManyGoneOneByOneAreRecheckedLongerToo() {
        List<UUID> uuids = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            uuids.add(new UUID(0, i));
            inventory.apply(reported.event(uuids.get(i), "defined added", -1), null);
        }
        Resync resync = resync();
        for (int gone = 1; gone <= 6; gone++) {
            resync.listed(
                    reported.listing(uuids.stream()
                            .skip(gone)
                            .map(uuid -> reported.seen(uuid, SHUTOFF, 0, -1, 0))
                            .toArray(DomainListing.ListedDomain[]::new)),
                    false,
                    reported.now(),
                    now);
            assertEquals(Set.of(), resync.due(now));
            now += SETTLE.toNanos() / 7;
        }
        now += SETTLE.toNanos();
        assertEquals(Set.of(), resync.due(now));
    }

    @Test
    void rule07ManyGoneWithoutAListingAreRecheckedLongerToo() {
        List<UUID> uuids = IntStream.range(0, 6).mapToObj(i -> new UUID(0, i)).toList();
        uuids.forEach(uuid -> inventory.apply(reported.event(uuid, "defined added", -1), null));
        Resync resync = resync();
        uuids.forEach(uuid -> resync.recheck(uuid, now));
        for (int question = 1; question <= 2; question++) {
            now += SETTLE.toNanos();
            assertEquals(Set.copyOf(uuids), resync.due(now));
            for (UUID uuid : uuids) {
                assertEquals(List.of(), resync.rechecked(reported.answer(uuid, null), reported.now(), now));
            }
        }
        assertEquals(6, queriedAgain(resync).size());
        assertTrue(resync.massChange());
    }

    @Test
    void rule08NewIsDefinedThenStartedOrPausedByState() {
        Resync resync = resync();
        DomainListing.ListedDomain running = reported.seen(RUNNING, 1, 7);
        listed(resync, running);
        assertEquals(
                List.of("defined undefined->defined defined resync", "started defined->running booted resync"),
                queriedAgain(resync, running));
    }

    @Test
    void rule08ArrivedByMigration() {
        Resync resync = resync();
        DomainListing.ListedDomain arrived = reported.seen(RUNNING, 2, 7);
        listed(resync, arrived);
        assertEquals(
                List.of("defined undefined->defined defined resync", "started defined->running migrated_in resync"),
                queriedAgain(resync, arrived));
    }

    @Test
    void rule08AnIncomingMigrationIsQueriedAgain() {
        Resync resync = resync();
        DomainListing.ListedDomain arriving = reported.seen(PAUSED, 2, 7);
        listed(resync, arriving);
        assertEquals(List.of(), queriedAgain(resync, arriving));
        assertFalse(resync.isSettled());
    }

    /** A guest that was saved paused and restored looks like an incoming migration for ever. */
    @Test
    void rule08WhatStaysPausedForAMigrationIsReportedInTheEnd() {
        Resync resync = resync();
        DomainListing.ListedDomain restored = reported.seen(PAUSED, 2, 7);
        listed(resync, restored);
        for (int round = 1; round < 5; round++) {
            assertEquals(List.of(), queriedAgain(resync, restored));
        }
        assertEquals(
                List.of("defined undefined->defined defined resync", "suspended defined->paused unknown resync"),
                queriedAgain(resync, restored));
        assertTrue(resync.isSettled());
    }

    @Test
    void rule12AfterAHostRebootEveryActiveDomainStoppedFirst() {
        running(1);
        reported.generation++;
        Resync resync = resync();
        DomainListing rebooted = reported.listing(withMetadata(reported.seen(RUNNING, 1, 1), "web"));
        assertEquals(
                List.of("stopped running->defined host_rebooted resync"),
                TestInputs.texts(resync.listed(rebooted, true, reported.now(), now)));
        assertEquals(
                List.of("started defined->running booted resync"),
                queriedAgain(resync, withMetadata(reported.seen(RUNNING, 1, 1), "web")));
    }
}
