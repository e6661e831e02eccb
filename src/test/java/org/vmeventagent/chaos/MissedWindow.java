package org.vmeventagent.chaos;

import java.time.Instant;
import java.util.Set;

/**
 * A time in which nobody listened.
 *
 * @param uris to which of the connections
 * @param cut when the last of them was cut; before this an agent may still have listened
 */
public record MissedWindow(String what, Set<String> uris, Instant begin, Instant cut, Instant end) {
    MissedWindow(String what, Set<String> uris, Instant begin, Instant end) {
        this(what, uris, begin, begin, end);
    }

    public MissedWindow {
        uris = Set.copyOf(uris);
    }
}
