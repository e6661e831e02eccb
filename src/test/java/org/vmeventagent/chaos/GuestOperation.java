package org.vmeventagent.chaos;

import java.time.Instant;
import java.util.List;

/**
 * Something that was done to a domain.
 *
 * @param events what libvirt raises for it, in order: {@code stopped/destroyed}; with a question mark at the end where it
 *     may do without
 */
public record GuestOperation(
        String uri, String instance, String what, Instant begin, Instant end, List<String> events) {
    public GuestOperation {
        events = List.copyOf(events);
    }

    @Override
    public String toString() {
        return begin + " " + what + " " + instance + " " + events + " " + uri;
    }
}
