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
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.HeardQueue;
import org.vmeventagent.event.Look;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.ListingState;
import org.vmeventagent.inventory.Origin;
import org.vmeventagent.inventory.Resync;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentNews;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.notification.Stamp;
import org.vmeventagent.recorder.Connections;
import org.vmeventagent.recorder.Questions;
import org.vmeventagent.recorder.ResyncConfig;
import org.vmeventagent.time.Moment;

/**
 * What is heard, joined with an inventory that lasts as long as this view: no store, no bus. What nobody told, of a driver
 * that is polled or after a loss, is found by comparison. Used by one thread.
 */
final class LiveView {
    /** Shows something as it happens. */
    interface Sink {
        void show(Transition transition, Hypervisor hypervisor, Stamp stamp);

        /** Shows what befalls the view itself: a connection that is lost or back, events that are missing. */
        default void tell(AgentNews news, Hypervisor hypervisor, Stamp stamp) {}
    }

    private static final int BATCH = 256;
    private static final Duration LOOK_TIMEOUT = Duration.ofMillis(50);

    private final HeardQueue queue;
    private final Questions questions;
    private final Sink sink;
    private final Inventory inventory = new Inventory();
    private final Connections connections = new Connections();
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

    /** @param questions how libvirt is asked */
    LiveView(HeardQueue queue, Questions questions, Sink sink) {
        this.queue = queue;
        this.questions = questions;
        this.sink = sink;
    }

    /** Shows what is heard until told otherwise; asks at least twice a second. */
    void runUntil(BooleanSupplier done) throws InterruptedException {
        while (!done.getAsBoolean()) {
            for (Heard heard : queue.take(BATCH, 500, TimeUnit.MILLISECONDS)) {
                take(heard);
            }
            watched.forEach(this::advance);
        }
    }

    private void take(Heard heard) throws InterruptedException {
        if (heard instanceof DomainEvent event) {
            take(event);
        } else if (heard instanceof Snapshot snapshot) {
            take(snapshot);
        } else if (heard instanceof Heard.Answer answer) {
            take(answer);
        } else if (heard instanceof Heard.ConnectionUp up) {
            take(up);
        } else if (heard instanceof Heard.ConnectionLost lost) {
            connections.lost(lost);
            tell(new AgentNews("disconnected", false, Moment.now(), Connections.fields(lost)));
        } else if (heard instanceof Heard.Overflow) {
            watched.forEach(this::missed);
        } else if (heard instanceof Heard.Command command) {
            command.action().run();
        }
    }

    private void take(DomainEvent event) throws InterruptedException {
        Watched connection = watched.get(event.connectionUri());
        boolean known = connection != null && connection.listed;
        inventory.apply(event, answer(event.look()), listing(connection)).stream()
                .filter(transition ->
                        known || transition.event() != null) // what it rests on is known by the listing only
                .forEach(this::show);
        if (connection != null) {
            connection.complete = event.observedAt();
            if (connection.resync != null) {
                connection.resync.heard(event.uuid());
            }
        }
    }

    private static ListingState listing(@Nullable Watched connection) {
        if (connection == null || !connection.listed) {
            return ListingState.NONE;
        }
        return connection.awaitsListing ? ListingState.OUTDATED : ListingState.CURRENT;
    }

    private void take(Heard.ConnectionUp up) {
        Watched connection = watched.computeIfAbsent(up.connectionUri(), uri -> new Watched());
        connection.polled = up.registered() == 0;
        connection.resync = null;
        connection.awaitsListing = true;
        Map<String, Object> fields = connections.fields(up);
        connections.up(up);
        tell(new AgentNews("connected", false, Moment.now(), fields));
    }

    /** The first is what is known; each later one is compared with that. */
    private void take(Snapshot snapshot) {
        Watched connection = watched.get(snapshot.connectionUri());
        if (connection == null || !connections.isCurrent(snapshot.connectionUri(), snapshot.generation())) {
            return;
        }
        connection.awaitsListing = false;
        if (connection.listed) {
            resync(snapshot.connectionUri(), connection)
                    .listed(snapshot, false, Moment.now(), System.nanoTime())
                    .forEach(this::show);
        } else {
            snapshot.domains().forEach(seen -> inventory.adopt(snapshot, seen));
            connection.listed = true;
        }
    }

    private void take(Heard.Answer answer) {
        Watched connection = watched.get(answer.connectionUri());
        if (connection != null
                && connection.resync != null
                && connections.isCurrent(answer.connectionUri(), answer.generation())) {
            connection.resync.answered(answer, Moment.now(), System.nanoTime()).forEach(this::show);
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
        questions.list(uri);
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
        resync.due(System.nanoTime()).forEach(uuid -> questions.ask(uri, uuid));
        if (resync.isSettled()) {
            connection.resync = null;
            if (connection.missingSince != null && !connection.awaitsListing) {
                Moment since = connection.missingSince;
                connection.missingSince = null;
                tell(AgentNews.gap(
                        uri, since, Moment.now(), "overflow", resync.compared(), resync.found(), resync.massChange()));
            }
        }
    }

    private void show(Transition transition) {
        DomainKey key = transition.domain().key();
        long previous = inventory.find(key).map(KnownDomain::lastSequence).orElse(0L);
        Stamp stamp = stamp(previous);
        inventory.published(key, stamp.sequence());
        sink.show(transition, connections.hypervisor(key.connectionUri()), stamp);
    }

    private void tell(AgentNews news) {
        sink.tell(news, connections.hypervisor(news), stamp(0));
    }

    private Stamp stamp(long previous) {
        sequence++;
        return new Stamp(stream, sequence, previous, UUID.randomUUID(), UUID.randomUUID(), false);
    }

    private static @Nullable Look answer(@Nullable Future<Look> look) throws InterruptedException {
        if (look == null) {
            return null;
        }
        try {
            return look.get(LOOK_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException | CancellationException e) {
            return null; // shown without identity rather than late
        }
    }
}
