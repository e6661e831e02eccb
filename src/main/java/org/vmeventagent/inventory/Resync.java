package org.vmeventagent.inventory;

import java.time.Duration;
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
import org.vmeventagent.time.Moment;

/**
 * The comparison of what a connection lists with what is known of its domains. Belongs to the recorder's thread.
 *
 * <p>An answer may overtake an event by milliseconds. So a difference is only suspected at first: after {@code settle}
 * the domain is asked again, and only when no event of it came in between and the answer is the same is the difference
 * told. Where events came, the question is put once more.
 *
 * <p>A listing that comes meanwhile corrects what is suspected, but puts off no question: however often the domains are
 * listed, each that differs is asked about in its time.
 */
public final class Resync {
    private static final int ROUNDS = 5;
    /** Fewer may vanish at once without being doubted. */
    private static final int MASS = 3;

    private static final Duration MASS_SETTLE = Duration.ofSeconds(10);
    /** A question that libvirt could not answer, of a locked domain for one, is put again. */
    private static final Duration NO_ANSWER = Duration.ofSeconds(10);

    /** Sooner where a listing shows that it answers by now. */
    private static final Duration ANSWERS_AGAIN = Duration.ofSeconds(2);

    private final Inventory inventory;
    private final String connectionUri;
    private final Origin origin;
    private final Duration settle;
    private final Map<UUID, Suspicion> suspected = new HashMap<>();
    /** While anything is suspected, no question is due before this. */
    private long nextDue;

    private int compared;
    private int found;
    private boolean massChange;

    /** A difference that may be none. Its times are by {@link System#nanoTime}. */
    private static final class Suspicion {
        private Snapshot.@Nullable Seen answer;
        /** When this answer was first given, with no event of the domain heard since. */
        private long first;
        /** When it was first given with no event missing since. */
        private long since;

        /** Nothing that was answered counts: there is no answer yet, or an event came after it. */
        private boolean heardSince = true;

        private boolean droppedSince;
        private Duration wait;
        /** When the next question is put, or the one that was put is given up. */
        private long due;

        private boolean asked;
        private int round = 1;
        /** Until then an answer that finds nothing wrong doesn't end it. */
        private long doubtedUntil;

        private Suspicion(Duration wait, long now) {
            this.wait = wait;
            this.due = now + wait.toNanos();
            this.doubtedUntil = now;
        }

        private void take(Snapshot.@Nullable Seen newAnswer, long now) {
            boolean another = heardSince || !same(answer, newAnswer);
            first = another ? now : first;
            since = another || droppedSince ? now : since;
            answer = newAnswer;
            heardSince = false;
            droppedSince = false;
        }

        /** Whether the answer has stood for its time. Events that go missing again and again can't put that off for ever. */
        private boolean stood(long now) {
            return round < ROUNDS ? !droppedSince && now - since >= wait.toNanos() : now - first >= wait.toNanos();
        }
    }

    /**
     * Begins a comparison; listings and doubts come to it.
     *
     * @param settle how long after an answer the second question is put
     */
    public Resync(Inventory inventory, String connectionUri, Origin origin, Duration settle) {
        this.inventory = inventory;
        this.connectionUri = connectionUri;
        this.origin = origin;
        this.settle = settle;
    }

    /** An event of this domain came: what was answered before says nothing any more. */
    public void heard(UUID uuid) {
        Suspicion suspicion = suspected.get(uuid);
        if (suspicion != null) {
            suspicion.heardSince = true;
        }
    }

    /** Events of any domain are missing: what was answered before is no first answer any more. */
    public void dropped() {
        suspected.values().forEach(suspicion -> suspicion.droppedSince = true);
    }

    /**
     * The domains to ask about again now.
     *
     * @param now by {@link System#nanoTime}
     */
    public Set<UUID> due(long now) {
        Set<UUID> due = new HashSet<>();
        if (nanosUntilDue(now, 1) > 0) {
            return due;
        }
        long next = now + NO_ANSWER.toNanos();
        for (Iterator<Map.Entry<UUID, Suspicion>> i = suspected.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<UUID, Suspicion> entry = i.next();
            Suspicion suspicion = entry.getValue();
            if (suspicion.due - now <= 0) {
                if (suspicion.asked && ++suspicion.round > ROUNDS) {
                    i.remove(); // libvirt never says; the next resync asks again
                    continue;
                }
                suspicion.asked = true;
                suspicion.due = now + NO_ANSWER.toNanos();
                due.add(entry.getKey());
            }
            next = suspicion.due - next < 0 ? suspicion.due : next;
        }
        nextDue = next;
        return due;
    }

    /** How long until {@link #due} has something to say, {@code most} at most. */
    public long nanosUntilDue(long now, long most) {
        return suspected.isEmpty() ? most : Math.min(most, nextDue - now);
    }

    /** Asks about a domain although nothing is wrong with it: an event came that this version cannot judge. */
    public void doubt(UUID uuid, long now) {
        Suspicion suspicion = suspected.get(uuid);
        if (suspicion == null) {
            suspicion = suspect(uuid, settle, now);
        }
        suspicion.doubtedUntil = now + settle.toNanos();
    }

    /**
     * Takes a listing.
     *
     * @param hostRebooted whether every domain that was active before this connection has lost its process
     * @param at when it came, for the domains that are missing from it
     * @param now by {@link System#nanoTime}
     * @return what is certain at once
     */
    public List<Transition> listed(Snapshot snapshot, boolean hostRebooted, Moment at, long now) {
        Map<UUID, Snapshot.Seen> seen = new HashMap<>();
        snapshot.domains().forEach(domain -> seen.put(domain.uuid(), domain));
        List<KnownDomain> existing = inventory.domains().stream()
                .filter(known -> known.key().connectionUri().equals(connectionUri)
                        && known.life().state() != DomainState.UNDEFINED
                        && !snapshot.unanswered().contains(known.key().uuid()))
                .toList();
        Set<UUID> all = new HashSet<>(seen.keySet());
        existing.forEach(known -> all.add(known.key().uuid()));
        compared = all.size();
        List<Transition> transitions = new ArrayList<>();
        if (hostRebooted) {
            existing.stream()
                    .filter(known -> known.life().state().isActive() && known.heardIn() != snapshot.generation())
                    .forEach(known -> transitions.add(stopped(known, Cause.HOST_REBOOTED, at)));
        }
        long missing = existing.stream()
                .filter(known -> !seen.containsKey(known.key().uuid()))
                .count();
        boolean mass = missing > MASS && missing * 2 > existing.size();
        all.addAll(suspected.keySet());
        all.removeAll(snapshot.unanswered());
        for (UUID uuid : all) {
            list(uuid, seen.get(uuid), mass, now);
        }
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
    public List<Transition> answered(Heard.Answer answer, Moment at, long now) {
        Suspicion suspicion = suspected.get(answer.uuid());
        List<Transition> transitions = new ArrayList<>();
        if (suspicion != null && suspicion.asked) {
            askedAgain(answer.uuid(), suspicion, answer.seen(), at, now, transitions);
        }
        found += transitions.size();
        return transitions;
    }

    /** Whether nothing is suspected any more. */
    public boolean isSettled() {
        return suspected.isEmpty();
    }

    /** Whether this domain was listed otherwise than it is known, and nothing of it heard since. */
    public boolean hasSeen(UUID uuid) {
        Suspicion suspicion = suspected.get(uuid);
        return suspicion != null && suspicion.answer != null && !suspicion.heardSince;
    }

    /** Domains of the last listing, and those that were missing from it. */
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

    private void list(UUID uuid, Snapshot.@Nullable Seen answer, boolean mass, long now) {
        Suspicion suspicion = suspected.get(uuid);
        if (!differs(uuid, answer)) {
            if (suspicion != null && suspicion.doubtedUntil - now <= 0) {
                suspected.remove(uuid);
            }
            return;
        }
        Duration wait = mass && answer == null ? MASS_SETTLE : settle;
        if (suspicion == null) {
            suspicion = suspect(uuid, wait, now);
        }
        suspicion.take(answer, now);
        if (!suspicion.wait.equals(wait)) {
            suspicion.wait = wait;
            ask(suspicion, suspicion.since + wait.toNanos());
        } else if (suspicion.asked && suspicion.due - now > ANSWERS_AGAIN.toNanos()) {
            suspicion.due = now + ANSWERS_AGAIN.toNanos();
            nextDue = suspicion.due - nextDue < 0 ? suspicion.due : nextDue;
        }
    }

    private Suspicion suspect(UUID uuid, Duration wait, long now) {
        Suspicion suspicion = new Suspicion(wait, now);
        nextDue = suspected.isEmpty() || suspicion.due - nextDue < 0 ? suspicion.due : nextDue;
        suspected.put(uuid, suspicion);
        return suspicion;
    }

    private void askedAgain(
            UUID uuid,
            Suspicion suspicion,
            Snapshot.@Nullable Seen answer,
            Moment askedAt,
            long now,
            List<Transition> transitions) {
        boolean agrees = !suspicion.heardSince && same(suspicion.answer, answer);
        boolean lastRound = suspicion.round >= ROUNDS;
        if (!differs(uuid, answer)) {
            if (suspicion.doubtedUntil - now <= 0) {
                suspected.remove(uuid);
            } else {
                ask(suspicion, suspicion.doubtedUntil);
            }
        } else if (agrees && suspicion.stood(now) && (lastRound || !underWay(uuid, answer))) {
            massChange |= suspicion.wait.equals(MASS_SETTLE);
            suspected.remove(uuid);
            tell(uuid, answer, askedAt, transitions);
        } else if (lastRound) {
            suspected.remove(uuid); // it never rests; the next resync asks again
        } else {
            suspicion.round++;
            suspicion.wait = agrees ? suspicion.wait : settle;
            suspicion.take(answer, now);
            ask(suspicion, now + suspicion.wait.toNanos());
        }
    }

    private void ask(Suspicion suspicion, long time) {
        suspicion.asked = false;
        suspicion.due = time;
        nextDue = time - nextDue < 0 ? time : nextDue;
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

    private void tell(UUID uuid, Snapshot.@Nullable Seen seen, Moment askedAt, List<Transition> transitions) {
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

    private void vanished(KnownDomain known, Moment askedAt, List<Transition> transitions) {
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

    private Transition stopped(KnownDomain known, Cause cause, Moment askedAt) {
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
