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
import org.vmeventagent.event.Code;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.HeardQueue;
import org.vmeventagent.event.Lifecycle;
import org.vmeventagent.event.Look;
import org.vmeventagent.time.Moment;

/**
 * Where the callbacks of one connection go. In the queue, {@link Heard.ConnectionUp} stands before every event of its
 * generation and {@link Heard.ConnectionLost} behind: events heard before {@link #announce} are held, those after
 * {@link #end} are dropped.
 *
 * <p>Events come on the event loop thread; announce and end are called by the connection's. The lock is held for
 * microseconds.
 */
final class Subscription {
    /** Registering takes some 0.1 s; more than this in that time is told as an overflow. */
    private static final int MOST_HELD = 4096;

    private static final AtomicLong GENERATIONS = new AtomicLong();
    private static final Map<Long, Subscription> LIVE = new ConcurrentHashMap<>();

    private enum Gate {
        HOLDING,
        OPEN,
        ENDED
    }

    private final long generation = GENERATIONS.incrementAndGet();
    private final String uri;
    private final HeardQueue queue;
    private final LookUps lookUps;
    private final List<DomainEvent> held = new ArrayList<>();
    private long notHeld;
    private Gate gate = Gate.HOLDING;

    private Subscription(String uri, HeardQueue queue, LookUps lookUps) {
        this.uri = uri;
        this.queue = queue;
        this.lookUps = lookUps;
    }

    /** A new generation, which callbacks find from now on until {@link #end}. */
    static Subscription begin(String uri, HeardQueue queue, LookUps lookUps) {
        Subscription subscription = new Subscription(uri, queue, lookUps);
        LIVE.put(subscription.generation, subscription);
        return subscription;
    }

    static @Nullable Subscription of(long generation) {
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
        heard(domain, EventKind.LIFECYCLE, Lifecycle.TYPES.of(type), Lifecycle.detail(type, detail), Map.of());
    }

    void heard(Pointer domain, EventKind kind, Map<String, Object> attributes) {
        heard(domain, kind, null, null, attributes);
    }

    private void heard(
            Pointer domain,
            EventKind kind,
            @Nullable Code type,
            @Nullable Code detail,
            Map<String, Object> attributes) {
        Moment observedAt = Moment.now();
        UUID uuid = uuid(domain);
        Future<Look> look = lookUps.startIfDue(domain, uuid, kind, type, detail);
        pass(new DomainEvent(
                uri,
                generation,
                uuid,
                DomainReader.name(domain),
                LibvirtCalls.virDomainGetID(domain),
                kind,
                type,
                detail,
                attributes,
                observedAt,
                look));
    }

    /** An event was lost on its way here; the reader must compare. */
    synchronized void missed() {
        if (gate == Gate.OPEN) {
            queue.put(new Heard.Overflow(1));
        } else {
            notHeld++;
        }
    }

    private synchronized void pass(DomainEvent event) {
        if (gate == Gate.OPEN) {
            queue.offer(event);
        } else if (gate == Gate.HOLDING) {
            if (held.size() < MOST_HELD) {
                held.add(event);
            } else {
                notHeld++;
            }
        }
    }

    /** Puts the connection into the queue, then what was heard meanwhile; from now on events go straight there. */
    synchronized void announce(String hypervisor, String node, int registered) {
        queue.put(new Heard.ConnectionUp(uri, generation, hypervisor, node, registered));
        held.forEach(queue::offer);
        held.clear();
        if (notHeld > 0) {
            queue.put(new Heard.Overflow(notHeld));
        }
        gate = Gate.OPEN;
    }

    /** The connection is over; nothing of this generation follows. Nothing is told of one that was never announced. */
    void end(String reason, Moment since) {
        LIVE.remove(generation);
        synchronized (this) {
            if (gate == Gate.OPEN) {
                queue.put(new Heard.ConnectionLost(uri, generation, reason, since));
            }
            gate = Gate.ENDED;
            held.clear();
        }
    }

    static UUID uuid(Pointer domain) {
        byte[] bytes = new byte[LibvirtCalls.UUID_BYTES];
        if (LibvirtCalls.virDomainGetUUID(domain, bytes) < 0) {
            throw new IllegalStateException("a domain without UUID");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
    }
}
