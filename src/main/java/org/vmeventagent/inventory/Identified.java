package org.vmeventagent.inventory;

import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.Look;
import org.vmeventagent.nova.Instance;

/**
 * A domain with what a look-up says of its identity.
 *
 * @param source where the identity comes from
 * @param freshMetadata the text that was read now; empty when there is none any more, null when nothing was read
 */
record Identified(
        KnownDomain domain, MetadataSource source, @Nullable String freshMetadata) {

    /**
     * A failed look-up, or one that found the domain gone, takes nothing away: what was known stays, as cached.
     *
     * @param tombstone whether what was known is that of a domain which is gone
     * @param look null when there was none
     * @param instances what reads its answer
     */
    static Identified of(KnownDomain domain, boolean tombstone, @Nullable Look look, RecentInstances instances) {
        if (look != null && look.answer() == Look.Answer.METADATA && look.metadata() != null) {
            Instance instance = instances.of(look.metadata());
            return new Identified(
                    domain.identified(instance, look.readAt()),
                    instance == null ? MetadataSource.NONE : MetadataSource.LIVE,
                    look.metadata());
        }
        if (look != null && look.answer() == Look.Answer.NO_METADATA) {
            return new Identified(domain.identified(null, look.readAt()), MetadataSource.NONE, "");
        }
        return cached(domain, tombstone);
    }

    /** The same of a domain that lives differently. */
    Identified of(KnownDomain other) {
        return new Identified(other, source, freshMetadata);
    }

    /** The same without a look-up. */
    static Identified cached(KnownDomain domain, boolean tombstone) {
        MetadataSource kept = tombstone ? MetadataSource.TOMBSTONE : MetadataSource.CACHED;
        return new Identified(domain, domain.instance() == null ? MetadataSource.NONE : kept, null);
    }
}
