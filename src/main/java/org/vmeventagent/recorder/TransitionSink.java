package org.vmeventagent.recorder;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.inventory.Cause;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.Interruption;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.KnownDomainCodec;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.Notification;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.store.ConnectionRow;
import org.vmeventagent.store.DropPriority;
import org.vmeventagent.store.DroppedRows;
import org.vmeventagent.store.OutboxEntry;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/**
 * Takes what is to be published, whoever found it: limits its rate, filters it, numbers and writes it, and adds it with the
 * state of its domain to the batch that the next commit takes. Nothing here is on disk. The recorder's thread owns it.
 */
final class TransitionSink {
    /** Between two queries about migrations, after the first about each. */
    private static final Duration QUERY_PAUSE = Duration.ofMillis(500);

    private final Inventory inventory;
    private final LibvirtQueries queries;
    private final TrackedConnections connections;
    private final NotificationWriter writer;
    private final AgentClock clock;
    private final SequenceNumbers sequenceNumbers;
    private final GuestRateLimiter rateLimiter;
    private final AgentMetrics metrics;
    /** Commits the batch, which is full, and begins the next. */
    private final Runnable commitFull;

    /**
     * Domains that run, but may only have been started to be paused until their ports are there, and those that have
     * arrived, about whose migration libvirt has not answered.
     */
    private final Set<DomainKey> unsettled = new LinkedHashSet<>();

    /** When libvirt was queried about a migration last, by {@link System#nanoTime}. */
    private long queriedAt = System.nanoTime();

    private PublishFilter filter;
    private boolean summarizes;
    private PendingBatch batch = new PendingBatch();

    TransitionSink(
            RecorderConfig config,
            Store store,
            Inventory inventory,
            LibvirtQueries queries,
            TrackedConnections connections,
            NotificationWriter writer,
            PublishFilter filter,
            AgentClock clock,
            Supplier<UUID> ids,
            AgentMetrics metrics,
            Runnable commitFull) {
        this.inventory = inventory;
        this.queries = queries;
        this.connections = connections;
        this.writer = writer;
        this.filter = filter;
        this.clock = clock;
        this.sequenceNumbers = new SequenceNumbers(store, ids, clock);
        this.rateLimiter = new GuestRateLimiter(
                config.budget(),
                transition -> this.filter
                        .rule(transition)
                        .budget()
                        .orElse(config.budget().other()));
        this.metrics = metrics;
        this.commitFull = commitFull;
        this.summarizes = filter.acceptsSummaries();
        inventory.domains().forEach(domain -> noteUnsettled(domain.key()));
    }

    /** Publishes by this filter from now on. */
    void filter(PublishFilter newFilter) {
        filter = newFilter;
        summarizes = newFilter.acceptsSummaries();
    }

    /** Whether notifications of this name are published. */
    boolean wants(String name) {
        return filter.events().contains(name);
    }

    /**
     * A transition that an event brought.
     *
     * @param before the domain as it was published last, as far as this run knows
     */
    void record(Transition transition, KnownDomain before) {
        List<Transition> summaries = summaries(transition);
        keep(transition);
        rateLimiter.admit(transition, before, System.nanoTime()).forEach(this::publish);
        summaries.forEach(this::admit);
    }

    /** A transition that no event brought. Budgets don't apply to it: they are for what a guest can do. */
    void record(Transition transition) {
        record(transition, transition.domain());
        commitIfFull();
    }

    /** Publishes what is over of domains that were started, or have arrived, a while ago and raised nothing since. */
    void publishSettled() {
        if (!summarizes || unsettled.isEmpty()) {
            return;
        }
        Moment now = clock.now();
        boolean again = System.nanoTime() - queriedAt >= QUERY_PAUSE.toNanos();
        for (DomainKey key : List.copyOf(unsettled)) {
            List<Transition> settled = inventory.settled(key, now);
            if (!settled.isEmpty()) {
                keep(key, null);
                settled.forEach(this::admit);
            } else if (again) {
                queryMigration(key);
            }
            noteUnsettled(key);
        }
    }

    /** Of a domain that has arrived: libvirt knows the figures only some milliseconds after the event. */
    private void queryMigration(DomainKey key) {
        if (inventory.find(key).filter(Interruption::awaitsFigures).isPresent()) {
            queries.queryJob(key.connectionUri(), key.uuid(), true);
            queriedAt = System.nanoTime();
        }
    }

    /** Publishes that a domain has arrived, with what libvirt answered about its migration. */
    void publishMoved(DomainKey key, Map<String, Object> job) {
        List<Transition> moved = inventory.moved(key, job);
        if (!moved.isEmpty()) {
            keep(key, null);
            moved.forEach(this::admit);
            noteUnsettled(key);
        }
    }

    private List<Transition> summaries(Transition transition) {
        DomainKey key = transition.domain().key();
        if (!summarizes) {
            if (transition.domain().interruption() != null) {
                inventory.uninterrupted(key);
            }
            return List.of();
        }
        List<Transition> summaries = inventory.summaries(transition);
        noteUnsettled(key);
        if (transition.cause() == Cause.MIGRATED_IN) {
            queryMigration(key);
        }
        return summaries;
    }

    private void noteUnsettled(DomainKey key) {
        if (inventory.find(key).filter(Interruption::awaitsTime).isPresent()) {
            unsettled.add(key);
        } else {
            unsettled.remove(key);
        }
    }

    private void admit(Transition summary) {
        rateLimiter.admit(summary, summary.domain(), System.nanoTime()).forEach(this::publish);
        commitIfFull();
    }

    /** Returns what names the notification; empty where the filter leaves it out. */
    Optional<NotificationIds> publish(AgentEvent event) {
        if (!filter.accepts(event)) {
            metrics.filtered();
            return Optional.empty();
        }
        FilterRule rule = filter.rule(event);
        NotificationIds ids = sequenceNumbers.next(0, event.observedAt());
        add(
                ids,
                writer.write(event, connections.hypervisor(event), ids, rule.severity()),
                rule.topic(),
                event.observedAt(),
                DropPriority.ofAgentEvent(event.name().equals("overflow")),
                "agent." + event.name(),
                null);
        sequenceNumbers.taken(ids, event.observedAt());
        metrics.agentEventRecorded(event.name());
        return Optional.of(ids);
    }

    /** Publishes what a guest's budget holds back, all of it. */
    void publishSuppressed() {
        rateLimiter.all().forEach(this::publish);
    }

    /** Publishes what a guest's budget holds back no longer. */
    void publishDue() {
        rateLimiter.due(System.nanoTime()).forEach(this::publish);
    }

    /** Whether a domain may have settled before long. */
    boolean isWaiting() {
        return !unsettled.isEmpty();
    }

    /** How long until {@link #publishDue} has something to publish, {@code most} at most. */
    long nanosUntilDue(long now, long most) {
        return rateLimiter.nanosUntilDue(now, most);
    }

    /** Keeps what is known of a connection. */
    void keep(ConnectionRow row) {
        batch.keep(row);
    }

    /** Keeps what is known of a domain, of which there is nothing to publish. */
    void keep(DomainKey key) {
        keep(key, null);
        commitIfFull();
    }

    /** Deletes what is kept of these domains. */
    void forget(List<DomainKey> domains) {
        batch.forget(domains);
    }

    /** What was published by now reports these drops. */
    void reported(DroppedRows dropped) {
        batch.reported(dropped);
    }

    /** What the next commit is to contain; what comes from now on belongs to the one after it. */
    PendingBatch drain() {
        PendingBatch full = batch;
        batch = new PendingBatch();
        return full;
    }

    SequenceNumbers sequenceNumbers() {
        return sequenceNumbers;
    }

    private void publish(Transition transition) {
        if (!filter.accepts(transition)) {
            metrics.filtered();
            return;
        }
        FilterRule rule = filter.rule(transition);
        DomainKey key = transition.domain().key();
        long previous = inventory.find(key).map(KnownDomain::lastSequence).orElse(0L);
        NotificationIds ids = sequenceNumbers.next(previous, transition.observedAt());
        add(
                ids,
                writer.write(transition, connections.hypervisor(key.connectionUri()), ids, rule.severity()),
                rule.topic(),
                transition.observedAt(),
                DropPriority.ofTransition(transition.changesState()),
                transition.name(),
                KnownDomainCodec.key(key));
        sequenceNumbers.taken(ids, transition.observedAt());
        inventory.published(key, ids.sequence());
        keep(key, null);
        count(transition);
        commitIfFull();
    }

    private void count(Transition transition) {
        Cause cause = transition.cause();
        metrics.transitionRecorded(
                transition.name(),
                cause == null ? "" : cause.text(),
                transition.origin().text());
        if (transition.merged() > 0) {
            metrics.suppressed(transition.name(), transition.merged());
        }
    }

    /** The state is kept also where the notification can't be written: the inventory on disk is the one in memory. */
    private void keep(Transition transition) {
        keep(transition.domain().key(), transition.identified().freshMetadata());
    }

    private void keep(DomainKey key, @Nullable String freshMetadata) {
        inventory.find(key).ifPresent(domain -> batch.keep(rateLimiter.kept(domain), freshMetadata));
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
            @Nullable String topic,
            Moment observedAt,
            DropPriority dropPriority,
            String name,
            @Nullable String subject) {
        OutboxRow row = new OutboxRow(
                ids.sequence(),
                notification.priority(),
                topic,
                ids.messageId().toString(),
                clock.ranAt(observedAt),
                notification.body());
        batch.add(new OutboxEntry(row, dropPriority, name, subject));
    }
}
