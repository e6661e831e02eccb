package org.vmeventagent.recorder;

import java.time.Instant;
import java.util.Optional;
import org.vmeventagent.store.Store;

/**
 * What an earlier run left that decides how this one begins.
 *
 * @param aliveAt when the agent was last alive; empty when that is not known
 * @param lost whether this database followed one that was lost: of a connection it has not listed yet, nothing of before
 *     can be compared
 * @param boot a number that tells this boot of the host from another; 0 where it is not known
 */
record PreviousRun(Optional<Instant> aliveAt, boolean lost, long boot) {

    /** @param bootId of this boot of the host; empty text where it is not known */
    static PreviousRun of(Store store, String bootId) {
        return new PreviousRun(store.aliveAt(), store.counter(Store.LOST) != 0, number(bootId));
    }

    /** The boot id is a UUID, with or without dashes: its first 60 bits tell one boot from another. */
    private static long number(String bootId) {
        String hex = bootId.replace("-", "").strip();
        return hex.length() < 15 ? 0 : Long.parseLong(hex.substring(0, 15), 16);
    }
}
