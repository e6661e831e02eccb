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
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.Lifecycle.Phase;
import org.vmeventagent.time.Moment;

/**
 * The comparison of what a connection lists with what is known of its domains. Belongs to the recorder's thread.
 *
 * <p>An answer may overtake an event by milliseconds. So a difference is only suspected at first: after {@code settle}
 * the domain is queried again, and only when no event of it came in between and the answer is the same is the difference
 * published. Where events came, it is queried once more.
 *
 * <p>A listing that comes meanwhile corrects what is suspected, but puts off no query: however often the domains are
 * listed, each that differs is queried in its time.
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
    private final Map<UUID, PendingRecheck> pendingRechecks = new HashMap<>();
    /** While anything is suspected, no question is due before this. */
    private long nextDue;

    private int compared;
    private int found;
    private boolean massChange;
    /** Whether most domains were gone when the questions that are due were put. */
    private boolean manyGone;

    /** A difference that may be none. Its times are by {@link System#nanoTime}. */
    private static final class PendingRecheck {
        private DomainListing.@Nullable ListedDomain answer;
        /** When this answer was first given, with no event of the domain since. */
        private long first;
        /** When it was first given with no event missing since. */
        private long since;

        /** Nothing that was answered counts: there is no answer yet, or an event came after it. */
        private boolean eventSince = true;

        private boolean droppedSince;
        private Duration wait;
        /** When the next query is made, or the one that was made is abandoned. */
        private long due;

        private boolean queried;
        private int round = 1;
        /** Until then an answer that finds nothing wrong doesn't end it. */
        private long recheckedUntil;

        private PendingRecheck(Duration wait, long now) {
            this.wait = wait;
            this.due = now + wait.toNanos();
            this.recheckedUntil = now;
        }

        private void take(DomainListing.@Nullable ListedDomain newAnswer, long now) {
            boolean another = eventSince || !same(answer, newAnswer);
            first = another ? now : first;
            since = another || droppedSince ? now : since;
            answer = newAnswer;
            eventSince = false;
            droppedSince = false;
        }

        private boolean isGone() {
            return answer == null && !eventSince;
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
    public void eventReceived(UUID uuid) {
        PendingRecheck pending = pendingRechecks.get(uuid);
        if (pending != null) {
            pending.eventSince = true;
        }
    }

    /** Events of any domain are missing: what was answered before is no first answer any more. */
    public void dropped() {
        pendingRechecks.values().forEach(pending -> pending.droppedSince = true);
    }

    /**
     * The domains to query again now.
     *
     * @param now by {@link System#nanoTime}
     */
    public Set<UUID> due(long now) {
        Set<UUID> due = new HashSet<>();
        if (nanosUntilDue(now, 1) > 0) {
            return due;
        }
        long next = now + NO_ANSWER.toNanos();
        for (Iterator<Map.Entry<UUID, PendingRecheck>> i =
                        pendingRechecks.entrySet().iterator();
                i.hasNext(); ) {
            Map.Entry<UUID, PendingRecheck> entry = i.next();
            PendingRecheck pending = entry.getValue();
            if (pending.due - now <= 0) {
                if (pending.queried && ++pending.round > ROUNDS) {
                    i.remove(); // libvirt never says; the next resync queries again
                    continue;
                }
                pending.queried = true;
                pending.due = now + NO_ANSWER.toNanos();
                due.add(entry.getKey());
            }
            next = pending.due - next < 0 ? pending.due : next;
        }
        nextDue = next;
        if (!due.isEmpty()) {
            manyGone = isMass(
                    pendingRechecks.values().stream()
                            .filter(PendingRecheck::isGone)
                            .count(),
                    existing().size());
        }
        return due;
    }

    /** How long until {@link #due} has something to say, {@code most} at most. */
    public long nanosUntilDue(long now, long most) {
        return pendingRechecks.isEmpty() ? most : Math.min(most, nextDue - now);
    }

    /** Checks a domain although nothing is wrong with it: an event came that this version cannot judge. */
    public void recheck(UUID uuid, long now) {
        PendingRecheck pending = pendingRechecks.get(uuid);
        if (pending == null) {
            pending = schedule(uuid, settle, now);
        }
        pending.recheckedUntil = now + settle.toNanos();
    }

    /**
     * Takes a listing.
     *
     * @param hostRebooted whether every domain that was active before this connection has lost its process
     * @param at when it came, for the domains that are missing from it
     * @param now by {@link System#nanoTime}
     * @return what is certain at once
     */
    public List<Transition> listed(DomainListing listing, boolean hostRebooted, Moment at, long now) {
        Map<UUID, DomainListing.ListedDomain> listedDomain = new HashMap<>();
        listing.domains().forEach(domain -> listedDomain.put(domain.uuid(), domain));
        List<KnownDomain> existing = existing().stream()
                .filter(known -> !listing.unanswered().contains(known.key().uuid()))
                .toList();
        Set<UUID> all = new HashSet<>(listedDomain.keySet());
        existing.forEach(known -> all.add(known.key().uuid()));
        compared = all.size();
        List<Transition> transitions = new ArrayList<>();
        if (hostRebooted) {
            existing.stream()
                    .filter(known ->
                            known.lifecycle().state().isActive() && known.seenInGeneration() != listing.generation())
                    .forEach(known -> transitions.add(stopped(known, Cause.HOST_REBOOTED, at)));
        }
        long missing = existing.stream()
                .filter(known -> !listedDomain.containsKey(known.key().uuid()))
                .count();
        boolean mass = isMass(missing, existing.size());
        all.addAll(pendingRechecks.keySet());
        all.removeAll(listing.unanswered());
        for (UUID uuid : all) {
            list(uuid, listedDomain.get(uuid), mass, now);
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
    public List<Transition> rechecked(LibvirtInput.DomainRecheck recheck, Moment at, long now) {
        PendingRecheck pending = pendingRechecks.get(recheck.uuid());
        List<Transition> transitions = new ArrayList<>();
        if (pending != null && pending.queried) {
            rechecked(recheck.uuid(), pending, recheck.listed(), at, now, transitions);
        }
        found += transitions.size();
        return transitions;
    }

    /** Whether nothing is suspected any more. */
    public boolean isSettled() {
        return pendingRechecks.isEmpty();
    }

    /** Whether this domain was listed otherwise than it is known, and no event of it came since. */
    public boolean hasListed(UUID uuid) {
        PendingRecheck pending = pendingRechecks.get(uuid);
        return pending != null && pending.answer != null && !pending.eventSince;
    }

    /** Domains of the last listing, and those that were missing from it. */
    public int compared() {
        return compared;
    }

    /** Transitions found so far. */
    public int found() {
        return found;
    }

    /** Whether more than half of the domains, and more than three, were gone at once, and still were when queried again. */
    public boolean massChange() {
        return massChange;
    }

    private List<KnownDomain> existing() {
        return inventory.domains().stream()
                .filter(known -> known.key().connectionUri().equals(connectionUri)
                        && known.lifecycle().state() != DomainState.UNDEFINED)
                .toList();
    }

    private static boolean isMass(long gone, long existing) {
        return gone > MASS && gone * 2 > existing;
    }

    private void list(UUID uuid, DomainListing.@Nullable ListedDomain answer, boolean mass, long now) {
        PendingRecheck pending = pendingRechecks.get(uuid);
        if (!differs(uuid, answer)) {
            if (pending != null && pending.recheckedUntil - now <= 0) {
                pendingRechecks.remove(uuid);
            }
            return;
        }
        Duration wait = mass && answer == null ? MASS_SETTLE : settle;
        if (pending == null) {
            pending = schedule(uuid, wait, now);
        }
        pending.take(answer, now);
        if (!pending.wait.equals(wait)) {
            pending.wait = wait;
            query(pending, pending.since + wait.toNanos());
        } else if (pending.queried && pending.due - now > ANSWERS_AGAIN.toNanos()) {
            pending.due = now + ANSWERS_AGAIN.toNanos();
            nextDue = pending.due - nextDue < 0 ? pending.due : nextDue;
        }
    }

    private PendingRecheck schedule(UUID uuid, Duration wait, long now) {
        PendingRecheck pending = new PendingRecheck(wait, now);
        nextDue = pendingRechecks.isEmpty() || pending.due - nextDue < 0 ? pending.due : nextDue;
        pendingRechecks.put(uuid, pending);
        return pending;
    }

    private void rechecked(
            UUID uuid,
            PendingRecheck pending,
            DomainListing.@Nullable ListedDomain answer,
            Moment askedAt,
            long now,
            List<Transition> transitions) {
        if (answer == null && manyGone) {
            pending.wait = MASS_SETTLE;
        }
        boolean agrees = !pending.eventSince && same(pending.answer, answer);
        boolean lastRound = pending.round >= ROUNDS;
        if (!differs(uuid, answer)) {
            if (pending.recheckedUntil - now <= 0) {
                pendingRechecks.remove(uuid);
            } else {
                query(pending, pending.recheckedUntil);
            }
        } else if (agrees && pending.stood(now) && (lastRound || !underWay(uuid, answer))) {
            massChange |= pending.wait.equals(MASS_SETTLE);
            pendingRechecks.remove(uuid);
            emit(uuid, answer, askedAt, transitions);
        } else if (lastRound) {
            pendingRechecks.remove(uuid); // it never rests; the next resync queries again
        } else {
            pending.round++;
            pending.wait = agrees ? pending.wait : settle;
            pending.take(answer, now);
            query(pending, now + pending.wait.toNanos());
        }
    }

    private void query(PendingRecheck pending, long time) {
        pending.queried = false;
        pending.due = time;
        nextDue = time - nextDue < 0 ? time : nextDue;
    }

    /** Whether the answer is not what is known; where it is, the domain is certain at that moment. */
    private boolean differs(UUID uuid, DomainListing.@Nullable ListedDomain listedDomain) {
        DomainKey key = new DomainKey(connectionUri, uuid);
        KnownDomain known = inventory.get(key);
        if (listedDomain == null) {
            return known != null && known.lifecycle().state() != DomainState.UNDEFINED;
        }
        if (known == null
                || known.lifecycle().state() != ListingComparison.state(known, listedDomain)
                || ListingComparison.anotherIncarnation(known, listedDomain)
                || (ListingComparison.isStale(known, listedDomain)
                        && known.lifecycle().persistent() != listedDomain.persistent())
                || !ListingComparison.sameMetadata(known, listedDomain)) {
            return true;
        }
        inventory.certain(known, listedDomain);
        return false;
    }

    private static boolean same(
            DomainListing.@Nullable ListedDomain first, DomainListing.@Nullable ListedDomain second) {
        if (first == null || second == null) {
            return first == null && second == null;
        }
        return first.domainId() == second.domainId() && first.domainState() == second.domainState();
    }

    private boolean underWay(UUID uuid, DomainListing.@Nullable ListedDomain listedDomain) {
        return listedDomain != null
                && ListingComparison.underWay(
                        inventory.known(new DomainKey(connectionUri, uuid), listedDomain.name()), listedDomain);
    }

    private void emit(
            UUID uuid,
            DomainListing.@Nullable ListedDomain listedDomain,
            Moment askedAt,
            List<Transition> transitions) {
        DomainKey key = new DomainKey(connectionUri, uuid);
        if (listedDomain == null) {
            vanished(inventory.known(key, ""), askedAt, transitions);
            return;
        }
        KnownDomain known = inventory.known(key, listedDomain.name());
        if (ListingComparison.anotherIncarnation(known, listedDomain)) {
            transitions.add(stopped(known, Cause.UNKNOWN, listedDomain.askedAt()));
            known = inventory.known(key, listedDomain.name());
        }
        DomainState state = ListingComparison.state(known, listedDomain);
        if (known.lifecycle().state() == DomainState.UNDEFINED
                && state != DomainState.DEFINED
                && listedDomain.persistent()) {
            transitions.add(inventory.found(
                    known,
                    known.lifecycle().persistent(true).with(DomainState.DEFINED, Phase.NONE),
                    null,
                    "defined",
                    Cause.DEFINED,
                    origin,
                    listedDomain.askedAt()));
            known = inventory.known(key, listedDomain.name());
        }
        if (known.lifecycle().state() != state) {
            boolean begins = state.isActive() && !known.lifecycle().state().isActive();
            transitions.add(inventory.found(
                    known,
                    begins
                            ? known.lifecycle()
                                    .persistent(listedDomain.persistent())
                                    .began(state, listedDomain.domainId())
                            : Lifecycle.observed(known.lifecycle(), state, listedDomain),
                    listedDomain,
                    name(known.lifecycle().state(), state),
                    cause(known, state, listedDomain),
                    origin,
                    listedDomain.askedAt()));
        } else if (!ListingComparison.sameMetadata(known, listedDomain)) {
            transitions.add(inventory.metadataChanged(known, listedDomain, origin));
        }
    }

    private static Cause cause(KnownDomain known, DomainState state, DomainListing.ListedDomain listedDomain) {
        if (ListingComparison.underWay(known, listedDomain)) {
            return Cause.UNKNOWN;
        }
        return state == DomainState.DEFINED && !known.lifecycle().state().isActive()
                ? Cause.DEFINED
                : ListingComparison.cause(listedDomain);
    }

    private void vanished(KnownDomain known, Moment askedAt, List<Transition> transitions) {
        boolean leaving = known.lifecycle().phase() == Phase.LEAVING;
        KnownDomain now = known;
        if (known.lifecycle().state().isActive()) {
            if (leaving) {
                Lifecycle gone = known.lifecycle().persistent(false).with(DomainState.UNDEFINED, Phase.NONE);
                transitions.add(inventory.found(known, gone, null, "stopped", Cause.MIGRATED_OUT, origin, askedAt));
                return;
            }
            transitions.add(stopped(known, Cause.UNKNOWN, askedAt));
            now = inventory.known(known.key(), known.name());
        }
        if (now.lifecycle().state() != DomainState.UNDEFINED) {
            Lifecycle gone = now.lifecycle().persistent(false).with(DomainState.UNDEFINED, Phase.NONE);
            transitions.add(inventory.found(
                    now, gone, null, "undefined", leaving ? Cause.MIGRATED_OUT : Cause.UNDEFINED, origin, askedAt));
        }
    }

    private Transition stopped(KnownDomain known, Cause cause, Moment askedAt) {
        Lifecycle lifecycle = known.lifecycle().with(known.lifecycle().inactive(), Phase.NONE);
        return inventory.found(known, lifecycle, null, "stopped", cause, origin, askedAt);
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
