package org.vmeventagent.store;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What was found when the store was opened.
 *
 * @param aside where the damaged database is now; only with {@link Found#CORRUPT}
 */
public record OpenResult(Found found, @Nullable Path aside) {

    /** What stood at the path. */
    public enum Found {
        /** A database of this host: everything in it counts. */
        KEPT,
        /** Nothing: the first run. */
        NOTHING,
        /** Nothing, but an earlier run left its sign of life: a new one begun. */
        MISSING,
        /** A copy, of which the original may still be in use: emptied, with a stream of its own. */
        COPY,
        /** Something damaged: moved aside, and a new one begun. */
        CORRUPT
    }

    /** Whether nothing of an earlier run is known: the stream is new and the inventory empty. */
    public boolean isFirstRun() {
        return found != Found.KEPT;
    }

    /** Whether an earlier run's rows were lost, so that what happened since its last one can't be reported. */
    public boolean isLoss() {
        return found == Found.MISSING || found == Found.COPY || found == Found.CORRUPT;
    }
}
