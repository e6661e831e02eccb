package org.vmeventagent.cli;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
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
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.notification.Stamp;

/** What is heard, joined with an inventory that lasts as long as this view: no store, no bus. Used by one thread. */
final class LiveView {
    /** Shows one transition as it happened. */
    interface Sink {
        void show(Transition transition, Hypervisor hypervisor, Stamp stamp);
    }

    private static final int BATCH = 256;
    private static final Duration LOOK_TIMEOUT = Duration.ofMillis(50);

    private final HeardQueue queue;
    private final Sink sink;
    private final Inventory inventory = new Inventory();
    private final Map<String, Hypervisor> hypervisors = new HashMap<>();
    /** Connections whose domains are known; what an event before that rests on is not shown. */
    private final Set<String> listed = new HashSet<>();

    private final UUID stream = UUID.randomUUID();
    private long sequence;

    LiveView(HeardQueue queue, Sink sink) {
        this.queue = queue;
        this.sink = sink;
    }

    /** Shows what is heard until told otherwise; asks at least twice a second. */
    void runUntil(BooleanSupplier done) throws InterruptedException {
        while (!done.getAsBoolean()) {
            for (Heard heard : queue.take(BATCH, 500, TimeUnit.MILLISECONDS)) {
                take(heard);
            }
        }
    }

    private void take(Heard heard) throws InterruptedException {
        if (heard instanceof DomainEvent event) {
            boolean known = listed.contains(event.connectionUri());
            inventory.apply(event, answer(event.look()), known ? ListingState.CURRENT : ListingState.NONE).stream()
                    .filter(transition -> known || transition.event() != null)
                    .forEach(this::show);
        } else if (heard instanceof Snapshot snapshot) {
            listed.add(snapshot.connectionUri());
            snapshot.domains().forEach(seen -> inventory.adopt(snapshot, seen));
        } else if (heard instanceof Heard.ConnectionUp up) {
            listed.remove(up.connectionUri());
            hypervisors.put(up.connectionUri(), new Hypervisor(up.hypervisor(), up.node()));
        } else if (heard instanceof Heard.Command command) {
            command.action().run();
        }
    }

    private void show(Transition transition) {
        DomainKey key = transition.domain().key();
        long previous = inventory.find(key).map(KnownDomain::lastSequence).orElse(0L);
        sequence++;
        inventory.published(key, sequence);
        Hypervisor hypervisor = hypervisors.getOrDefault(key.connectionUri(), Hypervisor.UNKNOWN);
        sink.show(
                transition,
                hypervisor,
                new Stamp(stream, sequence, previous, UUID.randomUUID(), UUID.randomUUID(), false));
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
