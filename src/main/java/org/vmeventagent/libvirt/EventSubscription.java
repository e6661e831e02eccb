package org.vmeventagent.libvirt;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.event.LifecycleEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.time.Moment;

/**
 * Where the callbacks of one connection go. In the queue, {@link LibvirtInput.ConnectionUp} stands before every event of its
 * generation and {@link LibvirtInput.ConnectionLost} behind: events heard before {@link #announce} are held, those after
 * {@link #end} are dropped.
 *
 * <p>Events come on the event loop thread; announce and end are called by the connection's. The lock is held for
 * microseconds.
 */
final class EventSubscription {
    /** Registering takes some 0.1 s; more than this in that time is told as an overflow. */
    private static final int MAX_BUFFERED = 4096;

    private static final AtomicLong GENERATIONS = new AtomicLong();
    private static final Map<Long, EventSubscription> LIVE = new ConcurrentHashMap<>();

    private enum Gate {
        BUFFERING,
        OPEN,
        ENDED
    }

    private final long generation = GENERATIONS.incrementAndGet();
    private final String uri;
    private final EventQueue queue;
    private final MetadataLookups lookups;
    private final List<DomainEvent> buffered = new ArrayList<>();
    private long notBuffered;
    private Gate gate = Gate.BUFFERING;

    private EventSubscription(String uri, EventQueue queue, MetadataLookups lookups) {
        this.uri = uri;
        this.queue = queue;
        this.lookups = lookups;
    }

    /** A new generation, which callbacks find from now on until {@link #end}. */
    static EventSubscription begin(String uri, EventQueue queue, MetadataLookups lookups) {
        EventSubscription eventSubscription = new EventSubscription(uri, queue, lookups);
        LIVE.put(eventSubscription.generation, eventSubscription);
        return eventSubscription;
    }

    static @Nullable EventSubscription of(long generation) {
        return LIVE.get(generation);
    }

    long generation() {
        return generation;
    }

    String uri() {
        return uri;
    }

    /** The generation as a callback's opaque value: a number, never followed as a pointer. */
    Pointer opaque() {
        return new Pointer(generation);
    }

    void lifecycle(Pointer domain, int type, int detail) {
        received(
                domain,
                EventKind.LIFECYCLE,
                LifecycleEvent.TYPES.of(type),
                LifecycleEvent.detail(type, detail),
                Map.of());
    }

    void received(Pointer domain, EventKind kind, Map<String, Object> attributes) {
        received(domain, kind, null, null, attributes);
    }

    private void received(
            Pointer domain,
            EventKind kind,
            @Nullable EnumValue type,
            @Nullable EnumValue detail,
            Map<String, Object> attributes) {
        Moment observedAt = Moment.now();
        UUID uuid = uuid(domain);
        Future<LookupResult> lookup = lookups.startIfDue(domain, uuid, kind, type, detail);
        pass(new DomainEvent(
                uri,
                generation,
                uuid,
                DomainReader.name(domain),
                NativeLibvirt.virDomainGetID(domain),
                kind,
                type,
                detail,
                attributes,
                observedAt,
                lookup));
    }

    /** An event was lost on its way here; the reader must compare. */
    synchronized void missed() {
        if (gate == Gate.OPEN) {
            queue.put(new LibvirtInput.Overflow(1));
        } else {
            notBuffered++;
        }
    }

    private synchronized void pass(DomainEvent event) {
        if (gate == Gate.OPEN) {
            queue.offer(event);
        } else if (gate == Gate.BUFFERING) {
            if (buffered.size() < MAX_BUFFERED) {
                buffered.add(event);
            } else {
                notBuffered++;
            }
        }
    }

    /** Puts the connection into the queue, then what was heard meanwhile; from now on events go straight there. */
    synchronized void announce(String hypervisor, String node, int registered) {
        queue.put(new LibvirtInput.ConnectionUp(uri, generation, hypervisor, node, registered));
        buffered.forEach(queue::offer);
        buffered.clear();
        if (notBuffered > 0) {
            queue.put(new LibvirtInput.Overflow(notBuffered));
        }
        gate = Gate.OPEN;
    }

    /** The connection is over; nothing of this generation follows. Nothing is told of one that was never announced. */
    void end(String reason, Moment since) {
        LIVE.remove(generation);
        synchronized (this) {
            if (gate == Gate.OPEN) {
                queue.put(new LibvirtInput.ConnectionLost(uri, generation, reason, since));
            }
            gate = Gate.ENDED;
            buffered.clear();
        }
    }

    static UUID uuid(Pointer domain) {
        byte[] bytes = new byte[NativeLibvirt.UUID_BYTES];
        if (NativeLibvirt.virDomainGetUUID(domain, bytes) < 0) {
            throw new IllegalStateException("a domain without UUID");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
    }
}
