package org.vmeventagent.event;

import org.jspecify.annotations.Nullable;
import org.vmeventagent.time.Moment;

/**
 * The answer of a metadata look-up.
 *
 * @param metadata the {@code <instance>} element as the metadata API gives it, or a domain's XML with nothing but its metadata;
 *     only with {@link Status#METADATA}
 * @param readAt when the answer came
 */
public record LookupResult(Status status, @Nullable String metadata, Moment readAt) {
    public enum Status {
        METADATA,
        /** The domain exists and carries no Nova metadata. */
        NO_METADATA,
        NO_DOMAIN,
        /** Any other error, or no answer in time: nothing is known. */
        FAILED
    }
}
