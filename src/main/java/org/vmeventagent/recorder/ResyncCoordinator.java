package org.vmeventagent.recorder;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.AnotherHost;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.ListingState;
import org.vmeventagent.inventory.Origin;
import org.vmeventagent.inventory.Resync;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.store.Store;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/**
 * When domains are compared with what is known, and what gap that closes: at the first connection against what the last
 * run left, after a connection was lost, after an overflow, and now and then. The recorder's thread owns it.
 */
final class ResyncCoordinator {
    private static final Logger log = LoggerFactory.getLogger(ResyncCoordinator.class);

    /** Kept with the domains of a connection once they were listed for the first time ever. */
    private static final String SEEDED = "seeded ";
    /** Kept while a gap is open, whatever ends this run: the last moment in which the domains were certain. */
    private static final String CERTAIN = "certain ";
    /** Kept until the gap is told in which all that was known of a connection was lost. */
    private static final String LOST = "lost ";
    /** Kept with a connection: a number of its host's name. */
    private static final String HOST = "host ";
    /** Kept with a connection: the boot of the host in which its domains were last compared. */
    private static final String BOOT = "boot ";

    /** The agent's own end: certain to this moment. */
    private static final String CLOSED = "closed";

    private static final String DATABASE = "database";

    private static final Map<String, String> REASONS =
            Map.of("eof", "eof", "keepalive", "keepalive", CLOSED, "agent_down");

    private final ResyncConfig config;
    private final Store store;
    private final Inventory inventory;
    private final LibvirtQueries queries;
    private final PreviousRun previousRun;
    private final AgentClock clock;
    private final TransitionSink sink;
    private final AgentMetrics metrics;
    private final Map<String, TrackedConnection> trackedConnections = new LinkedHashMap<>();

    /** One connection URI. */
    private static final class TrackedConnection {
        private final String uri;
        private boolean seeded;
        private boolean up;
        private boolean everUp;
        private boolean polled;
        private boolean hostRebooted;
        /** A listing is to come; until then nothing that is answered closes a gap. */
        private boolean awaitsListing;
        /** Domains whose state an event has told since events were missed last. */
        private final Set<UUID> publishedSince = new HashSet<>();

        private long host;
        private long hostBefore;
        private @Nullable Resync resync;
        private @Nullable String gap;
        private @Nullable Moment gapFrom;
        private @Nullable Moment certainAt;
        private long nextListing;

        private TrackedConnection(String uri) {
            this.uri = uri;
        }
    }

    ResyncCoordinator(
            ResyncConfig config,
            Store store,
            Inventory inventory,
            LibvirtQueries queries,
            PreviousRun previousRun,
            AgentClock clock,
            TransitionSink sink,
            AgentMetrics metrics) {
        this.config = config;
        this.store = store;
        this.inventory = inventory;
        this.queries = queries;
        this.previousRun = previousRun;
        this.clock = clock;
        this.sink = sink;
        this.metrics = metrics;
    }

    /**
     * Keeps when this run's gaps began, before the sign of life of this run covers that of the last: this one too may end
     * before they are closed.
     */
    void begin() {
        for (String seeded : store.countersOf(SEEDED)) {
            String uri = seeded.substring(SEEDED.length());
            lastCertain(uri)
                    .ifPresent(moment -> sink.count(CERTAIN + uri, moment.wall().toEpochMilli()));
        }
    }

    void up(LibvirtInput.ConnectionUp up) {
        TrackedConnection connection = trackedConnections.computeIfAbsent(up.connectionUri(), TrackedConnection::new);
        connection.up = true;
        connection.polled = up.registered() == 0;
        connection.resync = null;
        connection.awaitsListing = true;
        connection.publishedSince.clear();
        connection.host = hostNumber(up.node());
        if (!connection.everUp) {
            connection.everUp = true;
            connection.hostBefore = store.counter(HOST + connection.uri);
            connection.seeded = store.counter(SEEDED + connection.uri) != 0;
            if (store.counter(LOST + connection.uri) != 0 || (previousRun.lost() && !connection.seeded)) {
                openGap(connection, DATABASE, null);
            } else if (connection.seeded || isKnown(connection)) {
                connection.hostRebooted = rebooted(connection);
                openGap(
                        connection,
                        connection.hostRebooted ? "host_reboot" : "agent_down",
                        lastCertain(connection.uri).orElse(null));
            }
        }
        connection.nextListing =
                System.nanoTime() + config.first(config.interval()).toNanos();
    }

    void lost(LibvirtInput.ConnectionLost lost) {
        TrackedConnection connection = trackedConnections.get(lost.connectionUri());
        if (connection == null) {
            return;
        }
        connection.up = false;
        connection.resync = null;
        if (lost.reason().equals(CLOSED)) {
            connection.certainAt = lost.since();
        }
        openGap(connection, REASONS.getOrDefault(lost.reason(), "libvirt_down"), connection.certainAt);
        saveGapStart(connection);
    }

    /** Events are missing: what was answered by now is no first answer any more. */
    void overflowed() {
        for (TrackedConnection connection : trackedConnections.values()) {
            if (connection.up) {
                if (connection.resync != null) {
                    connection.resync.dropped();
                }
                connection.awaitsListing = true;
                connection.publishedSince.clear();
                openGap(connection, "overflow", connection.certainAt);
                saveGapStart(connection);
                queries.list(connection.uri);
            }
        }
    }

    /** What is known of the domain of this event if the inventory doesn't know that it exists. */
    ListingState listing(DomainEvent event) {
        TrackedConnection connection = trackedConnections.get(event.connectionUri());
        if (connection == null || connection.publishedSince.contains(event.uuid())) {
            return ListingState.CURRENT;
        }
        boolean listedAnew =
                connection.gap != null && connection.resync != null && connection.resync.hasListed(event.uuid());
        if (!connection.awaitsListing && !listedAnew) {
            return ListingState.CURRENT;
        }
        return connection.seeded ? ListingState.OUTDATED : ListingState.NONE;
    }

    void eventReceived(DomainEvent event, List<Transition> transitions) {
        TrackedConnection connection = trackedConnections.get(event.connectionUri());
        if (connection == null) {
            return;
        }
        connection.certainAt = event.observedAt();
        if (connection.resync != null) {
            connection.resync.eventReceived(event.uuid());
        }
        Transition last = transitions.get(transitions.size() - 1);
        if (connection.awaitsListing || connection.gap != null) {
            if (event.observedAt().equals(last.domain().lastObservation().certainAt())) {
                connection.publishedSince.add(event.uuid());
            }
        }
        if (last.needsRecheck()) {
            resync(connection).recheck(event.uuid(), System.nanoTime());
        }
    }

    /** Compares a listing, or takes it over where nothing can be compared with. */
    void listed(DomainListing listing) {
        TrackedConnection connection = trackedConnections.get(listing.connectionUri());
        if (connection == null) {
            return;
        }
        connection.certainAt = listing.askedAt();
        connection.awaitsListing = false;
        if (connection.host != connection.hostBefore) {
            hostNamed(connection, listing);
        }
        if (!connection.seeded) {
            seed(connection, listing);
        }
        boolean hostRebooted = connection.hostRebooted;
        connection.hostRebooted = false;
        resync(connection)
                .listed(listing, hostRebooted, clock.now(), System.nanoTime())
                .forEach(sink::record);
        advance(connection);
    }

    /** The comparison that is under way, or a new one: what it suspects already is asked about in its time. */
    private Resync resync(TrackedConnection connection) {
        Resync resync = connection.resync;
        if (resync == null) {
            resync = new Resync(
                    inventory,
                    connection.uri,
                    connection.polled ? Origin.POLL : Origin.RESYNC,
                    connection.polled ? Duration.ZERO : config.settle());
            connection.resync = resync;
        }
        return resync;
    }

    /**
     * Asks about each domain that is known instead; a gap stays open until the listing comes. Where only a listing says
     * what became of them, after a reboot of the host or on another one, it is waited for.
     */
    void listingLate(LibvirtInput.ListingLate late) {
        TrackedConnection connection = trackedConnections.get(late.connectionUri());
        if (connection == null || connection.hostRebooted || connection.host != connection.hostBefore) {
            return;
        }
        for (KnownDomain known : inventory.domains()) {
            if (known.key().connectionUri().equals(connection.uri)
                    && known.lifecycle().state() != DomainState.UNDEFINED) {
                resync(connection).recheck(known.key().uuid(), System.nanoTime());
            }
        }
    }

    void rechecked(LibvirtInput.DomainRecheck recheck) {
        TrackedConnection connection = trackedConnections.get(recheck.connectionUri());
        if (connection != null && connection.resync != null) {
            connection.resync.rechecked(recheck, clock.now(), System.nanoTime()).forEach(sink::record);
            advance(connection);
        }
    }

    /** Asks what is due to be asked, and ends what is settled. */
    void tick() {
        long now = System.nanoTime();
        for (TrackedConnection connection : trackedConnections.values()) {
            if (!connection.up) {
                continue;
            }
            advance(connection);
            if (!connection.polled && !config.interval().isZero() && connection.nextListing - now <= 0) {
                connection.nextListing = now + config.interval().toNanos();
                queries.list(connection.uri);
            }
        }
    }

    /** How long until a question is due, {@code most} at most. */
    long nanosUntilDue(long now, long most) {
        long until = most;
        for (TrackedConnection connection : trackedConnections.values()) {
            if (connection.resync != null) {
                until = connection.resync.nanosUntilDue(now, until);
            }
        }
        return Math.max(1, until);
    }

    private void advance(TrackedConnection connection) {
        Resync resync = connection.resync;
        if (resync == null) {
            return;
        }
        resync.due(System.nanoTime()).forEach(uuid -> queries.query(connection.uri, uuid));
        if (resync.isSettled()) {
            connection.resync = null;
            if (!connection.awaitsListing) {
                closeGap(connection, resync.compared(), resync.found(), resync.massChange());
            }
        }
    }

    /**
     * The very first listing: the whole truth about every domain, and no transition. What was heard of already, also by
     * a run that ended before its first listing, is not taken over but compared.
     */
    private void seed(TrackedConnection connection, DomainListing listing) {
        for (DomainListing.ListedDomain listedDomain : listing.domains()) {
            DomainKey key = new DomainKey(connection.uri, listedDomain.uuid());
            if (inventory
                    .find(key)
                    .map(known -> known.lastObservation().certainAt())
                    .isEmpty()) {
                inventory.adopt(listing, listedDomain).ifPresent(sink::record);
            }
        }
        connection.seeded = true;
        sink.count(SEEDED + connection.uri, 1);
        if (DATABASE.equals(connection.gap)) {
            sink.count(LOST + connection.uri, 1);
        }
    }

    /** Whether an earlier run has told something of its domains. */
    private boolean isKnown(TrackedConnection connection) {
        return inventory.domains().stream()
                .anyMatch(domain -> domain.key().connectionUri().equals(connection.uri));
    }

    /** Another name alone proves nothing: hosts are renamed. */
    private void hostNamed(TrackedConnection connection, DomainListing listing) {
        if (connection.host == 0) {
            return;
        }
        if (connection.seeded && connection.hostBefore != 0 && AnotherHost.isLikely(inventory, listing)) {
            log.warn("{} leads to another host than before: what was known of its domains is given up", connection.uri);
            sink.publishSuppressed();
            sink.forget(AnotherHost.forget(inventory, listing));
            connection.seeded = false;
            connection.hostRebooted = false;
            connection.gap = DATABASE;
            connection.gapFrom = null;
        }
        connection.hostBefore = connection.host;
        sink.count(HOST + connection.uri, connection.host);
    }

    /** A gap that is open already stays: it began earlier. */
    private static void openGap(TrackedConnection connection, String reason, @Nullable Moment from) {
        if (connection.gap == null) {
            connection.gap = reason;
            connection.gapFrom = from;
        }
    }

    private void saveGapStart(TrackedConnection connection) {
        if (connection.gapFrom != null) {
            sink.count(CERTAIN + connection.uri, connection.gapFrom.wall().toEpochMilli());
        }
    }

    private void closeGap(TrackedConnection connection, int compared, int found, boolean massChange) {
        String reason = connection.gap;
        connection.publishedSince.clear();
        sink.count(CERTAIN + connection.uri, 0);
        if (DATABASE.equals(reason)) {
            sink.count(LOST + connection.uri, 0);
        }
        if (previousRun.boot() != 0) {
            sink.count(BOOT + connection.uri, previousRun.boot());
        }
        if (reason == null) {
            if (found > 0) {
                log.info("{}: {} transitions were missed and are told now", connection.uri, found);
            }
            return;
        }
        sink.publish(
                AgentEvent.gap(connection.uri, connection.gapFrom, clock.now(), reason, compared, found, massChange));
        metrics.gapClosed(connection.uri, reason, found);
        log.info(
                "{}: compared {} domains after {}, {} transitions were missed",
                connection.uri,
                compared,
                reason,
                found);
        connection.gap = null;
        connection.gapFrom = null;
    }

    /** A number of a host's name without its domain, which comes and goes with the name service; 0 where it is not told. */
    private static long hostNumber(String name) {
        String shortName = name.replaceFirst("\\..*", "").toLowerCase(Locale.ROOT);
        long hash = 0;
        for (int i = 0; i < shortName.length(); i++) {
            hash = 1_099_511_628_211L * (hash ^ shortName.charAt(i)); // FNV-1a's prime
        }
        return hash;
    }

    /** A domain elsewhere survives a reboot of this host. */
    private boolean rebooted(TrackedConnection connection) {
        long before = store.counter(BOOT + connection.uri);
        return before != 0
                && previousRun.boot() != 0
                && before != previousRun.boot()
                && connection.uri.matches("[a-z]+(\\+unix)?:///.*");
    }

    private Optional<Moment> lastCertain(String uri) {
        long away = store.counter(CERTAIN + uri);
        Optional<Instant> label = away != 0 ? Optional.of(Instant.ofEpochMilli(away)) : previousRun.aliveAt();
        return label.map(clock::earlier);
    }
}
