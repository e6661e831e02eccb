package org.vmeventagent.store;

import java.util.List;

/**
 * The oldest rows of the outbox, as many as are too many; still there until {@link Batch#dropUpTo} drops them.
 *
 * @param ranges what they are, in order; the last one may span more than was there when there are very many
 * @param upTo the last of them
 * @param rows how many
 */
public record Excess(List<Range> ranges, long upTo, long rows) {

    /** Numbers from the first to the last. */
    public record Range(long first, long last) {}

    public Excess {
        ranges = List.copyOf(ranges);
    }
}
