package org.vmeventagent.event;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.time.Moment;

/**
 * The domains of a connection as one listing found them. An answer may overtake an event, so this is a question to the
 * inventory, never a fact about the order of things.
 *
 * @param askedAt just before the listing was asked for
 */
public record Snapshot(String connectionUri, long generation, Moment askedAt, List<Seen> domains) implements Heard {

    public Snapshot {
        domains = List.copyOf(domains);
    }

    /**
     * One domain.
     *
     * @param domainId -1 while inactive
     * @param state virDomainState
     * @param reason the reason of that state
     * @param managedSave whether a managed save image exists
     * @param cpuTime nanoseconds the domain has used; 0 when inactive or not told
     * @param metadata the {@code <instance>} element, null for a domain without
     * @param askedAt just before the questions about this domain were put
     */
    public record Seen(
            UUID uuid,
            String name,
            int domainId,
            int state,
            int reason,
            boolean persistent,
            boolean managedSave,
            long cpuTime,
            @Nullable String metadata,
            Moment askedAt) {

        /** SHUTOFF with reason SAVED, or a managed save image. */
        public boolean saved() {
            return managedSave || (state == 5 && reason == 5);
        }

        public DomainState domainState() {
            return DomainState.of(state, domainId >= 0, saved(), persistent);
        }
    }
}
