package org.vmeventagent.inventory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.inventory.Life.Phase;

/**
 * One comparison of what a connection lists with what is known of its domains. Belongs to the recorder's thread.
 *
 * <p>An answer may overtake an event by milliseconds. So a difference is only suspected at first: after {@code settle}
 * the domain is asked again, and only when no event of it came in between and the answer is the same is the difference
 * told. Where events came, the question is put once more.
 */
public final class Resync {
    private static final int ROUNDS = 5;
    /** Fewer may vanish at once without being doubted. */
    private static final int MASS = 3;

    private static final Duration MASS_SETTLE = Duration.ofSeconds(10);
    /** A question that libvirt could not answer, of a locked domain for one, is put again. */
    private static final Duration NO_ANSWER = Duration.ofSeconds(10);

    private final Inventory inventory;
    private final String connectionUri;
    private final Origin origin;
    private final Duration settle;
    private final boolean hostRebooted;
    private final Map<UUID, Suspicion> suspected = new HashMap<>();
    private boolean listed;
    private int compared;
    private int found;
    private boolean massChange;

    /** A difference that may be none. */
    private static final class Suspicion {
        private Snapshot.@Nullable Seen answer;
        private long due;
        private int round = 1;
        private boolean heardSince;
        private boolean asked;
        private boolean mass;
    }

    /**
     * Begins a comparison; the listing itself has still to come.
     *
     * @param settle how long after an answer the second question is put
     * @param hostRebooted whether every domain that was active before this connection has lost its process
     */
    public Resync(Inventory inventory, String connectionUri, Origin origin, Duration settle, boolean hostRebooted) {
        this.inventory = inventory;
        this.connectionUri = connectionUri;
        this.origin = origin;
        this.settle = settle;
        this.hostRebooted = hostRebooted;
    }

    /** A comparison that waits for no listing: only domains that are doubted are asked about. */
    public static Resync ofDoubts(Inventory inventory, String connectionUri, Origin origin, Duration settle) {
        Resync resync = new Resync(inventory, connectionUri, origin, settle, false);
        resync.listed = true;
        return resync;
    }

    /** An event of this domain came: what was answered before says nothing any more. */
    public void heard(UUID uuid) {
        Suspicion suspicion = suspected.get(uuid);
        if (suspicion != null) {
            suspicion.heardSince = true;
        }
    }

    /**
     * The domains to ask about again now.
     *
     * @param now by {@link System#nanoTime}
     */
    public Set<UUID> due(long now) {
        Set<UUID> due = new HashSet<>();
        for (Iterator<Map.Entry<UUID, Suspicion>> i = suspected.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<UUID, Suspicion> entry = i.next();
            Suspicion suspicion = entry.getValue();
            if (suspicion.due - now > 0) {
                continue;
            }
            if (suspicion.asked && ++suspicion.round > ROUNDS) {
                i.remove(); // libvirt never says; the next resync asks again
                continue;
            }
            suspicion.asked = true;
            suspicion.due = now + NO_ANSWER.toNanos();
            due.add(entry.getKey());
        }
        return due;
    }

    /** Asks about a domain although nothing is wrong with it: an event came that this version cannot judge. */
    public void doubt(UUID uuid, long now) {
        Suspicion suspicion = suspected.computeIfAbsent(uuid, key -> new Suspicion());
        suspicion.due = now + settle.toNanos();
        suspicion.heardSince = true;
    }

    /**
     * Takes the listing.
     *
     * @param at when it came, for the domains that are missing from it
     * @param now by {@link System#nanoTime}
     * @return what is certain at once
     */
    public List<Transition> listed(Snapshot snapshot, Instant at, long now) {
        Map<UUID, Snapshot.Seen> seen = new HashMap<>();
        snapshot.domains().forEach(domain -> seen.put(domain.uuid(), domain));
        List<Transition> transitions = new ArrayList<>();
        list(seen, snapshot.generation(), at, now, transitions);
        found += transitions.size();
        return transitions;
    }

    /**
     * Takes the answer to a second question.
     *
     * @param at when it came
     * @param now by {@link System#nanoTime}
     * @return what is certain now, in order
     */
    public List<Transition> answered(Heard.Answer answer, Instant at, long now) {
        Suspicion suspicion = suspected.get(answer.uuid());
        List<Transition> transitions = new ArrayList<>();
        if (suspicion != null && suspicion.asked) {
            askedAgain(answer.uuid(), suspicion, answer.seen(), at, now, transitions);
        }
        found += transitions.size();
        return transitions;
    }

    /** Whether the listing came and every suspicion is settled. */
    public boolean isSettled() {
        return listed && suspected.isEmpty();
    }

    public int compared() {
        return compared;
    }

    /** Transitions found so far. */
    public int found() {
        return found;
    }

    /** Whether more than half of the domains, and more than three, were gone at once, and still were when asked again. */
    public boolean massChange() {
        return massChange;
    }

    private void list(
            Map<UUID, Snapshot.Seen> seen, long generation, Instant askedAt, long now, List<Transition> transitions) {
        listed = true;
        Set<UUID> all = new HashSet<>(seen.keySet());
        List<KnownDomain> existing = new ArrayList<>();
        for (KnownDomain known : inventory.domains()) {
            if (known.key().connectionUri().equals(connectionUri)
                    && known.life().state() != DomainState.UNDEFINED) {
                existing.add(known);
                all.add(known.key().uuid());
            }
        }
        compared = all.size();
        if (hostRebooted) {
            existing.stream()
                    .filter(known -> known.life().state().isActive() && known.heardIn() != generation)
                    .forEach(known -> transitions.add(stopped(known, Cause.HOST_REBOOTED, askedAt)));
        }
        long missing = existing.stream()
                .filter(known -> !seen.containsKey(known.key().uuid()))
                .count();
        boolean mass = missing > MASS && missing * 2 > existing.size();
        for (UUID uuid : all) {
            Snapshot.Seen answer = seen.get(uuid);
            if (differs(uuid, answer)) {
                suspect(uuid, answer, now, mass && answer == null);
            }
        }
    }

    private void suspect(UUID uuid, Snapshot.@Nullable Seen answer, long now, boolean mass) {
        Suspicion suspicion = suspected.computeIfAbsent(uuid, key -> new Suspicion());
        suspicion.answer = answer;
        suspicion.mass = mass;
        suspicion.heardSince = false;
        suspicion.asked = false;
        suspicion.due = now + (mass ? MASS_SETTLE : settle).toNanos();
    }

    private void askedAgain(
            UUID uuid,
            Suspicion suspicion,
            Snapshot.@Nullable Seen answer,
            Instant askedAt,
            long now,
            List<Transition> transitions) {
        if (!differs(uuid, answer)) {
            suspected.remove(uuid);
        } else if (!suspicion.heardSince
                && same(suspicion.answer, answer)
                && (suspicion.round >= ROUNDS || !underWay(uuid, answer))) {
            massChange |= suspicion.mass;
            suspected.remove(uuid);
            tell(uuid, answer, askedAt, transitions);
        } else if (suspicion.round >= ROUNDS) {
            suspected.remove(uuid); // it never rests; the next resync asks again
        } else {
            suspicion.round++;
            suspect(uuid, answer, now, false);
        }
    }

    /** Whether the answer is not what is known; where it is, the domain is certain at that moment. */
    private boolean differs(UUID uuid, Snapshot.@Nullable Seen seen) {
        DomainKey key = new DomainKey(connectionUri, uuid);
        KnownDomain known = inventory.get(key);
        if (seen == null) {
            return known != null && known.life().state() != DomainState.UNDEFINED;
        }
        if (known == null
                || known.life().state() != Comparison.state(known, seen)
                || Comparison.anotherIncarnation(known, seen)
                || (Comparison.isStale(known, seen) && known.life().persistent() != seen.persistent())
                || !Comparison.sameMetadata(known, seen)) {
            return true;
        }
        inventory.certain(known, seen);
        return false;
    }

    private static boolean same(Snapshot.@Nullable Seen first, Snapshot.@Nullable Seen second) {
        if (first == null || second == null) {
            return first == null && second == null;
        }
        return first.domainId() == second.domainId() && first.domainState() == second.domainState();
    }

    private boolean underWay(UUID uuid, Snapshot.@Nullable Seen seen) {
        return seen != null
                && Comparison.underWay(inventory.known(new DomainKey(connectionUri, uuid), seen.name()), seen);
    }

    private void tell(UUID uuid, Snapshot.@Nullable Seen seen, Instant askedAt, List<Transition> transitions) {
        DomainKey key = new DomainKey(connectionUri, uuid);
        if (seen == null) {
            vanished(inventory.known(key, ""), askedAt, transitions);
            return;
        }
        KnownDomain known = inventory.known(key, seen.name());
        if (Comparison.anotherIncarnation(known, seen)) {
            transitions.add(stopped(known, Cause.UNKNOWN, seen.askedAt()));
            known = inventory.known(key, seen.name());
        }
        DomainState state = Comparison.state(known, seen);
        if (known.life().state() == DomainState.UNDEFINED && state != DomainState.DEFINED && seen.persistent()) {
            transitions.add(inventory.found(
                    known,
                    known.life().persistent(true).with(DomainState.DEFINED, Phase.NONE),
                    null,
                    "defined",
                    Cause.DEFINED,
                    origin,
                    seen.askedAt()));
            known = inventory.known(key, seen.name());
        }
        if (known.life().state() != state) {
            boolean begins = state.isActive() && !known.life().state().isActive();
            transitions.add(inventory.found(
                    known,
                    begins
                            ? known.life().persistent(seen.persistent()).began(state, seen.domainId())
                            : Life.seen(known.life(), state, seen),
                    seen,
                    name(known.life().state(), state),
                    cause(known, state, seen),
                    origin,
                    seen.askedAt()));
        } else if (!Comparison.sameMetadata(known, seen)) {
            transitions.add(inventory.metadataChanged(known, seen, origin));
        }
    }

    private static Cause cause(KnownDomain known, DomainState state, Snapshot.Seen seen) {
        if (Comparison.underWay(known, seen)) {
            return Cause.UNKNOWN;
        }
        return state == DomainState.DEFINED && !known.life().state().isActive() ? Cause.DEFINED : ListedCause.of(seen);
    }

    private void vanished(KnownDomain known, Instant askedAt, List<Transition> transitions) {
        boolean leaving = known.life().phase() == Phase.LEAVING;
        KnownDomain now = known;
        if (known.life().state().isActive()) {
            if (leaving) {
                Life gone = known.life().persistent(false).with(DomainState.UNDEFINED, Phase.NONE);
                transitions.add(inventory.found(known, gone, null, "stopped", Cause.MIGRATED_OUT, origin, askedAt));
                return;
            }
            transitions.add(stopped(known, Cause.UNKNOWN, askedAt));
            now = inventory.known(known.key(), known.name());
        }
        if (now.life().state() != DomainState.UNDEFINED) {
            Life gone = now.life().persistent(false).with(DomainState.UNDEFINED, Phase.NONE);
            transitions.add(inventory.found(
                    now, gone, null, "undefined", leaving ? Cause.MIGRATED_OUT : Cause.UNDEFINED, origin, askedAt));
        }
    }

    private Transition stopped(KnownDomain known, Cause cause, Instant askedAt) {
        Life life = known.life().with(known.life().inactive(), Phase.NONE);
        return inventory.found(known, life, null, "stopped", cause, origin, askedAt);
    }

    /** The lifecycle type that leads from one state to the other. */
    private static String name(DomainState before, DomainState now) {
        return switch (now) {
            case RUNNING -> before.isActive() ? "resumed" : "started";
            case PAUSED -> "suspended";
            case PMSUSPENDED -> "pmsuspended";
            case CRASHED -> "crashed";
            case SAVED -> "stopped";
            case DEFINED -> before.isActive() ? "stopped" : "defined";
            case UNDEFINED -> "undefined";
        };
    }
}
