package org.vmeventagent.inventory;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.Code;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.Look;
import org.vmeventagent.inventory.Life.Phase;
import org.vmeventagent.inventory.Life.ShutdownBy;
import org.vmeventagent.inventory.Life.Start;
import org.vmeventagent.time.Moment;

/**
 * The table of states and causes: what one event makes of one life. Nothing here asks libvirt anything; the one answer
 * that counts, whether a domain that migrated away still exists, comes along with its event.
 *
 * <p>The sequences behind the rules were observed on libvirt 9.0 with QEMU 7.2 and Nova 26.2; {@code docs/rationale.md}
 * explains the surprising ones.
 */
final class StateRules {
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
    record Step(Life life, @Nullable Cause cause, boolean error) {
        private static Step of(Life life, Cause cause) {
            return new Step(life, cause, cause.isError());
        }
    }

    private StateRules() {}

    static Step apply(Life life, DomainEvent event, @Nullable Look look) {
        Code type = event.type();
        Code detail = event.detail();
        if (type == null || detail == null) {
            return new Step(marked(life, event), null, false);
        }
        Life known = event.domainId() >= 0 && life.state().isActive() && life.domainId() < 0
                ? life.active(event.domainId())
                : life;
        if (detail.isUnknown() && !type.is("pmsuspended") && !type.is("crashed")) {
            return Step.of(known, Cause.UNKNOWN);
        }
        return switch (type.name()) {
            case "defined" -> defined(known, detail);
            case "undefined" -> undefined(known, detail);
            case "started" -> started(known, detail, event);
            case "suspended" -> suspended(known, detail, event.observedAt());
            case "resumed" -> resumed(known, detail);
            case "stopped" -> stopped(known, detail, event.observedAt(), look);
            case "shutdown" -> shutdown(known, detail);
            case "pmsuspended" -> Step.of(known.with(DomainState.PMSUSPENDED, Phase.NONE), Cause.GUEST_SUSPENDED);
            case "crashed" -> panicked(known, known.with(DomainState.CRASHED, Phase.CRASHED));
            default -> Step.of(known, Cause.UNKNOWN);
        };
    }

    /** Events that change no state but decide what a later one means. */
    private static Life marked(Life life, DomainEvent event) {
        return event.kind() == EventKind.WATCHDOG
                        && event.attributes().get("action") instanceof Code action
                        && action.is("poweroff")
                ? life.watchdogFired(event.observedAt())
                : life;
    }

    private static Step defined(Life life, Code detail) {
        Life defined = life.persistent(true);
        return switch (detail.name()) {
            case "added" ->
                Step.of(
                        life.state() == DomainState.UNDEFINED ? defined.with(DomainState.DEFINED, Phase.NONE) : defined,
                        Cause.DEFINED);
            case "updated" -> Step.of(existing(defined), Cause.REDEFINED);
            case "renamed" -> Step.of(existing(defined), Cause.RENAMED);
            default -> Step.of(existing(defined), Cause.SNAPSHOT_REVERTED);
        };
    }

    /** What libvirt redefines exists, also when its first definition was not seen. */
    private static Life existing(Life life) {
        return life.state() == DomainState.UNDEFINED ? life.with(DomainState.DEFINED) : life;
    }

    private static Step undefined(Life life, Code detail) {
        if (detail.is("renamed")) {
            return Step.of(life, Cause.RENAMED);
        }
        Life transientNow = life.persistent(false);
        return Step.of(
                life.state().isActive() ? transientNow : transientNow.with(DomainState.UNDEFINED, Phase.NONE),
                Cause.UNDEFINED);
    }

    private static Step started(Life life, Code detail, DomainEvent event) {
        int id = event.domainId();
        Moment at = event.observedAt();
        return switch (detail.name()) {
            case "booted" -> Step.of(booted(life, id, at), Cause.BOOTED);
            case "migrated" ->
                Step.of(life.started(DomainState.PAUSED, id, Start.MIGRATED, Phase.ARRIVING, at), Cause.MIGRATING_IN);
            case "restored" ->
                Step.of(life.started(DomainState.RUNNING, id, Start.RESTORED, Phase.RESTORING, at), Cause.RESTORED);
            case "from_snapshot" ->
                Step.of(
                        life.started(DomainState.RUNNING, id, Start.FROM_SNAPSHOT, Phase.NONE, at),
                        Cause.SNAPSHOT_REVERTED);
            case "recreated" ->
                Step.of(life.started(DomainState.RUNNING, id, Start.RECREATED, Phase.NONE, at), Cause.RECREATED);
            default -> Step.of(life.active(id).with(DomainState.RUNNING, Phase.NONE), Cause.WOKEN);
        };
    }

    /** On a loaded host a guest runs, and may fail, before libvirt tells that it was started. */
    private static Life booted(Life life, int id, Moment at) {
        Phase phase = life.phase() == Phase.BOOTING ? Phase.NONE : Phase.BOOTED;
        return life.awaitsStarted(id)
                ? life.startedLate(Start.BOOTED, life.state() == DomainState.RUNNING ? phase : life.phase(), at)
                : life.started(DomainState.RUNNING, id, Start.BOOTED, phase, at);
    }

    private static Step suspended(Life life, Code detail, Moment at) {
        return switch (detail.name()) {
            case "paused" ->
                life.phase() == Phase.BOOTED && within(START_PAUSE, life.startedAt(), at)
                        ? Step.of(life.with(DomainState.PAUSED, Phase.START_PAUSED), Cause.START_PAUSED)
                        : Step.of(
                                life.with(
                                        DomainState.PAUSED, life.phase() == Phase.CRASHED ? Phase.CRASHED : Phase.NONE),
                                Cause.PAUSED);
            case "migrated" -> Step.of(life.with(DomainState.PAUSED, Phase.LEAVING), Cause.MIGRATING_OUT);
            case "ioerror" -> Step.of(life.with(DomainState.PAUSED), Cause.IO_ERROR);
            case "watchdog" -> Step.of(life.with(DomainState.PAUSED), Cause.WATCHDOG);
            case "restored" -> Step.of(life.with(DomainState.PAUSED, Phase.NONE), Cause.RESTORED);
            case "from_snapshot" -> Step.of(life.with(DomainState.PAUSED, Phase.NONE), Cause.SNAPSHOT_REVERTED);
            case "api_error" -> Step.of(life.with(DomainState.PAUSED), Cause.API_ERROR);
            case "postcopy" -> Step.of(life.with(DomainState.PAUSED, Phase.LEAVING), Cause.POST_COPY);
            case "postcopy_failed" -> Step.of(life.with(DomainState.PAUSED), Cause.POST_COPY_FAILED);
            default -> Step.of(life.with(DomainState.PAUSED), Cause.GUEST_SHUTDOWN_HELD);
        };
    }

    private static Step resumed(Life life, Code detail) {
        return switch (detail.name()) {
            case "unpaused" -> unpaused(life);
            case "migrated" ->
                Step.of(
                        life.with(DomainState.RUNNING, Phase.NONE),
                        life.phase() == Phase.LEAVING ? Cause.MIGRATION_CANCELLED : Cause.MIGRATED_IN);
            case "from_snapshot" ->
                Step.of(
                        life.with(DomainState.RUNNING, Phase.NONE),
                        life.startedBy() == Start.RESTORED ? Cause.RESTORED : Cause.SNAPSHOT_REVERTED);
            case "postcopy" -> Step.of(life.with(DomainState.RUNNING), Cause.POST_COPY);
            default -> Step.of(life.with(DomainState.RUNNING), Cause.POST_COPY_FAILED);
        };
    }

    private static Step unpaused(Life life) {
        if (!life.state().isActive()) {
            return Step.of(life.with(life.state(), Phase.BOOTING), Cause.BOOTING);
        }
        Cause cause = life.phase() == Phase.CRASHED
                ? Cause.CRASH_RESTARTED
                : life.phase() == Phase.START_PAUSED ? Cause.BOOTED : Cause.UNPAUSED;
        return Step.of(life.with(DomainState.RUNNING, Phase.NONE), cause);
    }

    private static Step stopped(Life life, Code detail, Moment at, @Nullable Look look) {
        Life stopped = life.with(life.inactive(), Phase.NONE);
        return switch (detail.name()) {
            case "shutdown" -> Step.of(stopped, shutdownCause(life.shutdownBy()));
            case "destroyed" -> Step.of(stopped, Cause.DESTROYED);
            case "crashed" -> panicked(life, stopped);
            case "migrated" ->
                Step.of(
                        look != null && look.answer() == Look.Answer.NO_DOMAIN
                                ? stopped.persistent(false).with(DomainState.UNDEFINED)
                                : stopped.with(stopped.state(), Phase.LEAVING),
                        Cause.MIGRATED_OUT);
            case "saved" -> Step.of(life.persistent() ? stopped.with(DomainState.SAVED) : stopped, Cause.SAVED);
            case "failed" -> Step.of(stopped, failure(life, at));
            case "from_snapshot" -> Step.of(stopped, Cause.SNAPSHOT_REVERTED);
            default -> Step.of(stopped, Cause.RECREATED);
        };
    }

    private static Cause shutdownCause(@Nullable ShutdownBy by) {
        if (by == null) {
            return Cause.SHUTDOWN;
        }
        return by == ShutdownBy.GUEST ? Cause.GUEST_SHUTDOWN : Cause.TERMINATED;
    }

    private static Cause failure(Life life, Moment at) {
        if (!life.state().isActive()) {
            return Cause.START_FAILED;
        }
        if (within(WATCHDOG_KILL, life.watchdogAt(), at)) {
            return Cause.WATCHDOG;
        }
        return switch (life.phase()) {
            case ARRIVING -> Cause.MIGRATION_FAILED;
            case RESTORING -> Cause.START_FAILED;
            default -> Cause.PROCESS_DIED;
        };
    }

    private static Step shutdown(Life life, Code detail) {
        return switch (detail.name()) {
            case "guest" -> Step.of(life.shutdownBy(ShutdownBy.GUEST), Cause.SHUTDOWN_BY_GUEST);
            case "host" -> Step.of(life.shutdownBy(ShutdownBy.HOST), Cause.SHUTDOWN_BY_HOST);
            default -> Step.of(life.shutdownBy(null), Cause.SHUTDOWN);
        };
    }

    private static Step panicked(Life before, Life after) {
        return new Step(after.hasPanicked(), Cause.GUEST_PANIC, !before.panicked());
    }

    /** Nobody knows how long ago a moment of an earlier run is. */
    private static boolean within(Duration limit, @Nullable Moment from, Moment to) {
        return from != null && !from.ofEarlierRun() && to.since(from).compareTo(limit) < 0;
    }
}
