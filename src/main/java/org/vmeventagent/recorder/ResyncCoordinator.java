package org.vmeventagent.recorder;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.ListingState;
import org.vmeventagent.inventory.Resync;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.store.ConnectionRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/**
 * When domains are compared with what is known, and what gap that closes: at the first connection against what the last
 * run left, after a connection was lost, after an overflow, and now and then. The recorder's thread owns it.
 */
final class ResyncCoordinator {
    private static final Logger log = LoggerFactory.getLogger(ResyncCoordinator.class);

    /** The agent's own end: certain to this moment. */
    private static final String CLOSED = "closed";

    private static final String DATABASE = "database";

    private static final Map<String, String> REASONS =
            Map.of("eof", "eof", "keepalive", "keepalive", CLOSED, "agent_down");

    private final ResyncConfig config;
    private final Store store;
    private final Inventory inventory;
    private final LibvirtQueries queries;
    private final TrackedConnections connections;
    private final String bootId;
    private final AgentClock clock;
    private final TransitionSink sink;
    private final AgentMetrics metrics;

    /** When an earlier run was last alive; empty where that is not known. */
    private final Optional<Instant> aliveAt;
    /**
     * Whether this database followed one that was lost, or has lost what it knew last: of a connection it has not listed
     * yet, nothing of before can be compared.
     */
    private final boolean databaseLost;

    /** @param bootId of this boot of the host; empty where it is not known */
    ResyncCoordinator(
            ResyncConfig config,
            Store store,
            Inventory inventory,
            LibvirtQueries queries,
            TrackedConnections connections,
            String bootId,
            AgentClock clock,
            TransitionSink sink,
            AgentMetrics metrics) {
        this.config = config;
        this.store = store;
        this.inventory = inventory;
        this.queries = queries;
        this.connections = connections;
        this.bootId = bootId.replace("-", "");
        this.aliveAt = store.aliveAt();
        this.databaseLost = store.counter(Store.LOST) != 0;
        this.clock = clock;
        this.sink = sink;
        this.metrics = metrics;
    }

    /**
     * Keeps when this run's gaps began, before the sign of life of this run covers that of the last: this one too may end
     * before they are closed.
     */
    void begin() {
        for (ConnectionRow row : store.connections()) {
            if (row.seeded()) {
                lastCertain(row).ifPresent(moment -> {
                    ConnectionRow begun = row.withCertainAt(moment.wall());
                    connections.keep(begun);
                    sink.keep(begun);
                });
            }
        }
    }

    /** Opens the gap since the run before, where this is the first time that the connection is up. */
    void up(TrackedConnection connection) {
        if (connection.isFirst()) {
            ConnectionRow kept = connection.kept();
            connection.hostRebooted(rebooted(kept));
            if (kept.lost() || (databaseLost && !kept.seeded())) {
                connection.openGap(DATABASE, null);
            } else if (kept.seeded() || isKnown(connection)) {
                connection.openGap(
                        connection.hostRebooted() ? "host_reboot" : "agent_down",
                        lastCertain(kept).orElse(null));
            }
        }
        connection.nextListing(
                System.nanoTime() + config.first(config.interval()).toNanos());
    }

    /**
     * Publishes what is known of the domains of a connection that is up where that is older than what was published: it is
     * where the comparison begins.
     */
    void publishKnown(TrackedConnection connection) {
        if (connection.hasGap(DATABASE)) {
            existing(connection)
                    .map(KnownDomain::key)
                    .toList()
                    .forEach(key -> inventory.currentState(key, clock.now()).ifPresent(sink::record));
        }
    }

    private Stream<KnownDomain> existing(TrackedConnection connection) {
        return inventory.domains().stream()
                .filter(known -> known.key().connectionUri().equals(connection.uri())
                        && known.lifecycle().state() != DomainState.UNDEFINED);
    }

    void lost(TrackedConnection connection, LibvirtInput.ConnectionLost lost) {
        if (lost.reason().equals(CLOSED)) {
            connection.certain(lost.since());
        }
        connection.openGap(REASONS.getOrDefault(lost.reason(), "libvirt_down"), connection.certainAt());
        keepGapStart(connection);
    }

    /** Events are missing: what was answered by now is no first answer any more. */
    void overflowed() {
        for (TrackedConnection connection : connections.all()) {
            if (connection.isUp()) {
                Resync resync = connection.resync();
                if (resync != null) {
                    resync.dropped();
                }
                connection.awaitListing();
                connection.openGap("overflow", connection.certainAt());
                keepGapStart(connection);
                queries.list(connection.uri());
            }
        }
    }

    /** What is known of the domain of this event if the inventory doesn't know that it exists. */
    ListingState listing(DomainEvent event) {
        TrackedConnection connection = connections.get(event.connectionUri());
        if (connection == null || connection.isCertain(event.uuid())) {
            return ListingState.CURRENT;
        }
        Resync resync = connection.resync();
        boolean listedAgain = connection.gap() != null && resync != null && resync.hasListed(event.uuid());
        if (!connection.awaitsListing() && !listedAgain) {
            return ListingState.CURRENT;
        }
        return connection.seeded() ? ListingState.OUTDATED : ListingState.NONE;
    }

    void eventReceived(DomainEvent event, List<Transition> transitions) {
        TrackedConnection connection = connections.get(event.connectionUri());
        if (connection == null) {
            return;
        }
        connection.certain(event.observedAt());
        Resync resync = connection.resync();
        if (resync != null) {
            resync.eventReceived(event.uuid());
        }
        Transition last = transitions.get(transitions.size() - 1);
        if (connection.awaitsListing() || connection.gap() != null) {
            if (event.observedAt().equals(last.domain().lastObservation().certainAt())) {
                connection.certain(event.uuid());
            }
        }
        if (last.needsRecheck()) {
            resync(connection).recheck(event.uuid(), System.nanoTime());
        }
    }

    /** Compares a listing, or takes it over where nothing can be compared with. */
    void listed(TrackedConnection connection, DomainListing listing) {
        boolean firstOfRun = connection.isFirst() && connection.awaitsListing();
        connection.certain(listing.askedAt());
        connection.listed();
        if (connection.hostNameChanged()) {
            hostNamed(connection, listing);
        } else if (firstOfRun && connection.isPolled() && connection.seeded() && uuidsChanged(listing)) {
            log.warn(
                    "{} lists the domains of before with other UUIDs, as libvirt does from 12.4 on; forgot the old ones, and"
                            + " publishes each as it is now. The old UUIDs come back with ?legacy_uuid=1 in [libvirt]"
                            + " connection_uri",
                    connection.uri());
            startOver(connection, listing);
        }
        if (!connection.seeded()) {
            seed(connection, listing);
        }
        boolean hostRebooted = connection.hostRebooted();
        connection.hostRebooted(false);
        resync(connection)
                .listed(listing, hostRebooted, clock.now(), System.nanoTime())
                .forEach(sink::record);
        inventory.drainLearned().forEach(sink::keep);
        advance(connection);
    }

    private Resync resync(TrackedConnection connection) {
        return connection.resync(inventory, config.settle());
    }

    /**
     * Checks each domain that is known instead; a gap stays open until the listing comes. Where only a listing says what
     * became of them, after a reboot of the host or on another one, it is waited for.
     */
    void listingLate(TrackedConnection connection) {
        if (connection.hostRebooted() || connection.hostNameChanged()) {
            return;
        }
        existing(connection)
                .map(known -> known.key().uuid())
                .forEach(uuid -> resync(connection).recheck(uuid, System.nanoTime()));
    }

    void rechecked(TrackedConnection connection, LibvirtInput.DomainRecheck recheck) {
        Resync resync = connection.resync();
        if (resync != null) {
            resync.rechecked(recheck, clock.now(), System.nanoTime()).forEach(sink::record);
            inventory.drainLearned().forEach(sink::keep);
            advance(connection);
        }
    }

    /** Queries what is due, and ends what is settled. */
    void tick() {
        long now = System.nanoTime();
        for (TrackedConnection connection : connections.all()) {
            if (!connection.isUp()) {
                continue;
            }
            advance(connection);
            if (isListedByTime(connection) && connection.nextListing() - now <= 0) {
                connection.nextListing(now + config.interval().toNanos());
                queries.list(connection.uri());
            }
        }
    }

    /** How long until a query is due, {@code most} at most. */
    long nanosUntilDue(long now, long most) {
        long until = most;
        for (TrackedConnection connection : connections.all()) {
            Resync resync = connection.resync();
            if (resync != null) {
                until = resync.nanosUntilDue(now, until);
            }
            if (isListedByTime(connection)) {
                until = Math.min(until, connection.nextListing() - now);
            }
        }
        return Math.max(1, until);
    }

    /** Whether a comparison is under way, or a gap is open. */
    boolean isComparing() {
        return connections.all().stream()
                .anyMatch(connection -> connection.resync() != null || connection.gap() != null);
    }

    private boolean isListedByTime(TrackedConnection connection) {
        return connection.isUp() && !connection.isPolled() && !config.interval().isZero();
    }

    private void advance(TrackedConnection connection) {
        Resync resync = connection.resync();
        if (resync == null) {
            return;
        }
        resync.due(System.nanoTime()).forEach(uuid -> queries.query(connection.uri(), uuid));
        if (resync.isSettled()) {
            connection.endResync();
            if (!connection.awaitsListing()) {
                closeGap(connection, resync);
            }
        }
    }

    /**
     * The very first listing: the current state of every domain, and no transition. What was reported already, also to a
     * run that ended before its first listing, is not taken over but compared.
     */
    private void seed(TrackedConnection connection, DomainListing listing) {
        for (DomainListing.ListedDomain listedDomain : listing.domains()) {
            DomainKey key = new DomainKey(connection.uri(), listedDomain.uuid());
            if (inventory
                    .find(key)
                    .map(known -> known.lastObservation().certainAt())
                    .isEmpty()) {
                inventory.adopt(listing, listedDomain).ifPresent(sink::record);
            }
        }
        ConnectionRow kept = connection.kept();
        keep(connection, kept.withSeeded(true).withLost(kept.lost() || connection.hasGap(DATABASE)));
    }

    /** Whether an earlier run has published something of its domains. */
    private boolean isKnown(TrackedConnection connection) {
        return inventory.domains().stream()
                .anyMatch(domain -> domain.key().connectionUri().equals(connection.uri()));
    }

    /** Another name alone proves nothing: hosts are renamed. */
    private void hostNamed(TrackedConnection connection, DomainListing listing) {
        if (connection.hostName().isEmpty()) {
            return;
        }
        ConnectionRow kept = connection.kept();
        if (kept.seeded() && !kept.hostName().isEmpty() && hostChanged(listing)) {
            log.warn("{} leads to another host than before: forgot what was known of its domains", connection.uri());
            startOver(connection, listing);
        }
        keep(connection, connection.kept().withHostName(connection.hostName()));
    }

    /** Nothing is gone, and nothing can be compared: the listing is taken over like the very first one. */
    private void startOver(TrackedConnection connection, DomainListing listing) {
        sink.publishSuppressed();
        forgetBefore(listing);
        connection.hostRebooted(false);
        connection.replaceGap(DATABASE, null);
        connection.seeded(false);
    }

    /**
     * Whether libvirt's client library was updated to one that makes other UUIDs: no domain that existed before is listed,
     * but most of their names are. Only drivers without events, ESX's and VMware's, make UUIDs up; elsewhere a domain of the
     * same name with another UUID is another one.
     */
    private boolean uuidsChanged(DomainListing listing) {
        if (!hostChanged(listing)) {
            return false;
        }
        Set<String> listed = new HashSet<>();
        listing.domains().forEach(listedDomain -> listed.add(listedDomain.name()));
        List<KnownDomain> known = existedBefore(listing).toList();
        return known.stream().filter(domain -> listed.contains(domain.name())).count() * 2 > known.size();
    }

    /**
     * Whether no domain that existed before this connection is in its listing. That is half of the proof that it leads to
     * another host, by an address that was given to another or a tunnel; another host name is the other half. The host's
     * UUID is none: without SMBIOS libvirtd makes one up at each start, and reporting it took libvirtd 8 s (9.0, QEMU).
     */
    private boolean hostChanged(DomainListing listing) {
        Set<UUID> listed = new HashSet<>(listing.unanswered());
        listing.domains().forEach(listedDomain -> listed.add(listedDomain.uuid()));
        return existedBefore(listing)
                .noneMatch(known -> listed.contains(known.key().uuid()));
    }

    /** Nobody can say what became of these domains. Those of which an event came through this connection stay. */
    private void forgetBefore(DomainListing listing) {
        List<DomainKey> forgotten = knownBefore(listing).map(KnownDomain::key).toList();
        inventory.forget(forgotten);
        sink.forget(forgotten);
    }

    private Stream<KnownDomain> existedBefore(DomainListing listing) {
        return knownBefore(listing).filter(known -> known.lifecycle().state() != DomainState.UNDEFINED);
    }

    private Stream<KnownDomain> knownBefore(DomainListing listing) {
        return inventory.domains().stream()
                .filter(known -> known.key().connectionUri().equals(listing.connectionUri())
                        && known.seenInGeneration() != listing.generation());
    }

    private void keepGapStart(TrackedConnection connection) {
        TrackedConnection.Gap gap = connection.gap();
        if (gap != null && gap.from() != null) {
            keep(connection, connection.kept().withCertainAt(gap.from().wall()));
        }
    }

    private void keep(TrackedConnection connection, ConnectionRow row) {
        connection.keep(row);
        sink.keep(row);
    }

    private void closeGap(TrackedConnection connection, Resync resync) {
        TrackedConnection.Gap gap = connection.gap();
        ConnectionRow kept = connection.kept();
        keep(
                connection,
                kept.withCertainAt(null)
                        .withLost(kept.lost() && !connection.hasGap(DATABASE))
                        .withBootId(bootId.isEmpty() ? kept.bootId() : bootId));
        connection.closeGap();
        if (gap == null) {
            if (resync.found() > 0) {
                log.info("{}: published {} missed transitions", connection.uri(), resync.found());
            }
            return;
        }
        Moment now = clock.now();
        sink.publish(AgentEvent.gap(
                connection.uri(),
                gap.from(),
                now,
                gap.reason(),
                resync.compared(),
                resync.found(),
                resync.massChange()));
        metrics.gapClosed(connection.uri(), gap.reason(), between(gap.from(), now), resync.found());
        log.info(
                "{}: compared {} domains after {}, {} transitions were missed",
                connection.uri(),
                resync.compared(),
                gap.reason(),
                resync.found());
    }

    /** By the host's clock, as it is set now: the time between two runs counts too. */
    private static Duration between(@Nullable Moment from, Moment to) {
        return from == null
                ? Duration.ZERO
                : to.labelOf(from)
                        .map(label -> Duration.between(label, to.wall()))
                        .orElse(Duration.ZERO);
    }

    /** A domain elsewhere survives a reboot of this host. */
    private boolean rebooted(ConnectionRow kept) {
        return !kept.bootId().isEmpty()
                && !bootId.isEmpty()
                && !kept.bootId().equals(bootId)
                && kept.uri().matches("[a-z]+(\\+unix)?:///.*");
    }

    private Optional<Moment> lastCertain(ConnectionRow kept) {
        return Optional.ofNullable(kept.certainAt()).or(() -> aliveAt).map(clock::earlier);
    }
}
