package org.vmeventagent.inventory;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.Snapshot;
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
public record Life(
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
    public static final Life NONE =
            new Life(DomainState.UNDEFINED, -1, false, 0, Phase.NONE, null, null, null, false, null);

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

    public Life {
        Objects.requireNonNull(state);
        Objects.requireNonNull(phase);
    }

    /** What a listing says of a domain; the marks stay where the same incarnation may still run. */
    static Life seen(Life before, DomainState now, Snapshot.Seen seen) {
        if (before.state() == now && before.domainId() == seen.domainId()) {
            return before.persistent(seen.persistent());
        }
        boolean leaving = before.state().isActive() && seen.state() == 3 && seen.reason() == 2;
        return before.persistent(seen.persistent())
                .active(seen.domainId())
                .with(now, leaving ? Phase.LEAVING : Phase.NONE);
    }

    /** A new incarnation whose beginning was not seen. */
    Life began(DomainState newState, int id) {
        return new Life(newState, id, persistent, incarnation + 1, Phase.NONE, null, null, null, false, null);
    }

    /** The state a domain has without a process. */
    DomainState inactive() {
        return persistent ? DomainState.DEFINED : DomainState.UNDEFINED;
    }

    Life with(DomainState newState) {
        return with(newState, phase);
    }

    Life with(DomainState newState, Phase newPhase) {
        return new Life(
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

    Life persistent(boolean nowPersistent) {
        return new Life(
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

    Life active(int id) {
        return new Life(
                state, id, persistent, incarnation, phase, startedBy, startedAt, shutdownBy, panicked, watchdogAt);
    }

    /** A new incarnation: every mark is gone. */
    Life started(DomainState newState, int id, Start by, Phase newPhase, Moment at) {
        return new Life(newState, id, persistent, incarnation + 1, newPhase, by, at, null, false, null);
    }

    /** Whether a STARTED with this id is that of the incarnation that runs already: its beginning was not told yet. */
    boolean awaitsStarted(int id) {
        return state.isActive() && startedAt == null && domainId == id;
    }

    /** That STARTED came, after other events of its incarnation: what those told stays. */
    Life startedLate(Start by, Phase newPhase, Moment at) {
        return new Life(state, domainId, persistent, incarnation, newPhase, by, at, shutdownBy, panicked, watchdogAt);
    }

    Life shutdownBy(@Nullable ShutdownBy by) {
        return new Life(
                state, domainId, persistent, incarnation, phase, startedBy, startedAt, by, panicked, watchdogAt);
    }

    Life hasPanicked() {
        return new Life(
                state, domainId, persistent, incarnation, phase, startedBy, startedAt, shutdownBy, true, watchdogAt);
    }

    Life watchdogFired(Moment at) {
        return new Life(
                state, domainId, persistent, incarnation, phase, startedBy, startedAt, shutdownBy, panicked, at);
    }
}
