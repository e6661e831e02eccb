package org.vmeventagent.chaos;

import java.time.Instant;
import java.util.Set;

/**
 * A time in which nobody listened.
 *
 * @param uris to which of the connections
 */
public record Fault(String what, Set<String> uris, Instant begin, Instant end) {
    public Fault {
        uris = Set.copyOf(uris);
    }
}
