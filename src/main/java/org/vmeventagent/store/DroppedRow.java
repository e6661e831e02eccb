package org.vmeventagent.store;

import org.jspecify.annotations.Nullable;

/**
 * A row that is dropped.
 *
 * @param bytes it took, about
 * @param counted whether it was dropped before, under another routing key: then it is among what is lost already
 */
record DroppedRow(long sequence, String name, @Nullable String subject, long bytes, boolean counted) {
    /** What a row takes beside its body, about: keys, ids, its places in the indexes. */
    static final int BESIDE_BODY = 250;

    DroppedRow(long sequence, String name, @Nullable String subject, long bytes) {
        this(sequence, name, subject, bytes, false);
    }
}
