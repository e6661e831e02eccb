package org.vmeventagent.store;

import org.jspecify.annotations.Nullable;

/**
 * A row that is given up.
 *
 * @param bytes it took, about
 */
record Given(long sequence, String name, @Nullable String subject, long bytes) {
    /** What a row takes beside its body, about: keys, ids, its places in the indexes. */
    static final int BESIDE_BODY = 250;
}
