package org.vmeventagent.libvirt;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.event.LifecycleEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.libvirt.NativeLibvirt.CallbackShapes;
import org.vmeventagent.time.Moment;

/**
 * The event ids registered on one connection, and the way of their events into the queue. There,
 * {@link LibvirtInput.ConnectionUp} is before every event of its generation and {@link LibvirtInput.ConnectionLost} behind:
 * events received before {@link #announce} are buffered, those after {@link #end} are dropped.
 *
 * <p>Events come on the event loop thread; all else is called by the connection's. The lock is held for microseconds.
 */
final class EventSubscription {
    private static final Logger LOG = LoggerFactory.getLogger(EventSubscription.class);

    /** Registering takes some 0.1 s; more than this in that time is reported as an overflow. */
    private static final int MAX_BUFFERED = 4096;

    /** The virtio channel of QEMU's guest agent (qemuFindAgentConfig of libvirt's src/qemu/qemu_domain.c). */
    private static final String GUEST_AGENT_CHANNEL = "org.qemu.guest_agent.0";

    private static final AtomicLong GENERATIONS = new AtomicLong();
    private static final Map<Long, EventSubscription> LIVE = new ConcurrentHashMap<>();

    /** Reported by a newer id too: only registered where that one is refused. */
    private static final Set<EventKind> OLDER = Arrays.stream(EventKind.values())
            .flatMap(kind -> kind.supersedes().stream())
            .collect(Collectors.toUnmodifiableSet());

    /** Takes anything and does nothing; to find out whether the library knows one more id. */
    private static final CallbackShapes.Plain PROBE = (connect, domain, opaque) -> {};

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

    private final List<Integer> callbackIds = new ArrayList<>();
    private final Set<EventKind> registered = EnumSet.noneOf(EventKind.class);
    private String remarks = "";

    /** Whether AGENT_LIFECYCLE is registered; set before CHANNEL_LIFECYCLE is. */
    private volatile boolean guestAgentRegistered;

    private EventSubscription(String uri, EventQueue queue, MetadataLookups lookups) {
        this.uri = uri;
        this.queue = queue;
        this.lookups = lookups;
    }

    /** A new generation, which callbacks find from now on until {@link #end}. */
    static EventSubscription begin(String uri, EventQueue queue, MetadataLookups lookups) {
        EventSubscription subscription = new EventSubscription(uri, queue, lookups);
        LIVE.put(subscription.generation, subscription);
        return subscription;
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

    /** The guest agent's channel has an id of its own; its channel event is left out where that id is registered. */
    void received(Pointer domain, EventKind kind, Map<String, Object> attributes) {
        if (kind == EventKind.CHANNEL_LIFECYCLE
                && guestAgentRegistered
                && GUEST_AGENT_CHANNEL.equals(attributes.get("channel"))) {
            return;
        }
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
        CompletableFuture<LookupResult> lookup = lookups.startIfDue(domain, uuid, kind, type, detail);
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

    /** Puts the connection into the queue, then what was received meanwhile; from now on events go straight there. */
    synchronized void announce(String hypervisor, String node, int registered) {
        queue.put(new LibvirtInput.ConnectionUp(uri, generation, hypervisor, node, registered));
        buffered.forEach(queue::offer);
        buffered.clear();
        if (notBuffered > 0) {
            queue.put(new LibvirtInput.Overflow(notBuffered));
        }
        gate = Gate.OPEN;
    }

    /** The connection is over; nothing of this generation follows. The end of one that was never announced is not reported. */
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

    /**
     * Registers lifecycle and what is wanted, each id on its own: what the library, the driver or the daemon doesn't know
     * is left out. By the connection's thread, as all that follows.
     *
     * @return whether the driver has events at all
     * @throws LibvirtFailure when lifecycle is refused for another reason
     */
    boolean register(Pointer connect, Set<EventKind> wanted) throws LibvirtFailure {
        if (!register(connect, EventKind.LIFECYCLE)) {
            LibvirtFailure failure = LibvirtFailure.last();
            if (failure.isNoSupport()) {
                return false;
            }
            throw failure;
        }
        List<String> refused = new ArrayList<>();
        for (EventKind kind : EventKind.values()) {
            EventKind older = kind.supersedes().orElse(null);
            if (kind == EventKind.LIFECYCLE
                    || OLDER.contains(kind)
                    || !(wanted.contains(kind) || (older != null && wanted.contains(older)))) {
                continue;
            }
            if (!register(connect, kind) && (older == null || !register(connect, older))) {
                refused.add(kind.libvirtName());
                LOG.debug(
                        "{}: {} refused: {}",
                        uri,
                        kind.libvirtName(),
                        LibvirtFailure.last().getMessage());
            }
        }
        String lacks = refused.isEmpty() ? "" : "these events are not known there: " + String.join(", ", refused);
        String has = knowsMore(connect) ? "there are events that this version of the agent doesn't know" : "";
        remarks = lacks.isEmpty() || has.isEmpty() ? lacks + has : lacks + "; " + has;
        return true;
    }

    /** How its events differ from those the agent knows; empty when they don't. */
    String remarks() {
        return remarks;
    }

    Set<EventKind> registered() {
        return registered;
    }

    /** Takes all back. On a dead connection libvirt complains and forgets them all the same. */
    void deregister(Pointer connect) {
        for (int id : callbackIds) {
            if (NativeLibvirt.virConnectDomainEventDeregisterAny(connect, id) < 0) {
                LOG.trace("Deregistering: {}", LibvirtFailure.last().getMessage());
            }
        }
        callbackIds.clear();
        registered.clear();
    }

    private boolean register(Pointer connect, EventKind kind) {
        Callback callback = EventCallbacks.of(kind);
        int id = NativeLibvirt.virConnectDomainEventRegisterAny(connect, null, kind.number(), callback, opaque(), null);
        if (id < 0) {
            return false;
        }
        callbackIds.add(id);
        guestAgentRegistered |= kind == EventKind.AGENT_LIFECYCLE;
        registered.add(kind);
        return true;
    }

    private static boolean knowsMore(Pointer connect) {
        int id = NativeLibvirt.virConnectDomainEventRegisterAny(
                connect, null, EventKind.values().length, PROBE, null, null);
        if (id < 0) {
            return false;
        }
        NativeLibvirt.virConnectDomainEventDeregisterAny(connect, id);
        return true;
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
