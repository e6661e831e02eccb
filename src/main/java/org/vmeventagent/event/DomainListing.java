package org.vmeventagent.event;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.time.Moment;

/**
 * The domains of a connection as one listing found them. An answer may overtake an event, so this is a question to the
 * inventory, never a fact about the order of things.
 *
 * @param askedAt just before the listing was requested
 * @param unanswered domains that exist and of which nothing else could be found out, because they are locked for one:
 *     nothing follows from that they are not among the others
 */
public record DomainListing(
        String connectionUri, long generation, Moment askedAt, List<ListedDomain> domains, Set<UUID> unanswered)
        implements LibvirtInput {

    public DomainListing {
        domains = List.copyOf(domains);
        unanswered = Set.copyOf(unanswered);
    }

    /** A listing of which every domain answered. */
    public DomainListing(String connectionUri, long generation, Moment askedAt, List<ListedDomain> domains) {
        this(connectionUri, generation, askedAt, domains, Set.of());
    }

    /**
     * One domain.
     *
     * @param domainId -1 while inactive
     * @param state virDomainState
     * @param reason the reason of that state
     * @param managedSave whether a managed save image exists
     * @param cpuTime nanoseconds the domain has used; 0 when inactive or unknown
     * @param metadata the {@code <instance>} element, null for a domain without
     * @param askedAt just before the questions about this domain were put
     */
    public record ListedDomain(
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
