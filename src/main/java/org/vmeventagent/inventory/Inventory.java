package org.vmeventagent.inventory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.Look;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.inventory.KnownDomain.Departure;
import org.vmeventagent.inventory.KnownDomain.Evidence;
import org.vmeventagent.inventory.Life.Phase;
import org.vmeventagent.time.Moment;

/**
 * The domains we know. One thread, the recorder's, owns it; whatever it returns is immutable.
 *
 * <p>Every transition it returns begins at the state the one before it ended with, and the state it keeps is that of
 * the last. Nothing is forgotten by an event: a domain that is undefined keeps its row and with it its identity.
 */
public final class Inventory {
    private final Map<DomainKey, KnownDomain> domains = new HashMap<>();
    /** Undefined and not yet told as removed. */
    private final Set<DomainKey> departing = new HashSet<>();

    private final RecentInstances instances = new RecentInstances();

    public Inventory() {}

    /** @param kept what an earlier run kept */
    public Inventory(Collection<KnownDomain> kept) {
        kept.forEach(this::keep);
    }

    /** {@link #apply(DomainEvent, Look, ListingState)} where all domains of the connection are known. */
    public List<Transition> apply(DomainEvent event, @Nullable Look look) {
        return apply(event, look, ListingState.CURRENT);
    }

    /**
     * Joins an event with what is known of its domain and keeps the result.
     *
     * @param look the answer to the event's look-up; null when none was started or none came in time
     * @param listing whether a domain that is not known may exist all the same
     * @return the event's transition last; before it, as found by comparison, those that must have been missed, or, before
     *     the first listing ever, that the domain exists
     */
    public List<Transition> apply(DomainEvent event, @Nullable Look look, ListingState listing) {
        DomainKey key = new DomainKey(event.connectionUri(), event.uuid());
        List<Transition> transitions = new ArrayList<>(1);
        if (listing != ListingState.CURRENT && known(key, "").life().state() == DomainState.UNDEFINED) {
            existedUnheard(key, event, look, listing, transitions);
        }
        for (Bridge.Missing missing : Bridge.before(known(key, event.name()), event)) {
            transitions.add(bridge(missing, known(key, event.name()), event));
        }
        KnownDomain before = known(key, event.name());
        StateRules.Step step = StateRules.apply(before.life(), event, look);
        KnownDomain after = before.lives(
                        event.name(),
                        step.life(),
                        new Evidence(
                                tellsState(event, step.life())
                                        ? event.observedAt()
                                        : before.evidence().certainAt(),
                                event.observedAt(),
                                step.life().incarnation() == before.life().incarnation()
                                        ? before.evidence().cpuTime()
                                        : 0,
                                step.life().state() == before.life().state()
                                        && before.evidence().managedSaveSeen()),
                        Departure.of(before, step.life(), event.observedAt(), Origin.EVENT, step.cause()))
                .heardIn(event.generation());
        Identified identified = Identified.of(after, before.isTombstone(), look, instances);
        keep(identified.domain());
        Transition transition = new Transition(
                event.wireName(),
                event.kind().group(),
                identified.domain(),
                event,
                step.cause() == null ? null : before.life().state(),
                step.cause(),
                step.error(),
                Origin.EVENT,
                identified.source(),
                identified.freshMetadata(),
                event.observedAt(),
                null,
                null,
                false,
                1,
                0);
        transitions.add(transition.after(before));
        return transitions;
    }

    private void existedUnheard(
            DomainKey key, DomainEvent event, @Nullable Look look, ListingState listing, List<Transition> transitions) {
        KnownDomain before = known(key, event.name());
        boolean certain = before.evidence().certainAt() != null;
        boolean found =
                look != null && (look.answer() == Look.Answer.METADATA || look.answer() == Look.Answer.NO_METADATA);
        List<Bridge.Missing> unheard = Bridge.unheard(event, found);
        if (unheard.isEmpty()) {
            return;
        }
        Identified identified = Identified.of(before, before.isTombstone(), look, instances);
        if (listing == ListingState.OUTDATED || certain) {
            keep(identified.domain());
            unheard.forEach(missing -> transitions.add(bridge(missing, known(key, event.name()), event)));
            return;
        }
        Life defined = before.life().persistent(unheard.contains(Bridge.Missing.DEFINED));
        Life life = unheard.contains(Bridge.Missing.STARTED)
                ? defined.with(DomainState.RUNNING).active(event.domainId())
                : defined.with(DomainState.DEFINED);
        KnownDomain exists =
                identified.domain().lives(event.name(), life, new Evidence(event.observedAt(), null, 0, false), null);
        keep(exists);
        transitions.add(
                told(exists, "exists", null, null, Origin.AUDIT, identified.of(exists), event.observedAt(), null));
    }

    /**
     * Takes over what a listing says of a domain from which no event came through this connection that tells its state.
     *
     * @return the whole truth about it
     */
    public Optional<Transition> adopt(Snapshot snapshot, Snapshot.Seen seen) {
        DomainKey key = new DomainKey(snapshot.connectionUri(), seen.uuid());
        KnownDomain before = known(key, seen.name());
        if (before.heardIn() != 0
                && before.heardIn() == snapshot.generation()
                && before.evidence().certainAt() != null) {
            return Optional.empty();
        }
        Life life = Life.seen(before.life(), Comparison.state(before, seen), seen);
        KnownDomain after = before.lives(seen.name(), life, evidence(before, seen), null);
        return Optional.of(keepListed(after, before, seen, "exists", null, null, Origin.AUDIT, null));
    }

    /**
     * Takes in a domain's metadata that was read apart from any event.
     *
     * @return the change, when it is one
     */
    public Optional<Transition> learn(DomainKey key, Look look) {
        KnownDomain before = domains.get(key);
        if (before == null || before.life().state() == DomainState.UNDEFINED) {
            return Optional.empty();
        }
        Identified identified = Identified.of(before, before.isTombstone(), look, instances);
        if (identified.freshMetadata() == null
                || Objects.equals(before.instance(), identified.domain().instance())) {
            return Optional.empty();
        }
        keep(identified.domain());
        return Optional.of(told(
                identified.domain(),
                EventKind.METADATA_CHANGE.wireName(),
                null,
                null,
                Origin.RESYNC,
                identified,
                look.readAt(),
                before.metadataReadAt()));
    }

    /** Notes that a notification about this domain has got its number; the domain as it is now. */
    public KnownDomain published(DomainKey key, long sequence) {
        KnownDomain numbered = known(key, "").published(sequence);
        domains.put(key, numbered);
        return numbered;
    }

    /** The domain as it is now. */
    public Optional<KnownDomain> find(DomainKey key) {
        return Optional.ofNullable(domains.get(key));
    }

    public Collection<KnownDomain> domains() {
        return domains.values();
    }

    /** The whole truth about every domain that exists. */
    public List<Transition> audit(Moment now) {
        return domains.values().stream()
                .filter(domain -> domain.life().state() != DomainState.UNDEFINED)
                .map(domain -> exists(domain, now))
                .toList();
    }

    /**
     * The whole truth about one domain, once more: that it exists, or that it was removed. Empty while it is undefined
     * and not yet told as removed, and when nothing is known of it.
     */
    public Optional<Transition> truth(DomainKey key, Moment now) {
        KnownDomain domain = domains.get(key);
        if (domain == null) {
            return Optional.empty();
        }
        if (domain.life().state() != DomainState.UNDEFINED) {
            return Optional.of(exists(domain, now));
        }
        return domain.departure() != null && domain.departure().removed()
                ? Optional.of(removed(domain, domain.departure(), now))
                : Optional.empty();
    }

    private static Transition exists(KnownDomain domain, Moment now) {
        return told(domain, "exists", null, null, Origin.AUDIT, Identified.cached(domain, false), now, null);
    }

    private static Transition removed(KnownDomain domain, Departure departure, Moment now) {
        return told(domain, "removed", null, null, departure.origin(), Identified.cached(domain, false), now, null)
                .removedBy(departure.reason());
    }

    /**
     * Domains that have been undefined for so long and were not defined again: each is told once, then its row is a
     * tombstone.
     */
    public List<Transition> removed(Duration grace, Moment now) {
        List<Transition> removed = new ArrayList<>();
        for (DomainKey key : List.copyOf(departing)) {
            KnownDomain domain = domains.get(key);
            Departure departure = domain == null ? null : domain.departure();
            if (domain != null && departure != null && now.since(departure.at()).compareTo(grace) >= 0) {
                KnownDomain gone = domain.lives(domain.name(), domain.life(), domain.evidence(), departure.asRemoved());
                keep(gone);
                removed.add(removed(gone, departure, now));
            }
        }
        return removed;
    }

    /**
     * Forgets the tombstones of domains that were undefined so long ago, and says which.
     *
     * @param delivered none whose last notification has this number or a greater one
     */
    public List<DomainKey> forget(Duration age, Moment now, long delivered) {
        List<DomainKey> forgotten = domains.values().stream()
                .filter(domain -> domain.departure() != null
                        && domain.departure().removed()
                        && now.since(domain.departure().at()).compareTo(age) > 0
                        && domain.lastSequence() < delivered)
                .map(KnownDomain::key)
                .toList();
        forget(forgotten);
        return forgotten;
    }

    /** Forgets these domains, and what was still to be told of them. */
    void forget(Collection<DomainKey> keys) {
        domains.keySet().removeAll(Set.copyOf(keys));
        departing.removeAll(Set.copyOf(keys));
    }

    @Nullable KnownDomain get(DomainKey key) {
        return domains.get(key);
    }

    KnownDomain known(DomainKey key, String name) {
        KnownDomain domain = domains.get(key);
        return domain == null ? KnownDomain.unknown(key, name) : domain;
    }

    /**
     * Keeps what a comparison found and tells it as one transition.
     *
     * @param seen null where it is only a step to what is seen, or nothing is: the next transition lies in the same window
     */
    Transition found(
            KnownDomain before,
            Life after,
            Snapshot.@Nullable Seen seen,
            String name,
            Cause cause,
            Origin origin,
            Moment observedAt) {
        Evidence evidence = seen == null
                ? new Evidence(before.evidence().certainAt(), before.evidence().heardAt(), 0, false)
                : evidence(before, seen);
        KnownDomain domain = before.lives(
                seen == null ? before.name() : seen.name(),
                after,
                evidence,
                Departure.of(before, after, observedAt, origin, cause));
        Moment windowStart = before.evidence().certainAt();
        if (seen == null) {
            keep(domain);
            Identified cached = Identified.cached(domain, before.isTombstone());
            return told(domain, name, before.life().state(), cause, origin, cached, observedAt, windowStart)
                    .after(before);
        }
        return keepListed(domain, before, seen, name, before.life().state(), cause, origin, windowStart);
    }

    /** Keeps metadata that changed unheard and tells it. */
    Transition metadataChanged(KnownDomain before, Snapshot.Seen seen, Origin origin) {
        KnownDomain after = before.lives(
                seen.name(), before.life().persistent(seen.persistent()), evidence(before, seen), before.departure());
        return keepListed(
                after,
                before,
                seen,
                EventKind.METADATA_CHANGE.wireName(),
                null,
                null,
                origin,
                before.evidence().certainAt());
    }

    /** Keeps new evidence for what is known already. */
    void certain(KnownDomain known, Snapshot.Seen seen) {
        if (Comparison.isStale(known, seen)) {
            return;
        }
        Life life = known.life().persistent(seen.persistent());
        Life off =
                life.state().isActive() || life.phase() != Phase.BOOTING ? life : life.with(life.state(), Phase.NONE);
        domains.put(known.key(), known.lives(seen.name(), off, evidence(known, seen), known.departure()));
    }

    /** Whether an event leaves no doubt about the state: that there is a definition says nothing of a process. */
    private static boolean tellsState(DomainEvent event, Life after) {
        boolean definition = event.type() != null
                && (event.type().is("defined") || event.type().is("undefined"));
        boolean sameProcess = event.domainId() >= 0 && event.domainId() == after.domainId();
        return sameProcess
                || (event.type() != null && (!definition || !after.state().isActive()));
    }

    private Transition bridge(Bridge.Missing missing, KnownDomain before, DomainEvent event) {
        String name = switch (missing) {
            case DEFINED -> "defined";
            case STARTED -> "started";
            case STOPPED -> "stopped";
        };
        return found(
                before,
                Bridge.apply(missing, before.life(), event),
                null,
                name,
                Cause.UNKNOWN,
                Origin.RESYNC,
                event.observedAt());
    }

    private Transition keepListed(
            KnownDomain after,
            KnownDomain before,
            Snapshot.Seen seen,
            String name,
            @Nullable DomainState oldState,
            @Nullable Cause cause,
            Origin origin,
            @Nullable Moment windowStart) {
        Look look = new Look(
                seen.metadata() == null ? Look.Answer.NO_METADATA : Look.Answer.METADATA,
                seen.metadata(),
                seen.askedAt());
        Identified identified = Identified.of(after, before.isTombstone(), look, instances);
        keep(identified.domain());
        return told(identified.domain(), name, oldState, cause, origin, identified, seen.askedAt(), windowStart)
                .after(before);
    }

    private static Transition told(
            KnownDomain domain,
            String name,
            @Nullable DomainState oldState,
            @Nullable Cause cause,
            Origin origin,
            Identified identified,
            Moment observedAt,
            @Nullable Moment windowStart) {
        return new Transition(
                name,
                name.equals(EventKind.METADATA_CHANGE.wireName()) ? EventKind.Group.DEVICE : EventKind.Group.STATE,
                domain,
                null,
                oldState,
                cause,
                cause != null && cause.isError(),
                origin,
                identified.source(),
                identified.freshMetadata(),
                observedAt,
                windowStart,
                null,
                false,
                1,
                0);
    }

    private void keep(KnownDomain domain) {
        domains.put(domain.key(), domain);
        if (domain.departure() != null && !domain.departure().removed()) {
            departing.add(domain.key());
        } else {
            departing.remove(domain.key());
        }
    }

    private static Evidence evidence(KnownDomain before, Snapshot.Seen seen) {
        return new Evidence(seen.askedAt(), before.evidence().heardAt(), seen.cpuTime(), seen.managedSave());
    }
}
