package org.vmeventagent.inventory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.Lifecycle.Phase;
import org.vmeventagent.inventory.PendingRechecks.Recheck;
import org.vmeventagent.time.Moment;

/**
 * The comparison of what a connection lists with what is known of its domains. Belongs to the recorder's thread.
 *
 * <p>An answer may overtake an event by milliseconds. So a difference is only suspected at first: after {@code settle}
 * the domain is queried again (see {@link PendingRechecks}), and only when no event of it came in between and the answer is the same is the difference
 * published. Where events came, it is queried once more.
 *
 * <p>A listing that comes meanwhile corrects what is suspected, but puts off no query: however often the domains are
 * listed, each that differs is queried in its time.
 */
public final class Resync {
    /** Fewer may vanish at once without being doubted. */
    private static final int MASS = 3;

    private static final Duration MASS_SETTLE = Duration.ofSeconds(10);
    private final Inventory inventory;
    private final String connectionUri;
    private final Origin origin;
    private final Duration settle;
    private final PendingRechecks pendingRechecks = new PendingRechecks();
    private int compared;
    private int found;
    private boolean massChange;
    /** Whether most domains were gone when the questions that are due were put. */
    private boolean manyGone;

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
        pendingRechecks.eventReceived(uuid);
    }

    /** Events of any domain are missing: what was answered before is no first answer any more. */
    public void dropped() {
        pendingRechecks.dropped();
    }

    /**
     * The domains to query again now.
     *
     * @param now by {@link System#nanoTime}
     */
    public Set<UUID> due(long now) {
        Set<UUID> due = pendingRechecks.due(now);
        if (!due.isEmpty()) {
            manyGone = isMass(pendingRechecks.gone(), existing().size());
        }
        return due;
    }

    /** How long until {@link #due} has something to say, {@code most} at most. */
    public long nanosUntilDue(long now, long most) {
        return pendingRechecks.nanosUntilDue(now, most);
    }

    /** Checks a domain although nothing is wrong with it: an event came that this version cannot judge. */
    public void recheck(UUID uuid, long now) {
        Recheck pending = pendingRechecks.get(uuid);
        if (pending == null) {
            pending = pendingRechecks.schedule(uuid, settle, now);
        }
        pending.recheckUntil(now + settle.toNanos());
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
        all.addAll(pendingRechecks.domains());
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
        Recheck pending = pendingRechecks.get(recheck.uuid());
        List<Transition> transitions = new ArrayList<>();
        if (pending != null && pending.isQueried()) {
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
        Recheck pending = pendingRechecks.get(uuid);
        return pending != null && pending.isListed();
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
        Recheck pending = pendingRechecks.get(uuid);
        if (!differs(uuid, answer)) {
            if (pending != null && pending.recheckedUntil() - now <= 0) {
                pendingRechecks.remove(uuid);
            }
            return;
        }
        Duration wait = mass && answer == null ? MASS_SETTLE : settle;
        if (pending == null) {
            pending = pendingRechecks.schedule(uuid, wait, now);
        }
        pendingRechecks.listed(pending, answer, wait, now);
    }

    private void rechecked(
            UUID uuid,
            Recheck pending,
            DomainListing.@Nullable ListedDomain answer,
            Moment askedAt,
            long now,
            List<Transition> transitions) {
        if (answer == null && manyGone) {
            pending.waitFor(MASS_SETTLE);
        }
        boolean agrees = pending.agreesWith(answer);
        boolean lastRound = pending.isLastRound();
        if (!differs(uuid, answer)) {
            if (pending.recheckedUntil() - now <= 0) {
                pendingRechecks.remove(uuid);
            } else {
                pendingRechecks.queryAt(pending, pending.recheckedUntil());
            }
        } else if (agrees && pending.stood(now) && (lastRound || !underWay(uuid, answer))) {
            massChange |= pending.waitTime().equals(MASS_SETTLE);
            pendingRechecks.remove(uuid);
            emit(uuid, answer, askedAt, transitions);
        } else if (lastRound) {
            pendingRechecks.remove(uuid); // it never rests; the next resync queries again
        } else {
            pendingRechecks.nextRound(pending, answer, agrees ? pending.waitTime() : settle, now);
        }
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
