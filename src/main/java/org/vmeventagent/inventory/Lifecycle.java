package org.vmeventagent.inventory;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.time.Moment;

/**
 * What is known of a domain's life: its state, and what decides the cause of what comes next.
 *
 * @param domainId libvirt's id while active, else -1; the id of a later incarnation may be the same
 * @param persistent whether it has a definition
 * @param phase what is under way
 * @param incarnation the newest
 */
public record Lifecycle(DomainState state, int domainId, boolean persistent, Phase phase, Incarnation incarnation) {

    /** Of a domain that was never reported. */
    public static final Lifecycle NONE = new Lifecycle(
            DomainState.UNDEFINED, -1, false, Phase.NONE, new Incarnation(0, null, null, null, false, null));

    /**
     * A domain from one start to the end of its process.
     *
     * @param number how many starts were seen, 0 before the first
     * @param startedBy how it began; null when that was not seen
     * @param startedAt when it began
     * @param shutdownBy who requested that QEMU end, once somebody did
     * @param panicked whether its guest has panicked
     * @param watchdogAt when a watchdog that powers off fired in it
     */
    public record Incarnation(
            long number,
            @Nullable Start startedBy,
            @Nullable Moment startedAt,
            @Nullable ShutdownBy shutdownBy,
            boolean panicked,
            @Nullable Moment watchdogAt) {

        /** The next, of which nothing is known but how it began. */
        private Incarnation next(@Nullable Start by, @Nullable Moment at) {
            return new Incarnation(number + 1, by, at, null, false, null);
        }

        private Incarnation begun(Start by, Moment at) {
            return new Incarnation(number, by, at, shutdownBy, panicked, watchdogAt);
        }

        private Incarnation shutdownBy(@Nullable ShutdownBy by) {
            return new Incarnation(number, startedBy, startedAt, by, panicked, watchdogAt);
        }

        private Incarnation hasPanicked() {
            return new Incarnation(number, startedBy, startedAt, shutdownBy, true, watchdogAt);
        }

        private Incarnation watchdogFired(Moment at) {
            return new Incarnation(number, startedBy, startedAt, shutdownBy, panicked, at);
        }
    }

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
        /** Migrating away; after its STOPPED, as long as it is not known whether it still exists. */
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

    /** What a listing says of a domain; the incarnation stays where the same one may still run. */
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
        return new Lifecycle(newState, id, persistent, Phase.NONE, incarnation.next(null, null));
    }

    /** The state a domain has without a process. */
    DomainState inactive() {
        return persistent ? DomainState.DEFINED : DomainState.UNDEFINED;
    }

    Lifecycle with(DomainState newState) {
        return with(newState, phase);
    }

    Lifecycle with(DomainState newState, Phase newPhase) {
        return new Lifecycle(newState, newState.isActive() ? domainId : -1, persistent, newPhase, incarnation);
    }

    Lifecycle persistent(boolean nowPersistent) {
        return new Lifecycle(state, domainId, nowPersistent, phase, incarnation);
    }

    Lifecycle active(int id) {
        return new Lifecycle(state, id, persistent, phase, incarnation);
    }

    /** A new incarnation. */
    Lifecycle started(DomainState newState, int id, Start by, Phase newPhase, Moment at) {
        return new Lifecycle(newState, id, persistent, newPhase, incarnation.next(by, at));
    }

    /** Whether a STARTED with this id is that of the incarnation that runs already, whose beginning was not reported yet. */
    boolean awaitsStarted(int id) {
        return state.isActive() && incarnation.startedAt == null && domainId == id;
    }

    /** That STARTED came, after other events of its incarnation: what those reported stays. */
    Lifecycle startedLate(Start by, Phase newPhase, Moment at) {
        return new Lifecycle(state, domainId, persistent, newPhase, incarnation.begun(by, at));
    }

    Lifecycle shutdownBy(@Nullable ShutdownBy by) {
        return with(incarnation.shutdownBy(by));
    }

    Lifecycle hasPanicked() {
        return with(incarnation.hasPanicked());
    }

    Lifecycle watchdogFired(Moment at) {
        return with(incarnation.watchdogFired(at));
    }

    private Lifecycle with(Incarnation changed) {
        return new Lifecycle(state, domainId, persistent, phase, changed);
    }
}
