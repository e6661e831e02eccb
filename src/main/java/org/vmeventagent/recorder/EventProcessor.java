package org.vmeventagent.recorder;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.KnownDomainCodec;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.Notification;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.store.DropPriority;
import org.vmeventagent.store.DroppedRows;
import org.vmeventagent.store.InventoryRow;
import org.vmeventagent.store.OutboxEntry;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/**
 * Makes notifications of what was heard: joins it with the inventory, filters, numbers and writes it, and notes all of
 * it on the page that the next commit takes. Nothing here is on disk. The recorder's thread owns it.
 */
final class EventProcessor implements ResyncCoordinator.TransitionSink {
    private static final Logger log = LoggerFactory.getLogger(EventProcessor.class);

    /** Appliances of libguestfs: no instances, gone in seconds, with a new UUID each time. */
    private static final String APPLIANCE = "guestfs-";

    /** Domains of which the truth is told in one commit. */
    private static final int REPORTED_AT_ONCE = 256;

    /** Commits the page, which is full, and turns it. */
    private final Runnable commitFull;

    private final Store store;
    private final Inventory inventory;
    private final ConnectionDescriptions connectionDescriptions = new ConnectionDescriptions();
    private final PendingLookups lookups;
    private final NotificationWriter writer;
    private final AgentClock clock;
    private final SequenceNumbers sequenceNumbers;
    private final RecorderListener listener;
    private final ResyncCoordinator resyncs;
    private final GuestRateLimiter rateLimiter;
    private final PeriodicTasks periodicTasks;
    private PublishFilter filter;
    private PendingBatch batch = new PendingBatch();

    EventProcessor(
            RecorderConfig config,
            Store store,
            NotificationWriter writer,
            PublishFilter filter,
            AgentClock clock,
            Supplier<UUID> ids,
            LibvirtQueries queries,
            PreviousRun previousRun,
            RecorderListener listener,
            Runnable commitFull) {
        this.commitFull = commitFull;
        this.store = store;
        this.inventory = new Inventory(kept(store, clock));
        this.lookups = new PendingLookups(config.lookupTimeout(), config.lookupPause(), listener);
        this.writer = writer;
        this.filter = filter;
        this.clock = clock;
        this.sequenceNumbers = new SequenceNumbers(store, ids, clock);
        this.listener = listener;
        this.resyncs = new ResyncCoordinator(config.resync(), store, inventory, queries, previousRun, clock);
        this.rateLimiter = new GuestRateLimiter(config.budget());
        this.periodicTasks = new PeriodicTasks(config.resync(), inventory, store, clock);
    }

    private static Collection<KnownDomain> kept(Store store, AgentClock clock) {
        List<KnownDomain> domains = new ArrayList<>();
        for (InventoryRow row : store.inventory()) {
            try {
                domains.add(KnownDomainCodec.read(
                        row.key(), row.domain(), row.metadata() == null ? "" : row.metadata(), clock));
            } catch (IllegalArgumentException e) {
                log.warn("What is kept of domain {} can't be read and is begun anew: {}", row.key(), e.getMessage());
            }
        }
        return domains;
    }

    /** Begins a run: what the one before left open stays open. */
    void begin() {
        resyncs.begin(this);
    }

    void filter(PublishFilter newFilter) {
        filter = newFilter;
    }

    void receive(DomainEvent event) {
        if (event.name().startsWith(APPLIANCE)) {
            return;
        }
        DomainKey key = new DomainKey(event.connectionUri(), event.uuid());
        KnownDomain before = inventory.find(key).orElse(null);
        List<Transition> transitions = inventory.apply(event, lookups.to(event), resyncs.listing(event));
        for (Transition transition : transitions) {
            KnownDomain told = before == null ? transition.domain() : before;
            keep(transition);
            rateLimiter.admit(transition, told, System.nanoTime()).forEach(this::publish);
            before = transition.domain();
        }
        resyncs.eventReceived(event, transitions);
    }

    /** Compares a listing with what is known. */
    void receive(DomainListing listing) {
        if (!connectionDescriptions.isCurrent(listing.connectionUri(), listing.generation())) {
            log.debug("A listing of {} came after its connection and is ignored", listing.connectionUri());
            return;
        }
        List<DomainListing.ListedDomain> domains = listing.domains().stream()
                .filter(listedDomain -> !listedDomain.name().startsWith(APPLIANCE))
                .toList();
        domains.forEach(listedDomain -> lookups.forget(new DomainKey(listing.connectionUri(), listedDomain.uuid())));
        resyncs.listed(
                new DomainListing(
                        listing.connectionUri(),
                        listing.generation(),
                        listing.askedAt(),
                        domains,
                        listing.unanswered()),
                this);
    }

    void receive(LibvirtInput.ListingLate late) {
        if (connectionDescriptions.isCurrent(late.connectionUri(), late.generation())) {
            resyncs.listingLate(late);
        }
    }

    void receive(LibvirtInput.DomainRecheck recheck) {
        if (connectionDescriptions.isCurrent(recheck.connectionUri(), recheck.generation())) {
            resyncs.rechecked(recheck, this);
        }
    }

    /** Events are missing in the queue. */
    void overflowed() {
        resyncs.overflowed(this);
    }

    /** What is due by the clock. */
    void tick() {
        resyncs.tick(this);
        periodicTasks.tick(this);
        lookups.arrived().forEach((key, lookup) -> inventory.learn(key, lookup).ifPresent(this::record));
        rateLimiter.due(System.nanoTime()).forEach(this::publish);
    }

    /** How long until something is due that a tick would do too late. */
    long nanosUntilDue(long most) {
        long now = System.nanoTime();
        return resyncs.nanosUntilDue(now, rateLimiter.nanosUntilDue(now, most));
    }

    /** The whole truth about every domain. */
    void audit() {
        inventory.audit(clock.now()).forEach(this::record);
    }

    @Override
    public void publishSuppressed() {
        rateLimiter.all().forEach(this::publish);
    }

    void receive(LibvirtInput.ConnectionUp up) {
        Map<String, Object> fields = connectionDescriptions.fields(up);
        connectionDescriptions.up(up);
        resyncs.up(up);
        publish(new AgentEvent("connected", false, clock.now(), fields));
    }

    void receive(LibvirtInput.ConnectionLost lost) {
        connectionDescriptions.lost(lost);
        resyncs.lost(lost, this);
        publish(new AgentEvent("disconnected", false, clock.now(), ConnectionDescriptions.fields(lost)));
    }

    /**
     * Settles some of what the store owes: says which numbers a consumer will never see, and tells the whole truth about
     * the domains they were about.
     */
    void reportDropped() {
        DroppedRows dropped = store.unreportedDrops(REPORTED_AT_ONCE);
        Moment now = clock.now();
        if (!dropped.ranges().isEmpty()) {
            publish(new AgentEvent("overflow", true, now, overflow(dropped)));
        }
        for (String subject : dropped.subjects()) {
            inventory.currentState(KnownDomainCodec.domain(subject), now).ifPresent(this::record);
        }
        batch.reported(dropped);
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

    @Override
    public void publish(AgentEvent event) {
        if (!filter.accepts(event)) {
            listener.filtered();
            return;
        }
        NotificationIds ids = sequenceNumbers.next(0, event.observedAt());
        DropPriority dropPriority = event.name().equals("overflow") ? DropPriority.NEVER : DropPriority.AGENT;
        add(
                ids,
                writer.write(event, connectionDescriptions.hypervisor(event), ids),
                dropPriority,
                "agent." + event.name(),
                null);
        sequenceNumbers.taken(ids, event.observedAt());
    }

    /** What was noted since the page before. */
    PendingBatch drain() {
        PendingBatch full = batch;
        batch = new PendingBatch();
        return full;
    }

    SequenceNumbers sequenceNumbers() {
        return sequenceNumbers;
    }

    /** Tells a transition that no event told; budgets are for what a guest can do. */
    @Override
    public void record(Transition transition) {
        keep(transition);
        rateLimiter.admit(transition, transition.domain(), System.nanoTime()).forEach(this::publish);
        commitIfFull();
    }

    @Override
    public void count(String name, long value) {
        batch.count(name, value);
    }

    @Override
    public void forget(List<DomainKey> domains) {
        batch.forget(domains);
    }

    /** The state is kept also where the notification can't be written: the inventory on disk is the one in memory. */
    private void keep(Transition transition) {
        keep(transition.domain().key(), transition.freshMetadata());
    }

    private void keep(DomainKey key, @Nullable String freshMetadata) {
        inventory.find(key).ifPresent(domain -> batch.keep(rateLimiter.kept(domain), freshMetadata));
    }

    private void publish(Transition transition) {
        if (!filter.accepts(transition)) {
            listener.filtered();
            return;
        }
        DomainKey key = transition.domain().key();
        long previous = inventory.find(key).map(KnownDomain::lastSequence).orElse(0L);
        NotificationIds ids = sequenceNumbers.next(previous, transition.observedAt());
        add(
                ids,
                writer.write(transition, connectionDescriptions.hypervisor(key.connectionUri()), ids),
                transition.changesState() ? DropPriority.STATE : DropPriority.DETAIL,
                transition.name(),
                KnownDomainCodec.key(key));
        sequenceNumbers.taken(ids, transition.observedAt());
        inventory.published(key, ids.sequence());
        keep(key, null);
        commitIfFull();
    }

    /** Between two notifications; what is kept of their domains goes with each. */
    private void commitIfFull() {
        if (batch.isFull()) {
            commitFull.run();
        }
    }

    private void add(
            NotificationIds ids,
            Notification notification,
            DropPriority dropPriority,
            String name,
            @Nullable String subject) {
        OutboxRow row = new OutboxRow(
                ids.sequence(), notification.priority(), ids.messageId().toString(), clock.ran(), notification.body());
        batch.add(new OutboxEntry(row, dropPriority, name, subject));
    }
}
