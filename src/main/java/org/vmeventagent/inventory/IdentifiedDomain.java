package org.vmeventagent.inventory;

import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.nova.Instance;

/**
 * A domain with what a look-up says of its identity.
 *
 * @param source where the identity comes from
 * @param freshMetadata the text that was read now, to keep; empty when there is none any more, null when nothing was read
 */
public record IdentifiedDomain(
        KnownDomain domain, MetadataSource source, @Nullable String freshMetadata) {

    /**
     * A failed look-up, or one that found the domain gone, takes nothing away: what was known stays, as cached.
     *
     * @param tombstone whether what was known is that of a domain which is gone
     * @param lookup null when there was none
     * @param instances what reads its answer
     */
    static IdentifiedDomain of(
            KnownDomain domain, boolean tombstone, @Nullable LookupResult lookup, MetadataCache instances) {
        if (lookup != null && lookup.status() == LookupResult.Status.METADATA && lookup.metadata() != null) {
            Instance instance = instances.of(lookup.metadata());
            return new IdentifiedDomain(
                    domain.identified(instance, lookup.readAt()),
                    instance == null ? MetadataSource.NONE : MetadataSource.LIVE,
                    lookup.metadata());
        }
        if (lookup != null && lookup.status() == LookupResult.Status.NO_METADATA) {
            return new IdentifiedDomain(domain.identified(null, lookup.readAt()), MetadataSource.NONE, "");
        }
        return cached(domain, tombstone);
    }

    /** The same of a domain that lives differently. */
    IdentifiedDomain of(KnownDomain other) {
        return new IdentifiedDomain(other, source, freshMetadata);
    }

    /** The same without a look-up. */
    static IdentifiedDomain cached(KnownDomain domain, boolean tombstone) {
        MetadataSource kept = tombstone ? MetadataSource.TOMBSTONE : MetadataSource.CACHED;
        return new IdentifiedDomain(domain, domain.instance() == null ? MetadataSource.NONE : kept, null);
    }
}
