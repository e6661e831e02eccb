package org.vmeventagent.recorder;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.KnownDomainCodec;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.store.DroppedRows;
import org.vmeventagent.store.InventoryRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/**
 * Joins what libvirt reports with the inventory, and hands the transitions to the {@link TransitionSink}. The recorder's
 * thread owns it.
 */
final class EventProcessor {
    private static final Logger log = LoggerFactory.getLogger(EventProcessor.class);

    /** What the names of libguestfs' appliances begin with: no instances, gone in seconds, with a new UUID each time. */
    private static final String APPLIANCE = "guestfs-";

    /** Xen's control domain, the host itself: libvirt's libxl driver lists it as a domain with this name and UUID. */
    private static final String XEN_HOST = "Domain-0";

    private static final UUID XEN_HOST_UUID = new UUID(0, 0);

    /** Domains whose current state is published in one commit. */
    private static final int REPORTED_AT_ONCE = 256;

    private final Store store;
    private final Inventory inventory;
    private final TrackedConnections connections;
    private final LookupTimeout lookupTimeout;
    private final AgentClock clock;
    private final AgentMetrics metrics;
    private final TransitionSink sink;
    private final ResyncCoordinator resyncs;
    private final PeriodicTasks periodicTasks;
    private final MigrationProgress migrationProgress;

    EventProcessor(
            RecorderConfig config,
            Store store,
            NotificationWriter writer,
            PublishFilter filter,
            AgentClock clock,
            Supplier<UUID> ids,
            LibvirtQueries queries,
            String bootId,
            AgentMetrics metrics,
            Runnable commitFull) {
        this.store = store;
        this.connections = new TrackedConnections(store.connections());
        this.inventory = new Inventory(kept(store, clock));
        this.lookupTimeout = new LookupTimeout(config.lookupTimeout(), config.lookupPause(), metrics);
        this.clock = clock;
        this.metrics = metrics;
        this.sink = new TransitionSink(
                config, store, inventory, queries, connections, writer, filter, clock, ids, metrics, commitFull);
        this.resyncs = new ResyncCoordinator(
                config.resync(), store, inventory, queries, connections, bootId, clock, sink, metrics);
        this.migrationProgress = new MigrationProgress(queries, inventory, sink, clock);
        this.periodicTasks = new PeriodicTasks(config.resync(), inventory, store, clock, sink, metrics);
    }

    private static Collection<KnownDomain> kept(Store store, AgentClock clock) {
        List<KnownDomain> domains = new ArrayList<>();
        for (InventoryRow row : store.inventory()) {
            try {
                domains.add(KnownDomainCodec.read(
                        row.key(), row.domain(), row.metadata() == null ? "" : row.metadata(), clock));
            } catch (IllegalArgumentException e) {
                log.warn(
                        "The kept state of domain {} can't be read, beginning without it: {}",
                        row.key(),
                        e.getMessage());
            }
        }
        return domains;
    }

    /** Begins a run: what the one before left open stays open. */
    void begin() {
        resyncs.begin();
    }

    /** What takes the transitions found here, and whatever else is to be published. */
    TransitionSink sink() {
        return sink;
    }

    /** For how many nanoseconds the event is to wait yet for the answer to its look-up; 0 for not at all. */
    long nanosToWait(DomainEvent event) {
        boolean isKnown = inventory
                .find(DomainKey.of(event))
                .filter(domain -> domain.metadataReadAt() != null)
                .isPresent();
        return lookupTimeout.left(event, isKnown, System.nanoTime());
    }

    void receive(DomainEvent event) {
        if (!isGuest(event.uuid(), event.name())) {
            return;
        }
        DomainKey key = DomainKey.of(event);
        KnownDomain before = inventory.find(key).orElse(null);
        List<Transition> transitions = inventory.apply(event, lookupTimeout.answerTo(event), resyncs.listing(event));
        for (Transition transition : transitions) {
            sink.record(transition, before == null ? transition.domain() : before);
            before = transition.domain();
        }
        resyncs.eventReceived(event, transitions);
        if (event.kind() == EventKind.MIGRATION_ITERATION) {
            migrationProgress.iterated(key);
        }
    }

    private static boolean isGuest(UUID uuid, String name) {
        return !name.startsWith(APPLIANCE) && !(name.equals(XEN_HOST) && uuid.equals(XEN_HOST_UUID));
    }

    /** Compares a listing with what is known. */
    void receive(DomainListing listing) {
        TrackedConnection connection = connections.current(listing.connectionUri(), listing.generation());
        if (connection == null) {
            log.debug("A listing of {} came after its connection and is ignored", listing.connectionUri());
            return;
        }
        List<DomainListing.ListedDomain> domains = listing.domains().stream()
                .filter(listedDomain -> isGuest(listedDomain.uuid(), listedDomain.name()))
                .toList();
        domains.forEach(
                listedDomain -> lookupTimeout.forget(new DomainKey(listing.connectionUri(), listedDomain.uuid())));
        resyncs.listed(
                connection,
                new DomainListing(
                        listing.connectionUri(),
                        listing.generation(),
                        listing.askedAt(),
                        domains,
                        listing.unanswered()));
    }

    void receive(LibvirtInput.ListingLate late) {
        TrackedConnection connection = connections.current(late.connectionUri(), late.generation());
        if (connection != null) {
            resyncs.listingLate(connection);
        }
    }

    void receive(LibvirtInput.DomainRecheck recheck) {
        TrackedConnection connection = connections.current(recheck.connectionUri(), recheck.generation());
        if (connection != null) {
            resyncs.rechecked(connection, recheck);
        }
    }

    /** An answer without the figures of an arrival came too early, or there will be none: what waits for them waits on. */
    void receive(LibvirtInput.JobStatistics job) {
        if (connections.current(job.connectionUri(), job.generation()) == null) {
            return;
        }
        if (!job.completed()) {
            migrationProgress.receive(job);
        } else if (job.parameters().get("operation") instanceof EnumValue operation && operation.is("migration_in")) {
            sink.publishMoved(new DomainKey(job.connectionUri(), job.uuid()), job.parameters());
        }
    }

    /** The queue was full, and dropped this many events. */
    void overflowed(long events) {
        metrics.eventsMissed(events);
        resyncs.overflowed();
    }

    /** What is due by the clock. */
    void tick() {
        resyncs.tick();
        periodicTasks.tick();
        lookupTimeout
                .arrived()
                .forEach((key, lookup) -> inventory.learn(key, lookup).ifPresent(sink::record));
        sink.publishDue();
        sink.publishSettled();
        migrationProgress.tick();
    }

    /** How long until something is due that a tick would do too late. */
    long nanosUntilDue(long most) {
        long now = System.nanoTime();
        return resyncs.nanosUntilDue(now, sink.nanosUntilDue(now, periodicTasks.nanosUntilDue(now, most)));
    }

    /** Whether nothing is under way that every tick looks at. */
    boolean isQuiet() {
        return !resyncs.isComparing()
                && !lookupTimeout.isWaiting()
                && !sink.isWaiting()
                && !migrationProgress.isWaiting()
                && !inventory.isDeparting();
    }

    /** Publishes the current state of every domain. */
    void audit() {
        inventory.audit(clock.now()).forEach(sink::record);
    }

    void receive(LibvirtInput.ConnectionUp up) {
        TrackedConnection connection = connections.up(up);
        resyncs.up(connection);
        sink.publish(connection.connected(clock.now()));
        resyncs.publishKnown(connection);
    }

    void receive(LibvirtInput.ConnectionLost lost) {
        TrackedConnection connection = connections.get(lost.connectionUri());
        if (connection != null) {
            connection.lost();
            resyncs.lost(connection, lost);
        }
        sink.publish(TrackedConnection.disconnected(lost, clock.now()));
    }

    /**
     * Publishes some of what was dropped unreported: which numbers a consumer will never see, and the current state of
     * the domains they were about.
     */
    void reportDropped() {
        DroppedRows dropped = store.unreportedDrops(REPORTED_AT_ONCE);
        Moment now = clock.now();
        if (!dropped.ranges().isEmpty()) {
            sink.publish(new AgentEvent("overflow", true, now, overflow(dropped)));
        }
        for (String subject : dropped.subjects()) {
            inventory.currentState(KnownDomainCodec.domain(subject), now).ifPresent(sink::record);
        }
        sink.reported(dropped);
    }

    private static Map<String, Object> overflow(DroppedRows dropped) {
        List<Map<String, Object>> ranges = new ArrayList<>();
        for (DroppedRows.Range range : dropped.ranges()) {
            Map<String, Object> numbers = new LinkedHashMap<>();
            numbers.put("first", range.first());
            numbers.put("last", range.last());
            ranges.add(numbers);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("ranges", ranges);
        fields.put("dropped", new TreeMap<>(dropped.counts()));
        return fields;
    }
}
