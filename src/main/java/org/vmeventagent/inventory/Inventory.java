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
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.inventory.KnownDomain.LastObservation;
import org.vmeventagent.inventory.KnownDomain.Removal;
import org.vmeventagent.inventory.Lifecycle.Phase;
import org.vmeventagent.inventory.Transition.Change;
import org.vmeventagent.inventory.Transition.Discovery;
import org.vmeventagent.time.Moment;

/**
 * The domains we know. One thread, the recorder's, owns it; whatever it returns is immutable.
 *
 * <p>Every transition it returns begins at the state the one before it ended with, and the state it keeps is that of
 * the last. Nothing is forgotten by an event: a domain that is undefined keeps its row and with it its identity.
 */
public final class Inventory {
    private final Map<DomainKey, KnownDomain> domains = new HashMap<>();
    /** Undefined and not yet published as removed. */
    private final Set<DomainKey> departing = new HashSet<>();
    /** See {@link #drainLearned}. */
    private final Set<DomainKey> learned = new HashSet<>();

    private final MetadataCache instances = new MetadataCache();

    public Inventory() {}

    /** @param kept what an earlier run kept */
    public Inventory(Collection<KnownDomain> kept) {
        kept.forEach(this::keep);
    }

    /** {@link #apply(DomainEvent, Look, ListingState)} where all domains of the connection are known. */
    public List<Transition> apply(DomainEvent event, @Nullable LookupResult lookup) {
        return apply(event, lookup, ListingState.CURRENT);
    }

    /**
     * Joins an event with what is known of its domain and keeps the result.
     *
     * @param lookup the answer to the event's look-up; null when none was started or none came in time
     * @param listing whether a domain that is not known may exist all the same
     * @return the event's transition last; before it, as found by comparison, those that must have been missed, or, before
     *     the first listing ever, that the domain exists
     */
    public List<Transition> apply(DomainEvent event, @Nullable LookupResult lookup, ListingState listing) {
        DomainKey key = DomainKey.of(event);
        List<Transition> transitions = new ArrayList<>(1);
        if (listing != ListingState.CURRENT && known(key, "").lifecycle().state() == DomainState.UNDEFINED) {
            existedBefore(key, event, lookup, listing, transitions);
        }
        for (MissedTransitions.Missing missing : MissedTransitions.before(known(key, event.name()), event)) {
            transitions.add(bridge(missing, known(key, event.name()), event));
        }
        KnownDomain before = known(key, event.name());
        LifecycleRules.StateChange change = LifecycleRules.apply(before.lifecycle(), event, lookup);
        KnownDomain after = before.withLifecycle(
                        event.name(),
                        change.lifecycle(),
                        new LastObservation(
                                changesState(event, change.lifecycle())
                                        ? event.observedAt()
                                        : before.lastObservation().certainAt(),
                                event.observedAt(),
                                change.lifecycle().incarnation().number()
                                                == before.lifecycle()
                                                        .incarnation()
                                                        .number()
                                        ? before.lastObservation().cpuTime()
                                        : 0,
                                change.lifecycle().state() == before.lifecycle().state()
                                        && before.lastObservation().managedSaveSeen()),
                        Removal.of(before, change.lifecycle(), event.observedAt(), Origin.EVENT, change.cause()))
                .seenInGeneration(event.generation());
        IdentifiedDomain identifiedDomain = IdentifiedDomain.of(after, before.isTombstone(), lookup, instances);
        keep(identifiedDomain.domain());
        transitions.add(Transition.ofEvent(
                        event,
                        identifiedDomain,
                        change.cause() == null
                                ? null
                                : new Change(before.lifecycle().state(), change.cause(), change.error()))
                .after(before));
        return transitions;
    }

    private void existedBefore(
            DomainKey key,
            DomainEvent event,
            @Nullable LookupResult lookup,
            ListingState listing,
            List<Transition> transitions) {
        KnownDomain before = known(key, event.name());
        boolean certain = before.lastObservation().certainAt() != null;
        boolean found = lookup != null
                && (lookup.status() == LookupResult.Status.METADATA
                        || lookup.status() == LookupResult.Status.NO_METADATA);
        List<MissedTransitions.Missing> missed = MissedTransitions.missedBefore(event, found);
        if (missed.isEmpty()) {
            return;
        }
        IdentifiedDomain identifiedDomain = IdentifiedDomain.of(before, before.isTombstone(), lookup, instances);
        if (listing == ListingState.OUTDATED || certain) {
            keep(identifiedDomain.domain());
            missed.forEach(missing -> transitions.add(bridge(missing, known(key, event.name()), event)));
            return;
        }
        Lifecycle defined = before.lifecycle().persistent(missed.contains(MissedTransitions.Missing.DEFINED));
        Lifecycle lifecycle = missed.contains(MissedTransitions.Missing.STARTED)
                ? defined.with(DomainState.RUNNING).active(event.domainId())
                : defined.with(DomainState.DEFINED);
        KnownDomain exists = identifiedDomain
                .domain()
                .withLifecycle(event.name(), lifecycle, new LastObservation(event.observedAt(), null, 0, false), null);
        keep(exists);
        transitions.add(Transition.found(
                "exists", identifiedDomain.of(exists), null, Discovery.at(event.observedAt(), Origin.AUDIT)));
    }

    /**
     * Takes over what a listing says of a domain from which no event came through this connection that reports its state.
     *
     * @return its current state, to publish
     */
    public Optional<Transition> adopt(DomainListing listing, DomainListing.ListedDomain listedDomain) {
        DomainKey key = new DomainKey(listing.connectionUri(), listedDomain.uuid());
        KnownDomain before = known(key, listedDomain.name());
        if (before.seenInGeneration() != 0
                && before.seenInGeneration() == listing.generation()
                && before.lastObservation().certainAt() != null) {
            return Optional.empty();
        }
        Lifecycle lifecycle =
                Lifecycle.observed(before.lifecycle(), ListingComparison.state(before, listedDomain), listedDomain);
        KnownDomain after =
                before.withLifecycle(listedDomain.name(), lifecycle, lastObservation(before, listedDomain), null);
        return Optional.of(keepListed(
                after, before, listedDomain, "exists", null, Discovery.at(listedDomain.askedAt(), Origin.AUDIT)));
    }

    /**
     * Takes in a domain's metadata that was read apart from any event.
     *
     * @return the change, when it is one
     */
    public Optional<Transition> learn(DomainKey key, LookupResult lookup) {
        KnownDomain before = domains.get(key);
        if (before == null || before.lifecycle().state() == DomainState.UNDEFINED) {
            return Optional.empty();
        }
        IdentifiedDomain identifiedDomain = IdentifiedDomain.of(before, before.isTombstone(), lookup, instances);
        if (identifiedDomain.freshMetadata() == null
                || Objects.equals(before.instance(), identifiedDomain.domain().instance())) {
            return Optional.empty();
        }
        keep(identifiedDomain.domain());
        return Optional.of(Transition.found(
                EventKind.METADATA_CHANGE.wireName(),
                identifiedDomain,
                null,
                new Discovery(Origin.RESYNC, lookup.readAt(), before.metadataReadAt())));
    }

    /** Notes that a notification about this domain has got its number; the domain as it is now. */
    public KnownDomain published(DomainKey key, long sequence) {
        KnownDomain numbered = known(key, "").published(sequence);
        domains.put(key, numbered);
        return numbered;
    }

    /**
     * Takes in what a transition means for what waits for its end, in the order in which they are published.
     *
     * @return what is over with it, to be published after it
     */
    public List<Transition> summaries(Transition transition) {
        KnownDomain domain = domains.get(transition.domain().key());
        return domain == null
                ? List.of()
                : summaries(
                        domain,
                        Interruption.after(domain.interruption(), transition),
                        transition.identified(),
                        transition.observedAt());
    }

    /** What is over of a domain that was started a while ago, if it still runs, or has arrived a while ago. */
    public List<Transition> settled(DomainKey key, Moment now) {
        KnownDomain domain = domains.get(key);
        return domain == null
                ? List.of()
                : summaries(domain, Interruption.settled(domain, now), IdentifiedDomain.cached(domain, false), now);
    }

    /**
     * What is over of a domain that has arrived, once libvirt has answered about its migration.
     *
     * @param job what it answered
     */
    public List<Transition> moved(DomainKey key, Map<String, Object> job) {
        KnownDomain domain = domains.get(key);
        Interruption waits = domain == null ? null : domain.interruption();
        Interruption.Since arrived = waits == null ? null : waits.arrived();
        if (domain == null || waits == null || arrived == null) {
            return List.of();
        }
        return summaries(domain, waits.moved(), IdentifiedDomain.cached(domain, false), arrived.at()).stream()
                .map(summary -> summary.with(job))
                .toList();
    }

    /**
     * How far the migration of a domain is that leaves this host; empty where the domain is not active any more.
     *
     * @param job what libvirt answered about it
     */
    public Optional<Transition> progress(DomainKey key, Map<String, Object> job, Moment now) {
        return find(key)
                .filter(domain -> domain.lifecycle().state().isActive())
                .map(domain -> Transition.found(
                                Transition.MIGRATION_PROGRESS,
                                IdentifiedDomain.cached(domain, false),
                                null,
                                Discovery.at(now, Origin.EVENT))
                        .with(job));
    }

    private List<Transition> summaries(
            KnownDomain domain, Interruption.Step step, IdentifiedDomain identified, Moment now) {
        interrupted(domain, step.now());
        return step.ended().stream()
                .map(summary -> Transition.summary(summary, identified, now))
                .toList();
    }

    /** Forgets what waits for its end. */
    public void uninterrupted(DomainKey key) {
        interrupted(known(key, ""), Interruption.NONE);
    }

    private void interrupted(KnownDomain domain, Interruption now) {
        if (!now.equals(domain.interruption() == null ? Interruption.NONE : domain.interruption())) {
            domains.put(domain.key(), domain.interrupted(now));
        }
    }

    /** The domain as it is now. */
    public Optional<KnownDomain> find(DomainKey key) {
        return Optional.ofNullable(domains.get(key));
    }

    public Collection<KnownDomain> domains() {
        return domains.values();
    }

    /** The current state of every domain that exists. */
    public List<Transition> audit(Moment now) {
        return domains.values().stream()
                .filter(domain -> domain.lifecycle().state() != DomainState.UNDEFINED)
                .map(domain -> exists(domain, now))
                .toList();
    }

    /**
     * The current state of one domain, once more: that it exists, or that it was removed. Empty while it is undefined
     * and not yet published as removed, and when nothing is known of it.
     */
    public Optional<Transition> currentState(DomainKey key, Moment now) {
        KnownDomain domain = domains.get(key);
        if (domain == null) {
            return Optional.empty();
        }
        if (domain.lifecycle().state() != DomainState.UNDEFINED) {
            return Optional.of(exists(domain, now));
        }
        return domain.removal() != null && domain.removal().removed()
                ? Optional.of(removed(domain, domain.removal(), now))
                : Optional.empty();
    }

    private static Transition exists(KnownDomain domain, Moment now) {
        return Transition.found(
                "exists", IdentifiedDomain.cached(domain, false), null, Discovery.at(now, Origin.AUDIT));
    }

    private static Transition removed(KnownDomain domain, Removal removal, Moment now) {
        return Transition.found(
                "removed", IdentifiedDomain.cached(domain, false), null, Discovery.at(now, removal.origin()));
    }

    /**
     * Domains that have been undefined for so long and were not defined again: each is published once, then its row is a
     * tombstone.
     */
    public List<Transition> removed(Duration grace, Moment now) {
        List<Transition> removed = new ArrayList<>();
        for (DomainKey key : List.copyOf(departing)) {
            KnownDomain domain = domains.get(key);
            Removal removal = domain == null ? null : domain.removal();
            if (domain != null && removal != null && now.since(removal.at()).compareTo(grace) >= 0) {
                KnownDomain gone = domain.withLifecycle(
                        domain.name(), domain.lifecycle(), domain.lastObservation(), removal.asRemoved());
                keep(gone);
                removed.add(removed(gone, removal, now));
            }
        }
        return removed;
    }

    /** Whether a domain is undefined and not published as removed. */
    public boolean isDeparting() {
        return !departing.isEmpty();
    }

    /**
     * Forgets the tombstones of domains that were undefined so long ago, and says which.
     *
     * @param delivered none whose last notification has this number or a greater one
     */
    public List<DomainKey> forget(Duration age, Moment now, long delivered) {
        List<DomainKey> forgotten = domains.values().stream()
                .filter(domain -> domain.removal() != null
                        && domain.removal().removed()
                        && now.since(domain.removal().at()).compareTo(age) > 0
                        && domain.lastSequence() < delivered)
                .map(KnownDomain::key)
                .toList();
        forget(forgotten);
        return forgotten;
    }

    /** Forgets these domains, and what was still to be published of them. */
    public void forget(Collection<DomainKey> keys) {
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
     * Keeps what a comparison found and returns it as one transition.
     *
     * @param listedDomain null where it is only a step to what is seen, or nothing is: the next transition lies in the same window
     */
    Transition found(
            KnownDomain before,
            Lifecycle after,
            DomainListing.@Nullable ListedDomain listedDomain,
            String name,
            Cause cause,
            Origin origin,
            Moment observedAt) {
        LastObservation lastObservation = listedDomain == null
                ? new LastObservation(
                        before.lastObservation().certainAt(),
                        before.lastObservation().lastEventAt(),
                        0,
                        false)
                : lastObservation(before, listedDomain);
        KnownDomain domain = before.withLifecycle(
                listedDomain == null ? before.name() : listedDomain.name(),
                after,
                lastObservation,
                Removal.of(before, after, observedAt, origin, cause));
        Change change = Change.of(before.lifecycle().state(), cause);
        Discovery discovery =
                new Discovery(origin, observedAt, before.lastObservation().certainAt());
        if (listedDomain == null) {
            keep(domain);
            IdentifiedDomain cached = IdentifiedDomain.cached(domain, before.isTombstone());
            return Transition.found(name, cached, change, discovery).after(before);
        }
        return keepListed(domain, before, listedDomain, name, change, discovery);
    }

    /** Keeps metadata that changed without an event, and returns the change. */
    Transition metadataChanged(KnownDomain before, DomainListing.ListedDomain listedDomain, Origin origin) {
        KnownDomain after = before.withLifecycle(
                listedDomain.name(),
                before.lifecycle().persistent(listedDomain.persistent()),
                lastObservation(before, listedDomain),
                before.removal());
        return keepListed(
                after,
                before,
                listedDomain,
                EventKind.METADATA_CHANGE.wireName(),
                null,
                new Discovery(
                        origin, listedDomain.askedAt(), before.lastObservation().certainAt()));
    }

    /** Notes that what is known was observed again. */
    void certain(KnownDomain known, DomainListing.ListedDomain listedDomain) {
        if (ListingComparison.isStale(known, listedDomain)) {
            return;
        }
        Lifecycle lifecycle = known.lifecycle().persistent(listedDomain.persistent());
        Lifecycle off = lifecycle.state().isActive() || lifecycle.phase() != Phase.BOOTING
                ? lifecycle
                : lifecycle.with(lifecycle.state(), Phase.NONE);
        LastObservation now = lastObservation(known, listedDomain);
        domains.put(known.key(), known.withLifecycle(listedDomain.name(), off, now, known.removal()));
        if (now.managedSaveSeen() != known.lastObservation().managedSaveSeen()) {
            learned.add(known.key());
        }
    }

    /**
     * The domains of which a comparison learned something that no transition says and no later comparison can find again.
     * Each is given once: it has to be kept.
     */
    public List<DomainKey> drainLearned() {
        List<DomainKey> drained = List.copyOf(learned);
        learned.clear();
        return drained;
    }

    /** Whether an event leaves no doubt about the state: that there is a definition says nothing of a process. */
    private static boolean changesState(DomainEvent event, Lifecycle after) {
        boolean definition = event.type() != null
                && (event.type().is("defined") || event.type().is("undefined"));
        boolean sameProcess = event.domainId() >= 0 && event.domainId() == after.domainId();
        return sameProcess
                || (event.type() != null && (!definition || !after.state().isActive()));
    }

    private Transition bridge(MissedTransitions.Missing missing, KnownDomain before, DomainEvent event) {
        String name = switch (missing) {
            case DEFINED -> "defined";
            case STARTED -> "started";
            case STOPPED -> "stopped";
        };
        return found(
                before,
                MissedTransitions.apply(missing, before.lifecycle(), event),
                null,
                name,
                Cause.UNKNOWN,
                Origin.RESYNC,
                event.observedAt());
    }

    private Transition keepListed(
            KnownDomain after,
            KnownDomain before,
            DomainListing.ListedDomain listedDomain,
            String name,
            @Nullable Change change,
            Discovery discovery) {
        LookupResult lookup = new LookupResult(
                listedDomain.metadata() == null ? LookupResult.Status.NO_METADATA : LookupResult.Status.METADATA,
                listedDomain.metadata(),
                listedDomain.askedAt());
        IdentifiedDomain identifiedDomain = IdentifiedDomain.of(after, before.isTombstone(), lookup, instances);
        keep(identifiedDomain.domain());
        return Transition.found(name, identifiedDomain, change, discovery).after(before);
    }

    private void keep(KnownDomain domain) {
        domains.put(domain.key(), domain);
        if (domain.removal() != null && !domain.removal().removed()) {
            departing.add(domain.key());
        } else {
            departing.remove(domain.key());
        }
    }

    private static LastObservation lastObservation(KnownDomain before, DomainListing.ListedDomain listedDomain) {
        return new LastObservation(
                listedDomain.askedAt(),
                before.lastObservation().lastEventAt(),
                listedDomain.cpuTime(),
                listedDomain.managedSave());
    }
}
