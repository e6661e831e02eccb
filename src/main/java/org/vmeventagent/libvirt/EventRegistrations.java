package org.vmeventagent.libvirt;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.EventKind;

/**
 * The event ids registered on one connection, each on its own: what the library, the driver or the daemon doesn't know
 * is left out. Used by the connection's thread.
 */
final class EventRegistrations {
    private static final Logger LOG = LoggerFactory.getLogger(EventRegistrations.class);

    /** Reported by a newer id too: only registered where that one is refused. */
    private static final Set<EventKind> OLDER = Arrays.stream(EventKind.values())
            .flatMap(kind -> kind.supersedes().stream())
            .collect(Collectors.toUnmodifiableSet());

    /** Takes anything and does nothing; to find out whether the library knows one more id. */
    private static final CallbackShapes.Plain PROBE = (connect, domain, opaque) -> {};

    private final Pointer connect;
    private final List<Integer> callbackIds = new ArrayList<>();
    private String remarks = "";
    private final Set<EventKind> registered = EnumSet.noneOf(EventKind.class);

    EventRegistrations(Pointer connect) {
        this.connect = connect;
    }

    /**
     * Registers lifecycle and what is wanted.
     *
     * @return whether the driver has events at all
     * @throws LibvirtFailure when lifecycle is refused for another reason
     */
    boolean register(Set<EventKind> wanted, EventSubscription eventSubscription) throws LibvirtFailure {
        if (!register(EventKind.LIFECYCLE, eventSubscription)) {
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
            if (!register(kind, eventSubscription) && (older == null || !register(older, eventSubscription))) {
                refused.add(kind.libvirtName());
                LOG.debug(
                        "{}: {} refused: {}",
                        eventSubscription.uri(),
                        kind.libvirtName(),
                        LibvirtFailure.last().getMessage());
            }
        }
        String lacks = refused.isEmpty() ? "" : "these events are not known there: " + String.join(", ", refused);
        String has = knowsMore() ? "there are events that this version of the agent doesn't know" : "";
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
    void deregister() {
        for (int id : callbackIds) {
            if (NativeLibvirt.virConnectDomainEventDeregisterAny(connect, id) < 0) {
                LOG.trace("Deregistering: {}", LibvirtFailure.last().getMessage());
            }
        }
        callbackIds.clear();
        registered.clear();
    }

    private boolean register(EventKind kind, EventSubscription eventSubscription) {
        Callback callback = EventCallbacks.of(kind);
        int id = NativeLibvirt.virConnectDomainEventRegisterAny(
                connect, null, kind.number(), callback, eventSubscription.opaque(), null);
        if (id < 0) {
            return false;
        }
        callbackIds.add(id);
        registered.add(kind);
        return true;
    }

    private boolean knowsMore() {
        int id = NativeLibvirt.virConnectDomainEventRegisterAny(
                connect, null, EventKind.values().length, PROBE, null, null);
        if (id < 0) {
            return false;
        }
        NativeLibvirt.virConnectDomainEventDeregisterAny(connect, id);
        return true;
    }
}
