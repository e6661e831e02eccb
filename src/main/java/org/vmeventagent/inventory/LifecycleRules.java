package org.vmeventagent.inventory;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.inventory.Lifecycle.Phase;
import org.vmeventagent.inventory.Lifecycle.ShutdownBy;
import org.vmeventagent.inventory.Lifecycle.Start;
import org.vmeventagent.time.Moment;

/**
 * The table of states and causes: what one event makes of one life. Nothing here queries libvirt; the one answer
 * that counts, whether a domain that migrated away still exists, comes along with its event.
 *
 * <p>The sequences behind the rules were observed on libvirt 9.0 with QEMU 7.2 and Nova 26.2; {@code docs/rationale.md}
 * explains the surprising ones.
 */
final class LifecycleRules {
    /** A SUSPENDED this soon after STARTED belongs to the start. */
    static final Duration START_PAUSE = Duration.ofSeconds(1);
    /** A process that dies this soon after a watchdog with action poweroff was killed by it. */
    static final Duration WATCHDOG_KILL = Duration.ofSeconds(5);

    /**
     * What an event made of a life.
     *
     * @param cause null for an event that is no lifecycle event
     * @param error whether it is a fault; not every panic event is one, only the first of an incarnation
     */
    record StateChange(Lifecycle lifecycle, @Nullable Cause cause, boolean error) {
        private static StateChange of(Lifecycle lifecycle, Cause cause) {
            return new StateChange(lifecycle, cause, cause.isError());
        }
    }

    private LifecycleRules() {}

    static StateChange apply(Lifecycle lifecycle, DomainEvent event, @Nullable LookupResult lookup) {
        EnumValue type = event.type();
        EnumValue detail = event.detail();
        if (type == null || detail == null) {
            return new StateChange(withMarkers(lifecycle, event), null, false);
        }
        Lifecycle known = event.domainId() >= 0 && lifecycle.state().isActive() && lifecycle.domainId() < 0
                ? lifecycle.active(event.domainId())
                : lifecycle;
        if (detail.isUnknown() && !type.is("pmsuspended") && !type.is("crashed")) {
            return StateChange.of(known, Cause.UNKNOWN);
        }
        return switch (type.name()) {
            case "defined" -> defined(known, detail);
            case "undefined" -> undefined(known, detail);
            case "started" -> started(known, detail, event);
            case "suspended" -> suspended(known, detail, event.observedAt());
            case "resumed" -> resumed(known, detail);
            case "stopped" -> stopped(known, detail, event.observedAt(), lookup);
            case "shutdown" -> shutdown(known, detail);
            case "pmsuspended" ->
                StateChange.of(known.with(DomainState.PMSUSPENDED, Phase.NONE), Cause.GUEST_SUSPENDED);
            case "crashed" -> panicked(known, known.with(DomainState.CRASHED, Phase.CRASHED));
            default -> StateChange.of(known, Cause.UNKNOWN);
        };
    }

    /** Events that change no state but decide what a later one means. */
    private static Lifecycle withMarkers(Lifecycle lifecycle, DomainEvent event) {
        return event.kind() == EventKind.WATCHDOG
                        && event.attributes().get("action") instanceof EnumValue action
                        && action.is("poweroff")
                ? lifecycle.watchdogFired(event.observedAt())
                : lifecycle;
    }

    private static StateChange defined(Lifecycle lifecycle, EnumValue detail) {
        Lifecycle defined = lifecycle.persistent(true);
        return switch (detail.name()) {
            case "added" ->
                StateChange.of(
                        lifecycle.state() == DomainState.UNDEFINED
                                ? defined.with(DomainState.DEFINED, Phase.NONE)
                                : defined,
                        Cause.DEFINED);
            case "updated" -> StateChange.of(existing(defined), Cause.REDEFINED);
            case "renamed" -> StateChange.of(existing(defined), Cause.RENAMED);
            default -> StateChange.of(existing(defined), Cause.SNAPSHOT_REVERTED);
        };
    }

    /** What libvirt redefines exists, also when its first definition was not seen. */
    private static Lifecycle existing(Lifecycle lifecycle) {
        return lifecycle.state() == DomainState.UNDEFINED ? lifecycle.with(DomainState.DEFINED) : lifecycle;
    }

    private static StateChange undefined(Lifecycle lifecycle, EnumValue detail) {
        if (detail.is("renamed")) {
            return StateChange.of(lifecycle, Cause.RENAMED);
        }
        Lifecycle transientNow = lifecycle.persistent(false);
        return StateChange.of(
                lifecycle.state().isActive() ? transientNow : transientNow.with(DomainState.UNDEFINED, Phase.NONE),
                Cause.UNDEFINED);
    }

    private static StateChange started(Lifecycle lifecycle, EnumValue detail, DomainEvent event) {
        int id = event.domainId();
        Moment at = event.observedAt();
        return switch (detail.name()) {
            case "booted" -> StateChange.of(booted(lifecycle, id, at), Cause.BOOTED);
            case "migrated" ->
                StateChange.of(
                        lifecycle.started(DomainState.PAUSED, id, Start.MIGRATED, Phase.ARRIVING, at),
                        Cause.MIGRATING_IN);
            case "restored" ->
                StateChange.of(
                        lifecycle.started(DomainState.RUNNING, id, Start.RESTORED, Phase.RESTORING, at),
                        Cause.RESTORED);
            case "from_snapshot" ->
                StateChange.of(
                        lifecycle.started(DomainState.RUNNING, id, Start.FROM_SNAPSHOT, Phase.NONE, at),
                        Cause.SNAPSHOT_REVERTED);
            case "recreated" ->
                StateChange.of(
                        lifecycle.started(DomainState.RUNNING, id, Start.RECREATED, Phase.NONE, at), Cause.RECREATED);
            default -> StateChange.of(lifecycle.active(id).with(DomainState.RUNNING, Phase.NONE), Cause.WOKEN);
        };
    }

    /** On a loaded host a guest runs, and may fail, before libvirt reports that it was started. */
    private static Lifecycle booted(Lifecycle lifecycle, int id, Moment at) {
        Phase phase = lifecycle.phase() == Phase.BOOTING ? Phase.NONE : Phase.BOOTED;
        return lifecycle.awaitsStarted(id)
                ? lifecycle.startedLate(
                        Start.BOOTED, lifecycle.state() == DomainState.RUNNING ? phase : lifecycle.phase(), at)
                : lifecycle.started(DomainState.RUNNING, id, Start.BOOTED, phase, at);
    }

    private static StateChange suspended(Lifecycle lifecycle, EnumValue detail, Moment at) {
        return switch (detail.name()) {
            case "paused" ->
                lifecycle.phase() == Phase.BOOTED
                                && within(START_PAUSE, lifecycle.incarnation().startedAt(), at)
                        ? StateChange.of(lifecycle.with(DomainState.PAUSED, Phase.START_PAUSED), Cause.START_PAUSED)
                        : StateChange.of(
                                lifecycle.with(
                                        DomainState.PAUSED,
                                        lifecycle.phase() == Phase.CRASHED ? Phase.CRASHED : Phase.NONE),
                                Cause.PAUSED);
            case "migrated" -> StateChange.of(lifecycle.with(DomainState.PAUSED, Phase.LEAVING), Cause.MIGRATING_OUT);
            case "ioerror" -> StateChange.of(lifecycle.with(DomainState.PAUSED), Cause.IO_ERROR);
            case "watchdog" -> StateChange.of(lifecycle.with(DomainState.PAUSED), Cause.WATCHDOG);
            case "restored" -> StateChange.of(lifecycle.with(DomainState.PAUSED, Phase.NONE), Cause.RESTORED);
            case "from_snapshot" ->
                StateChange.of(lifecycle.with(DomainState.PAUSED, Phase.NONE), Cause.SNAPSHOT_REVERTED);
            case "api_error" -> StateChange.of(lifecycle.with(DomainState.PAUSED), Cause.API_ERROR);
            case "postcopy" -> StateChange.of(lifecycle.with(DomainState.PAUSED, Phase.LEAVING), Cause.POST_COPY);
            case "postcopy_failed" -> StateChange.of(lifecycle.with(DomainState.PAUSED), Cause.POST_COPY_FAILED);
            default -> StateChange.of(lifecycle.with(DomainState.PAUSED), Cause.GUEST_SHUTDOWN_HELD);
        };
    }

    private static StateChange resumed(Lifecycle lifecycle, EnumValue detail) {
        return switch (detail.name()) {
            case "unpaused" -> unpaused(lifecycle);
            case "migrated" ->
                StateChange.of(
                        lifecycle.with(DomainState.RUNNING, Phase.NONE),
                        lifecycle.phase() == Phase.LEAVING ? Cause.MIGRATION_CANCELLED : Cause.MIGRATED_IN);
            case "from_snapshot" ->
                StateChange.of(
                        lifecycle.with(DomainState.RUNNING, Phase.NONE),
                        lifecycle.incarnation().startedBy() == Start.RESTORED
                                ? Cause.RESTORED
                                : Cause.SNAPSHOT_REVERTED);
            case "postcopy" -> StateChange.of(lifecycle.with(DomainState.RUNNING), Cause.POST_COPY);
            default -> StateChange.of(lifecycle.with(DomainState.RUNNING), Cause.POST_COPY_FAILED);
        };
    }

    private static StateChange unpaused(Lifecycle lifecycle) {
        if (!lifecycle.state().isActive()) {
            return StateChange.of(lifecycle.with(lifecycle.state(), Phase.BOOTING), Cause.BOOTING);
        }
        Cause cause = lifecycle.phase() == Phase.CRASHED
                ? Cause.CRASH_RESTARTED
                : lifecycle.phase() == Phase.START_PAUSED ? Cause.BOOTED : Cause.UNPAUSED;
        return StateChange.of(lifecycle.with(DomainState.RUNNING, Phase.NONE), cause);
    }

    private static StateChange stopped(
            Lifecycle lifecycle, EnumValue detail, Moment at, @Nullable LookupResult lookup) {
        Lifecycle stopped = lifecycle.with(lifecycle.inactive(), Phase.NONE);
        return switch (detail.name()) {
            case "shutdown" ->
                StateChange.of(stopped, shutdownCause(lifecycle.incarnation().shutdownBy()));
            case "destroyed" -> StateChange.of(stopped, Cause.DESTROYED);
            case "crashed" -> panicked(lifecycle, stopped);
            case "migrated" ->
                StateChange.of(
                        lookup != null && lookup.status() == LookupResult.Status.NO_DOMAIN
                                ? stopped.persistent(false).with(DomainState.UNDEFINED)
                                : stopped.with(stopped.state(), Phase.LEAVING),
                        Cause.MIGRATED_OUT);
            case "saved" ->
                StateChange.of(lifecycle.persistent() ? stopped.with(DomainState.SAVED) : stopped, Cause.SAVED);
            case "failed" -> StateChange.of(stopped, failure(lifecycle, at));
            case "from_snapshot" -> StateChange.of(stopped, Cause.SNAPSHOT_REVERTED);
            default -> StateChange.of(stopped, Cause.RECREATED);
        };
    }

    private static Cause shutdownCause(@Nullable ShutdownBy by) {
        if (by == null) {
            return Cause.SHUTDOWN;
        }
        return by == ShutdownBy.GUEST ? Cause.GUEST_SHUTDOWN : Cause.TERMINATED;
    }

    private static Cause failure(Lifecycle lifecycle, Moment at) {
        if (!lifecycle.state().isActive()) {
            return Cause.START_FAILED;
        }
        if (within(WATCHDOG_KILL, lifecycle.incarnation().watchdogAt(), at)) {
            return Cause.WATCHDOG;
        }
        return switch (lifecycle.phase()) {
            case ARRIVING -> Cause.MIGRATION_FAILED;
            case RESTORING -> Cause.START_FAILED;
            default -> Cause.PROCESS_DIED;
        };
    }

    private static StateChange shutdown(Lifecycle lifecycle, EnumValue detail) {
        return switch (detail.name()) {
            case "guest" -> StateChange.of(lifecycle.shutdownBy(ShutdownBy.GUEST), Cause.SHUTDOWN_BY_GUEST);
            case "host" -> StateChange.of(lifecycle.shutdownBy(ShutdownBy.HOST), Cause.STOPPING);
            default -> StateChange.of(lifecycle.shutdownBy(null), Cause.SHUTDOWN);
        };
    }

    private static StateChange panicked(Lifecycle before, Lifecycle after) {
        return new StateChange(
                after.hasPanicked(), Cause.GUEST_PANIC, !before.incarnation().panicked());
    }

    /** Nobody knows how long ago a moment of an earlier run is. */
    private static boolean within(Duration limit, @Nullable Moment from, Moment to) {
        return from != null && !from.ofEarlierRun() && to.since(from).compareTo(limit) < 0;
    }
}
