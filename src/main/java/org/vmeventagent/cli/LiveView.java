package org.vmeventagent.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
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
import org.vmeventagent.inventory.Origin;
import org.vmeventagent.inventory.Resync;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.recorder.ConnectionDescriptions;
import org.vmeventagent.recorder.LibvirtQueries;
import org.vmeventagent.recorder.ResyncConfig;
import org.vmeventagent.time.Moment;

/**
 * What is heard, joined with an inventory that lasts as long as this view: no store, no bus. What nobody told, of a driver
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
    private final ConnectionDescriptions connectionDescriptions = new ConnectionDescriptions();
    private final Map<String, Watched> watched = new LinkedHashMap<>();
    private final UUID stream = UUID.randomUUID();
    private long sequence;

    /** One connection. */
    private static final class Watched {
        private boolean polled;
        private boolean listed;
        private @Nullable Resync resync;

        /** When something was heard last, as long as no event is missing; and since when some are. */
        private Moment complete = Moment.now();

        private @Nullable Moment missingSince;
        private boolean awaitsListing;
    }

    /** @param queries how libvirt is asked */
    LiveView(EventQueue queue, LibvirtQueries queries, Sink sink) {
        this.queue = queue;
        this.queries = queries;
        this.sink = sink;
    }

    /** Shows what is heard until told otherwise; asks at least twice a second. */
    void runUntil(BooleanSupplier done) throws InterruptedException {
        while (!done.getAsBoolean()) {
            for (LibvirtInput input : queue.take(BATCH, 500, TimeUnit.MILLISECONDS)) {
                take(input);
            }
            watched.forEach(this::advance);
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
            connectionDescriptions.lost(lost);
            showAgentEvent(new AgentEvent("disconnected", false, Moment.now(), ConnectionDescriptions.fields(lost)));
        } else if (input instanceof LibvirtInput.Overflow) {
            watched.forEach(this::missed);
        } else if (input instanceof LibvirtInput.Command command) {
            command.action().run();
        }
    }

    private void take(DomainEvent event) throws InterruptedException {
        Watched connection = watched.get(event.connectionUri());
        boolean known = connection != null && connection.listed;
        inventory.apply(event, awaitLookup(event.lookup()), listing(connection)).stream()
                .filter(transition ->
                        known || transition.event() != null) // what it rests on is known by the listing only
                .forEach(this::show);
        if (connection != null) {
            connection.complete = event.observedAt();
            if (connection.resync != null) {
                connection.resync.eventReceived(event.uuid());
            }
        }
    }

    private static ListingState listing(@Nullable Watched connection) {
        if (connection == null || !connection.listed) {
            return ListingState.NONE;
        }
        return connection.awaitsListing ? ListingState.OUTDATED : ListingState.CURRENT;
    }

    private void take(LibvirtInput.ConnectionUp up) {
        Watched connection = watched.computeIfAbsent(up.connectionUri(), uri -> new Watched());
        connection.polled = up.registered() == 0;
        connection.resync = null;
        connection.awaitsListing = true;
        Map<String, Object> fields = connectionDescriptions.fields(up);
        connectionDescriptions.up(up);
        showAgentEvent(new AgentEvent("connected", false, Moment.now(), fields));
    }

    /** The first is what is known; each later one is compared with that. */
    private void take(DomainListing listing) {
        Watched connection = watched.get(listing.connectionUri());
        if (connection == null || !connectionDescriptions.isCurrent(listing.connectionUri(), listing.generation())) {
            return;
        }
        connection.awaitsListing = false;
        if (connection.listed) {
            resync(listing.connectionUri(), connection)
                    .listed(listing, false, Moment.now(), System.nanoTime())
                    .forEach(this::show);
        } else {
            listing.domains().forEach(listedDomain -> inventory.adopt(listing, listedDomain));
            connection.listed = true;
        }
    }

    private void take(LibvirtInput.DomainRecheck recheck) {
        Watched connection = watched.get(recheck.connectionUri());
        if (connection != null
                && connection.resync != null
                && connectionDescriptions.isCurrent(recheck.connectionUri(), recheck.generation())) {
            connection
                    .resync
                    .rechecked(recheck, Moment.now(), System.nanoTime())
                    .forEach(this::show);
        }
    }

    private void missed(String uri, Watched connection) {
        if (connection.missingSince == null) {
            connection.missingSince = connection.complete;
        }
        if (connection.resync != null) {
            connection.resync.dropped();
        }
        connection.awaitsListing = true;
        queries.list(uri);
    }

    private Resync resync(String uri, Watched connection) {
        Resync resync = connection.resync;
        if (resync == null) {
            resync = new Resync(
                    inventory,
                    uri,
                    connection.polled ? Origin.POLL : Origin.RESYNC,
                    connection.polled ? Duration.ZERO : ResyncConfig.DEFAULTS.settle());
            connection.resync = resync;
        }
        return resync;
    }

    private void advance(String uri, Watched connection) {
        Resync resync = connection.resync;
        if (resync == null) {
            return;
        }
        resync.due(System.nanoTime()).forEach(uuid -> queries.query(uri, uuid));
        if (resync.isSettled()) {
            connection.resync = null;
            if (connection.missingSince != null && !connection.awaitsListing) {
                Moment since = connection.missingSince;
                connection.missingSince = null;
                showAgentEvent(AgentEvent.gap(
                        uri, since, Moment.now(), "overflow", resync.compared(), resync.found(), resync.massChange()));
            }
        }
    }

    private void show(Transition transition) {
        DomainKey key = transition.domain().key();
        long previous = inventory.find(key).map(KnownDomain::lastSequence).orElse(0L);
        NotificationIds ids = nextIds(previous);
        inventory.published(key, ids.sequence());
        sink.show(transition, connectionDescriptions.hypervisor(key.connectionUri()), ids);
    }

    private void showAgentEvent(AgentEvent event) {
        sink.showAgentEvent(event, connectionDescriptions.hypervisor(event), nextIds(0));
    }

    private NotificationIds nextIds(long previous) {
        sequence++;
        return new NotificationIds(stream, sequence, previous, UUID.randomUUID(), UUID.randomUUID(), false);
    }

    private static @Nullable LookupResult awaitLookup(@Nullable Future<LookupResult> lookup)
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
