package org.vmeventagent.inventory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.simulator.SimulatedDomain;
import org.vmeventagent.simulator.SimulatedHypervisor;
import org.vmeventagent.time.Moment;

/**
 * What holds for every transition that is reported, whatever happened.
 *
 * <ul>
 *   <li>It begins at the state in which the domain's transition before it ended.
 *   <li>Incarnations are counted up, and never more than the hypervisor had processes: a stop or a start that was not is
 *       not claimed.
 *   <li>A stop that is found did happen, and nothing is found where nothing was missed.
 *   <li>What a listing says is reported only when no event of the domain came between the two answers.
 *   <li>A domain's story begins with its definition, its arrival or one {@code exists}, and before the first listing
 *       nothing is found missing.
 *   <li>What existed unheard is not reported as a domain without a definition when it has one.
 * </ul>
 */
final class ChainInvariants {
    private static final int REMEMBERED = 40;
    /** An event may be received this much after what it tells. */
    private static final Duration EVENT_LATE = Duration.ofMillis(100);

    private final SimulatedHypervisor hypervisor;
    private final Map<UUID, DomainState> states = new HashMap<>();
    private final Map<UUID, Long> incarnations = new HashMap<>();
    private final Map<UUID, Instant> activeSince = new HashMap<>();
    private final Set<UUID> missed = new HashSet<>();
    private final Set<UUID> receivedSinceAnswer = new HashSet<>();
    private final Map<UUID, Deque<String>> history = new HashMap<>();
    private UUID answering = new UUID(0, 0);
    private boolean byListing;

    ChainInvariants(SimulatedHypervisor hypervisor) {
        this.hypervisor = hypervisor;
    }

    void check(boolean holds, Supplier<String> otherwise) {
        if (!holds) {
            throw new AssertionError(hypervisor.now() + " " + otherwise.get());
        }
    }

    /** Something of any domain may be missed. */
    void mayHaveMissed() {
        hypervisor.domains().forEach(domain -> missed.add(domain.uuid()));
        history.values().forEach(lines -> lines.add("connection lost"));
    }

    void missed(UUID uuid) {
        missed.add(uuid);
        note(uuid, "an event was lost; now " + hypervisor.domain(uuid));
    }

    void compares() {
        receivedSinceAnswer.clear();
    }

    void received(UUID uuid) {
        receivedSinceAnswer.add(uuid);
        byListing = false;
    }

    void listed() {
        byListing = true;
        answering = new UUID(0, 0);
        receivedSinceAnswer.clear();
    }

    void answered(UUID uuid) {
        byListing = true;
        answering = uuid;
    }

    void adopted(Transition adopted) {
        UUID uuid = adopted.domain().key().uuid();
        note(uuid, "adopted " + adopted.domain().lifecycle());
        check(uuid, states.getOrDefault(uuid, DomainState.UNDEFINED) == DomainState.UNDEFINED, "it was known to exist");
        states.put(uuid, adopted.domain().lifecycle().state());
        activeSince.put(uuid, hypervisor.now());
    }

    /** What an event made of a domain that may have existed unheard. */
    void existedBefore(UUID uuid, List<Transition> reported, ListingState listing) {
        SimulatedDomain domain = hypervisor.domain(uuid);
        boolean defined = domain.isPersistent()
                && domain.persistentSince().plus(EVENT_LATE).isBefore(hypervisor.now());
        for (Transition transition : reported) {
            check(uuid, transition.domain().lifecycle().persistent() || !defined, "reported as transient");
            check(
                    uuid,
                    listing != ListingState.NONE || transition.origin() != Origin.RESYNC,
                    "found missing before the first listing");
        }
    }

    void reported(String by, List<Transition> reported) {
        for (Transition transition : reported) {
            UUID uuid = transition.domain().key().uuid();
            note(uuid, by + ": " + transition.name() + " " + TransitionLines.states(transition));
            reported(uuid, transition);
        }
        if (byListing) {
            receivedSinceAnswer.remove(answering);
        }
    }

    private void reported(UUID uuid, Transition transition) {
        if (transition.name().equals("exists")) {
            adopted(transition);
            return;
        }
        Lifecycle now = transition.domain().lifecycle();
        DomainState before = states.getOrDefault(uuid, DomainState.UNDEFINED);
        DomainState begun = transition.oldState() == null ? now.state() : transition.oldState();
        check(uuid, begun == before, "the chain is broken: it was " + before);
        states.put(uuid, now.state());

        long counted = incarnations.getOrDefault(uuid, 0L);
        check(uuid, now.incarnation().number() >= counted, "an incarnation was lost");
        if (now.incarnation().number() > counted) {
            incarnations.put(uuid, now.incarnation().number());
            activeSince.put(uuid, hypervisor.now());
        }
        int processes = hypervisor.domain(uuid).processes();
        check(uuid, now.incarnation().number() <= processes, "more starts are claimed than there were: " + processes);
        check(uuid, now.state().isActive() || now.domainId() == -1, "an id without a process");
        if (transition.origin() == Origin.RESYNC) {
            check(uuid, transition.oldState() == null || missed.contains(uuid), "found where nothing was missed");
            foundStop(uuid, transition);
        }
        if (byListing) {
            check(uuid, !receivedSinceAnswer.contains(uuid), "reported by a listing although an event came");
        }
    }

    /** A stop that was found must have been one: of the process that was known, not of one before it. */
    private void foundStop(UUID uuid, Transition transition) {
        Moment start = transition.discovery().windowStart();
        check(uuid, start == null || !transition.observedAt().isBefore(start), "a window that ends before it begins");
        DomainState old = transition.oldState();
        if (old != null
                && old.isActive()
                && !transition.domain().lifecycle().state().isActive()) {
            Instant known = activeSince.getOrDefault(uuid, Instant.EPOCH);
            Instant ended = hypervisor.domain(uuid).processEnded();
            check(uuid, ended.plus(EVENT_LATE).isAfter(known), "no process ended since " + known);
        }
    }

    /**
     * Holds what is known of every domain against its current state; then nothing is missed any more.
     *
     * @param compared whether all was listed since; metadata changes unheard when a process ends
     */
    void settled(Inventory inventory, boolean compared) {
        for (SimulatedDomain domain : hypervisor.domains()) {
            UUID uuid = domain.uuid();
            KnownDomain known = inventory.known(new DomainKey(SimulatedHypervisor.URI, uuid), "");
            DomainState state = known.lifecycle().state();
            boolean savedOnceAndForgotten = state == DomainState.SAVED && domain.hasForgottenReason();
            check(
                    uuid,
                    state == domain.currentState() || savedOnceAndForgotten,
                    domain + " is not known as " + known.lifecycle());
            check(
                    uuid,
                    known.lifecycle().persistent() == domain.isPersistent(),
                    domain + " is not known as " + known.lifecycle());
            check(uuid, known.lifecycle().domainId() == domain.id(), domain + " is not known as " + known.lifecycle());
            check(
                    uuid,
                    !compared
                            || !domain.exists()
                            || ListingComparison.sameMetadata(known, domain.seen(hypervisor.now())),
                    known.instance() + " is not " + domain.metadata());
        }
        missed.clear();
    }

    private void check(UUID uuid, boolean holds, String otherwise) {
        check(holds, () -> otherwise + "\n" + String.join("\n", history.getOrDefault(uuid, new ArrayDeque<>())));
    }

    private void note(UUID uuid, String line) {
        Deque<String> lines = history.computeIfAbsent(uuid, key -> new ArrayDeque<>());
        lines.add(hypervisor.now() + " " + line);
        if (lines.size() > REMEMBERED) {
            lines.remove();
        }
    }
}
