package org.vmeventagent.event;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.time.Moment;

/**
 * One event as the callback received it. Nothing in it was queried later, but for the look-up that the callback started.
 *
 * @param connectionUri without credentials
 * @param generation of the connection, see {@link LibvirtInput.ConnectionUp}
 * @param domainId libvirt's id in the callback, -1 while the domain is inactive
 * @param type the lifecycle type; only for {@link EventKind#LIFECYCLE}
 * @param detail the lifecycle detail; only for {@link EventKind#LIFECYCLE}
 * @param attributes the callback's other fields, see {@link EventKind#attributes}
 * @param observedAt when the callback ran
 * @param lookup the look-up that was started in the callback, if one was due; completes, never fails
 */
public record DomainEvent(
        String connectionUri,
        long generation,
        UUID uuid,
        String name,
        int domainId,
        EventKind kind,
        @Nullable EnumValue type,
        @Nullable EnumValue detail,
        Map<String, Object> attributes,
        Moment observedAt,
        @Nullable CompletableFuture<LookupResult> lookup)
        implements LibvirtInput {

    public DomainEvent {
        if ((kind == EventKind.LIFECYCLE) != (type != null && detail != null)) {
            throw new IllegalArgumentException(kind + " with type " + type + " and detail " + detail);
        }
        attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    }

    /** The last part of the event_type on the bus. */
    public String wireName() {
        return type == null ? kind.wireName() : type.name();
    }

    /** Whether an operator would want to see it as a fault. */
    public boolean isError() {
        return kind.isError(attributes);
    }

    public boolean is(String expectedType, String expectedDetail) {
        return type != null && detail != null && type.is(expectedType) && detail.is(expectedDetail);
    }
}
