package org.vmeventagent.inventory;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.time.Moment;

/**
 * What is known of a domain's life: its state, and the marks that decide the cause of what comes next.
 *
 * @param domainId libvirt's id while active, else -1; the id of a later incarnation may be the same
 * @param persistent whether it has a definition
 * @param incarnation how many starts were seen, 0 before the first
 * @param phase what is under way
 * @param startedBy how this incarnation began; null when that was not seen
 * @param startedAt when it began
 * @param shutdownBy who asked QEMU to end, once it was asked
 * @param panicked whether this incarnation's guest has panicked
 * @param watchdogAt when a watchdog that powers off fired in this incarnation
 */
public record Lifecycle(
        DomainState state,
        int domainId,
        boolean persistent,
        long incarnation,
        Phase phase,
        @Nullable Start startedBy,
        @Nullable Moment startedAt,
        @Nullable ShutdownBy shutdownBy,
        boolean panicked,
        @Nullable Moment watchdogAt) {

    /** A domain of which nothing was ever heard. */
    public static final Lifecycle NONE =
            new Lifecycle(DomainState.UNDEFINED, -1, false, 0, Phase.NONE, null, null, null, false, null);

    /** What an event left half done. */
    public enum Phase {
        NONE,
        /** RESUMED came while inactive: STARTED is about to follow. */
        BOOTING,
        /** STARTED/BOOTED without an early RESUMED: a SUSPENDED right after it is part of the start. */
        BOOTED,
        /** That SUSPENDED came: Nova waits for a port, the next RESUMED ends the start. */
        START_PAUSED,
        RESTORING,
        ARRIVING,
        /** Migrating away; after its STOPPED, as long as nobody said whether it still exists. */
        LEAVING,
        /** It panicked: the next RESUMED is its restart. */
        CRASHED
    }

    /** How an incarnation began. */
    public enum Start {
        BOOTED,
        MIGRATED,
        RESTORED,
        FROM_SNAPSHOT,
        RECREATED
    }

    /** The detail of SHUTDOWN. */
    public enum ShutdownBy {
        GUEST,
        HOST
    }

    public Lifecycle {
        Objects.requireNonNull(state);
        Objects.requireNonNull(phase);
    }

    /** What a listing says of a domain; the marks stay where the same incarnation may still run. */
    static Lifecycle observed(Lifecycle before, DomainState now, DomainListing.ListedDomain listedDomain) {
        if (before.state() == now && before.domainId() == listedDomain.domainId()) {
            return before.persistent(listedDomain.persistent());
        }
        boolean leaving = before.state().isActive() && listedDomain.state() == 3 && listedDomain.reason() == 2;
        return before.persistent(listedDomain.persistent())
                .active(listedDomain.domainId())
                .with(now, leaving ? Phase.LEAVING : Phase.NONE);
    }

    /** A new incarnation whose beginning was not seen. */
    Lifecycle began(DomainState newState, int id) {
        return new Lifecycle(newState, id, persistent, incarnation + 1, Phase.NONE, null, null, null, false, null);
    }

    /** The state a domain has without a process. */
    DomainState inactive() {
        return persistent ? DomainState.DEFINED : DomainState.UNDEFINED;
    }

    Lifecycle with(DomainState newState) {
        return with(newState, phase);
    }

    Lifecycle with(DomainState newState, Phase newPhase) {
        return new Lifecycle(
                newState,
                newState.isActive() ? domainId : -1,
                persistent,
                incarnation,
                newPhase,
                startedBy,
                startedAt,
                shutdownBy,
                panicked,
                watchdogAt);
    }

    Lifecycle persistent(boolean nowPersistent) {
        return new Lifecycle(
                state,
                domainId,
                nowPersistent,
                incarnation,
                phase,
                startedBy,
                startedAt,
                shutdownBy,
                panicked,
                watchdogAt);
    }

    Lifecycle active(int id) {
        return new Lifecycle(
                state, id, persistent, incarnation, phase, startedBy, startedAt, shutdownBy, panicked, watchdogAt);
    }

    /** A new incarnation: every mark is gone. */
    Lifecycle started(DomainState newState, int id, Start by, Phase newPhase, Moment at) {
        return new Lifecycle(newState, id, persistent, incarnation + 1, newPhase, by, at, null, false, null);
    }

    /** Whether a STARTED with this id is that of the incarnation that runs already: its beginning was not told yet. */
    boolean awaitsStarted(int id) {
        return state.isActive() && startedAt == null && domainId == id;
    }

    /** That STARTED came, after other events of its incarnation: what those told stays. */
    Lifecycle startedLate(Start by, Phase newPhase, Moment at) {
        return new Lifecycle(
                state, domainId, persistent, incarnation, newPhase, by, at, shutdownBy, panicked, watchdogAt);
    }

    Lifecycle shutdownBy(@Nullable ShutdownBy by) {
        return new Lifecycle(
                state, domainId, persistent, incarnation, phase, startedBy, startedAt, by, panicked, watchdogAt);
    }

    Lifecycle hasPanicked() {
        return new Lifecycle(
                state, domainId, persistent, incarnation, phase, startedBy, startedAt, shutdownBy, true, watchdogAt);
    }

    Lifecycle watchdogFired(Moment at) {
        return new Lifecycle(
                state, domainId, persistent, incarnation, phase, startedBy, startedAt, shutdownBy, panicked, at);
    }
}
