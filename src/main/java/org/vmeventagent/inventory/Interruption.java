package org.vmeventagent.inventory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.inventory.Lifecycle.Phase;
import org.vmeventagent.time.Moment;

/**
 * What of a domain waits for its end, to be published as one {@link Summary} then: it is kept with the domain, and so outlives the
 * agent. Immutable, and made from transitions alone.
 *
 * @param down since its process ended; not by a save, nor because it went elsewhere
 * @param outage since a fault because of which it doesn't run
 * @param arrival since it began to arrive from another host
 * @param arrived since it has, and libvirt is queried about the migration; only with an arrival
 */
public record Interruption(
        @Nullable Since down,
        @Nullable Since outage,
        @Nullable Since arrival,
        @Nullable Since arrived) {

    static final Interruption NONE = new Interruption(null, null, null, null);

    /**
     * A start that has not been followed by the pause that belongs to it by then will not be, nor will libvirt answer about
     * a migration.
     */
    static final Duration SETTLED = LifecycleRules.START_PAUSE.multipliedBy(2);

    /**
     * When something began.
     *
     * @param found whether a comparison found it: it may have begun earlier
     */
    public record Since(Moment at, Cause cause, boolean found) {}

    /**
     * What is over.
     *
     * @param name {@code restarted}, {@code outage} or {@code migrated}
     * @param until null where it was not seen, nor its beginning: both lie in one gap
     */
    public record Summary(
            String name, Since since, @Nullable Moment until) {}

    /**
     * What a transition makes of it.
     *
     * @param now after the transition
     * @param ended to be published
     */
    public record Step(Interruption now, List<Summary> ended) {
        private static final List<Summary> NOTHING = List.of();
    }

    /** What a transition of the domain makes of what waited before it. */
    public static Step after(@Nullable Interruption before, Transition transition) {
        Interruption known = before == null ? NONE : before;
        Transition.Change change = transition.change();
        if (change == null) {
            return new Step(transition.name().equals("removed") ? NONE : known, Step.NOTHING);
        }
        List<Summary> ended = new ArrayList<>(0);
        Interruption stayed =
                transition.domain().lifecycle().state() == DomainState.RUNNING ? known : known.moved(ended);
        Interruption settled = change.from() == DomainState.RUNNING && change.cause() != Cause.START_PAUSED
                ? stayed.ended(false, startedAt(transition), ended)
                : stayed;
        return new Step(settled.began(change, transition).arrived(change, transition, ended), ended);
    }

    /**
     * The same for a domain that was started, or has arrived, and has raised nothing since: it runs, and nobody waits for a
     * port, nor for libvirt.
     *
     * @return with nothing ended as long as it may yet be paused, or libvirt may yet answer, and where nothing waits
     */
    static Step settled(KnownDomain domain, Moment now) {
        Interruption known = domain.interruption();
        if (known == null) {
            return new Step(NONE, Step.NOTHING);
        }
        List<Summary> ended = new ArrayList<>(2);
        Since over = known.arrived;
        Interruption rest = over != null && isSettled(over.at, now) ? known.moved(ended) : known;
        Moment startedAt = domain.lifecycle().incarnation().startedAt();
        boolean runs =
                domain.lifecycle().state() == DomainState.RUNNING && (startedAt == null || isSettled(startedAt, now));
        return new Step(runs ? rest.ended(false, startedAt == null ? now : startedAt, ended) : rest, ended);
    }

    private static boolean isSettled(Moment since, Moment now) {
        return now.since(since).compareTo(SETTLED) >= 0;
    }

    /** The same when libvirt has answered about the migration with which it arrived. */
    Step moved() {
        List<Summary> ended = new ArrayList<>(1);
        return new Step(moved(ended), ended);
    }

    private Interruption moved(List<Summary> ended) {
        if (arrival == null || arrived == null) {
            return this;
        }
        ended.add(summary("migrated", arrival, arrived.found, arrived.at));
        return new Interruption(down, outage, null, null);
    }

    /** Whether this domain has arrived, and libvirt may yet answer about its migration. */
    public static boolean awaitsFigures(KnownDomain domain) {
        return domain.interruption() != null && domain.interruption().arrived != null;
    }

    /** Whether something of this domain is over when some time has passed. */
    public static boolean awaitsTime(KnownDomain domain) {
        Interruption known = domain.interruption();
        return known != null
                && (known.arrived != null
                        || (known.awaitsRunning() && domain.lifecycle().state() == DomainState.RUNNING));
    }

    boolean isNone() {
        return equals(NONE);
    }

    /** Whether it is over when the domain runs. */
    private boolean awaitsRunning() {
        return down != null || outage != null;
    }

    private Interruption began(Transition.Change change, Transition transition) {
        DomainState now = transition.domain().lifecycle().state();
        Since since = new Since(transition.observedAt(), change.cause(), transition.origin() != Origin.EVENT);
        boolean wasActive = change.from().isActive();
        return switch (change.cause()) {
            case MIGRATED_OUT, MIGRATION_FAILED -> NONE;
            case MIGRATING_IN -> new Interruption(null, null, since, null);
            case RESTORED, SNAPSHOT_REVERTED, RECREATED, SAVED -> new Interruption(null, outage, null, null);
            default ->
                new Interruption(
                        wasActive && !now.isActive() ? since : down,
                        outage == null
                                        && wasActive
                                        && now != DomainState.RUNNING
                                        && change.cause().isError()
                                ? since
                                : outage,
                        now.isActive() ? arrival : null,
                        now.isActive() ? arrived : null);
        };
    }

    private Interruption arrived(Transition.Change change, Transition transition, List<Summary> ended) {
        if (arrival != null && change.cause() == Cause.MIGRATED_IN) {
            boolean found = transition.origin() != Origin.EVENT;
            return new Interruption(down, outage, arrival, new Since(transition.observedAt(), change.cause(), found));
        }
        boolean runs = transition.domain().lifecycle().state() == DomainState.RUNNING
                && transition.domain().lifecycle().phase() != Phase.BOOTED;
        return runs ? ended(transition.origin() != Origin.EVENT, transition.observedAt(), ended) : this;
    }

    private Interruption ended(boolean found, Moment runsSince, List<Summary> ended) {
        if (down != null) {
            ended.add(summary("restarted", down, found, runsSince));
        }
        if (outage != null) {
            ended.add(summary("outage", outage, found, runsSince));
        }
        return new Interruption(null, null, arrival, arrived);
    }

    private static Summary summary(String name, Since since, boolean found, Moment until) {
        boolean inOneGap = found && since.found && !since.at.isBefore(until);
        return new Summary(name, new Since(since.at, since.cause, since.found || found), inOneGap ? null : until);
    }

    private static Moment startedAt(Transition transition) {
        Moment startedAt = transition.domain().lifecycle().incarnation().startedAt();
        return startedAt == null ? transition.observedAt() : startedAt;
    }
}
