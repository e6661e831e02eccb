package org.vmeventagent.cli;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.ListingState;
import org.vmeventagent.inventory.Resync;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.recorder.LibvirtQueries;
import org.vmeventagent.recorder.ResyncConfig;
import org.vmeventagent.recorder.TrackedConnection;
import org.vmeventagent.recorder.TrackedConnections;
import org.vmeventagent.time.Moment;

/**
 * What libvirt reports, joined with an inventory that lasts as long as this view: no store, no bus. What no event reports, of a driver
 * that is polled or after a loss, is found by comparison. Used by one thread.
 */
final class LiveView {
    /** Shows something as it happens. */
    interface Sink {
        void show(Transition transition, Hypervisor hypervisor, NotificationIds ids);

        /** Shows what befalls the view itself: a connection that is lost or back, events that are missing. */
        default void showAgentEvent(AgentEvent event, Hypervisor hypervisor, NotificationIds ids) {}
    }

    private static final int BATCH = 256;
    private static final Duration LOOKUP_TIMEOUT = Duration.ofMillis(50);

    private final EventQueue queue;
    private final LibvirtQueries queries;
    private final Sink sink;
    private final Inventory inventory = new Inventory();
    private final TrackedConnections connections = new TrackedConnections(List.of());
    private final UUID stream = UUID.randomUUID();
    private long sequence;

    /** @param queries how libvirt is queried */
    LiveView(EventQueue queue, LibvirtQueries queries, Sink sink) {
        this.queue = queue;
        this.queries = queries;
        this.sink = sink;
    }

    /** Shows what comes until {@code done} says so, which is checked at least twice a second. */
    void runUntil(BooleanSupplier done) throws InterruptedException {
        while (!done.getAsBoolean()) {
            for (LibvirtInput input : queue.take(BATCH, 500, TimeUnit.MILLISECONDS)) {
                take(input);
            }
            connections.all().forEach(this::advance);
        }
    }

    private void take(LibvirtInput input) throws InterruptedException {
        if (input instanceof DomainEvent event) {
            take(event);
        } else if (input instanceof DomainListing listing) {
            take(listing);
        } else if (input instanceof LibvirtInput.DomainRecheck recheck) {
            take(recheck);
        } else if (input instanceof LibvirtInput.ConnectionUp up) {
            take(up);
        } else if (input instanceof LibvirtInput.ConnectionLost lost) {
            take(lost);
        } else if (input instanceof LibvirtInput.Overflow) {
            connections.all().forEach(this::missed);
        } else if (input instanceof LibvirtInput.Command command) {
            command.action().run();
        }
    }

    private void take(DomainEvent event) throws InterruptedException {
        TrackedConnection connection = connections.get(event.connectionUri());
        boolean known = connection != null && connection.seeded();
        inventory.apply(event, awaitLookup(event.lookup()), listing(connection)).stream()
                .filter(transition ->
                        known || transition.event() != null) // what it rests on is known by the listing only
                .forEach(this::show);
        if (connection != null) {
            connection.certain(event.observedAt());
            Resync resync = connection.resync();
            if (resync != null) {
                resync.eventReceived(event.uuid());
            }
        }
    }

    private static ListingState listing(@Nullable TrackedConnection connection) {
        if (connection == null || !connection.seeded()) {
            return ListingState.NONE;
        }
        return connection.awaitsListing() ? ListingState.OUTDATED : ListingState.CURRENT;
    }

    private void take(LibvirtInput.ConnectionUp up) {
        TrackedConnection connection = connections.up(up);
        if (connection.isFirst()) {
            connection.certain(Moment.now());
        }
        showAgentEvent(connection.connected(Moment.now()));
    }

    private void take(LibvirtInput.ConnectionLost lost) {
        TrackedConnection connection = connections.get(lost.connectionUri());
        if (connection != null) {
            connection.lost();
        }
        showAgentEvent(TrackedConnection.disconnected(lost, Moment.now()));
    }

    /** The first is what is known; each later one is compared with that. */
    private void take(DomainListing listing) {
        TrackedConnection connection = connections.current(listing.connectionUri(), listing.generation());
        if (connection == null) {
            return;
        }
        connection.listed();
        if (connection.seeded()) {
            connection
                    .resync(inventory, ResyncConfig.DEFAULTS.settle())
                    .listed(listing, false, Moment.now(), System.nanoTime())
                    .forEach(this::show);
        } else {
            listing.domains().forEach(listedDomain -> inventory.adopt(listing, listedDomain));
            connection.seeded(true);
        }
    }

    private void take(LibvirtInput.DomainRecheck recheck) {
        TrackedConnection connection = connections.current(recheck.connectionUri(), recheck.generation());
        Resync resync = connection == null ? null : connection.resync();
        if (resync != null) {
            resync.rechecked(recheck, Moment.now(), System.nanoTime()).forEach(this::show);
        }
    }

    private void missed(TrackedConnection connection) {
        connection.openGap("overflow", connection.certainAt());
        Resync resync = connection.resync();
        if (resync != null) {
            resync.dropped();
        }
        connection.awaitListing();
        queries.list(connection.uri());
    }

    private void advance(TrackedConnection connection) {
        Resync resync = connection.resync();
        if (resync == null) {
            return;
        }
        resync.due(System.nanoTime()).forEach(uuid -> queries.query(connection.uri(), uuid));
        if (resync.isSettled()) {
            connection.endResync();
            TrackedConnection.Gap gap = connection.gap();
            if (gap != null && !connection.awaitsListing()) {
                connection.closeGap();
                showAgentEvent(AgentEvent.gap(
                        connection.uri(),
                        gap.from(),
                        Moment.now(),
                        gap.reason(),
                        resync.compared(),
                        resync.found(),
                        resync.massChange()));
            }
        }
    }

    private void show(Transition transition) {
        DomainKey key = transition.domain().key();
        long previous = inventory.find(key).map(KnownDomain::lastSequence).orElse(0L);
        NotificationIds ids = nextIds(previous);
        inventory.published(key, ids.sequence());
        sink.show(transition, connections.hypervisor(key.connectionUri()), ids);
    }

    private void showAgentEvent(AgentEvent event) {
        sink.showAgentEvent(event, connections.hypervisor(event), nextIds(0));
    }

    private NotificationIds nextIds(long previous) {
        sequence++;
        return new NotificationIds(stream, sequence, previous, UUID.randomUUID(), UUID.randomUUID(), false);
    }

    private static @Nullable LookupResult awaitLookup(@Nullable CompletableFuture<LookupResult> lookup)
            throws InterruptedException {
        if (lookup == null) {
            return null;
        }
        try {
            return lookup.get(LOOKUP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException | CancellationException e) {
            return null; // shown without identity rather than late
        }
    }
}
