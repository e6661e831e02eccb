package org.vmeventagent.inventory;

import java.util.UUID;
import org.vmeventagent.event.DomainEvent;

/** A domain of a connection. The UUID alone is not enough: a migrating instance is on two hosts, or two drivers. */
public record DomainKey(String connectionUri, UUID uuid) {

    /** The domain that the event is about. */
    public static DomainKey of(DomainEvent event) {
        return new DomainKey(event.connectionUri(), event.uuid());
    }
}
