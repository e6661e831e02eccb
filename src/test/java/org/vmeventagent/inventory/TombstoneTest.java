package org.vmeventagent.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.vmeventagent.event.DomainListing.ListedDomain;
import org.vmeventagent.inventory.KnownDomain.Removal.Reason;
import org.vmeventagent.rig.HostClock;

/** What is kept of a domain that is gone, when it counts as removed, and what of one that comes back. */
class TombstoneTest {
    private static final int RUNNING = 1;
    private static final Duration SETTLE = Duration.ofSeconds(2);

    private final TestInputs reported = new TestInputs();
    private final Inventory inventory = new Inventory();

    private void running(int id) {
        inventory.apply(reported.event("defined added", -1), reported.metadata("web"));
        inventory.apply(reported.event("started booted", id), null);
    }

    /** What a comparison finds where libvirt lists this domain, or none, and answers the same again. */
    private List<Transition> compared(@Nullable ListedDomain listed) {
        Resync resync = new Resync(inventory, TestInputs.URI, Origin.RESYNC, SETTLE);
        ListedDomain[] all = listed == null ? new ListedDomain[0] : new ListedDomain[] {listed};
        assertEquals(List.of(), resync.listed(reported.listing(all), false, reported.now(), 0));
        reported.seconds(2);
        assertEquals(Set.of(TestInputs.UUID_1), resync.due(SETTLE.toNanos()));
        return resync.rechecked(reported.answer(TestInputs.UUID_1, listed), reported.now(), SETTLE.toNanos());
    }

    @Test
    void rule13ATombstoneKeepsItsIdentityAsALabelledFallBack() {
        running(1);
        inventory.apply(reported.event("stopped destroyed", -1), null);
        inventory.apply(reported.event("undefined removed", -1), null);
        reported.seconds(30);
        Transition removed =
                inventory.removed(Duration.ofSeconds(30), reported.now()).get(0);
        assertEquals(Reason.DELETED, removed.removal());
        assertEquals(MetadataSource.CACHED, removed.identified().source());
        Transition back =
                inventory.apply(reported.event("defined added", -1), null).get(0);
        assertEquals(MetadataSource.TOMBSTONE, back.identified().source());
        Transition read = inventory
                .apply(reported.event("started booted", 2), reported.metadata("new"))
                .get(0);
        assertEquals(MetadataSource.LIVE, read.identified().source());
        assertEquals(2, read.domain().lifecycle().incarnation().number());
    }

    private Reason removal() {
        reported.seconds(31);
        List<Transition> removed = inventory.removed(Duration.ofSeconds(30), reported.now());
        return Objects.requireNonNull(removed.get(0).removal());
    }

    @Test
    void rule13WhatAComparisonFoundGoneWasNotSeenToBeDeleted() {
        running(1);
        compared(null);
        assertEquals(Reason.UNKNOWN, removal());
    }

    @Test
    void rule13AMigrationThatNeverArrivedIsNoDeletion() {
        inventory.apply(reported.event("started migrated", 1), null);
        inventory.apply(reported.event("stopped failed", -1), null);
        assertEquals(Reason.MIGRATION_FAILED, removal());
    }

    @Test
    void rule13AnAbortedMigrationIsNoDeletionEither() {
        inventory.apply(reported.event("started migrated", 1), null);
        inventory.apply(reported.event("stopped destroyed", -1), null);
        assertEquals(Reason.MIGRATION_FAILED, removal());
    }

    @Test
    void rule13WhatIsUndefinedAfterItMigratedIsMigrated() {
        running(1);
        inventory.apply(reported.event("suspended migrated", 1), null);
        inventory.apply(reported.event("stopped migrated", -1), reported.metadata("web"));
        inventory.apply(reported.event("undefined removed", -1), null);
        assertEquals(Reason.MIGRATED, removal());
    }

    @Test
    void rule13WhatWasRemovedAndComesBackSaysSo() {
        running(1);
        inventory.apply(reported.event("stopped destroyed", -1), null);
        inventory.apply(reported.event("undefined removed", -1), null);
        assertFalse(inventory
                .apply(reported.event("defined added", -1), null)
                .get(0)
                .returned());
        inventory.apply(reported.event("undefined removed", -1), null);
        removal();
        assertFalse(inventory
                .apply(reported.event("resumed unpaused", 2), null)
                .get(0)
                .returned()); // it still doesn't exist
        assertTrue(inventory
                .apply(reported.event("defined added", -1), null)
                .get(0)
                .returned());
        assertFalse(inventory
                .apply(reported.event("started booted", 2), null)
                .get(0)
                .returned());
    }

    @Test
    void rule13WhatWasRemovedAndIsFoundAgainSaysSo() {
        running(1);
        inventory.apply(reported.event("stopped destroyed", -1), null);
        inventory.apply(reported.event("undefined removed", -1), null);
        removal();
        assertEquals(
                List.of(true, false),
                compared(reported.seen(RUNNING, 1, 7)).stream()
                        .map(Transition::returned)
                        .toList());
    }

    @Test
    void rule13DefinedAgainInTimeIsNotRemoved() {
        running(1);
        inventory.apply(reported.event("stopped destroyed", -1), null);
        inventory.apply(reported.event("undefined removed", -1), null);
        reported.seconds(29);
        assertEquals(List.of(), inventory.removed(Duration.ofSeconds(30), reported.now()));
        inventory.apply(reported.event("defined added", -1), null);
        reported.seconds(60);
        assertEquals(List.of(), inventory.removed(Duration.ofSeconds(30), reported.now()));
    }

    @Test
    void rule13ForgetsTombstonesInTheEnd() {
        running(1);
        inventory.apply(reported.event("stopped destroyed", -1), null);
        inventory.apply(reported.event("undefined removed", -1), null);
        inventory.removed(Duration.ZERO, reported.now());
        assertEquals(List.of(), inventory.forget(Duration.ZERO, reported.now(), Long.MAX_VALUE));
        assertEquals(
                1,
                inventory
                        .forget(Duration.ZERO, HostClock.at(reported.clock.plusSeconds(1)), Long.MAX_VALUE)
                        .size());
        assertEquals(0, inventory.domains().size());
    }
}
