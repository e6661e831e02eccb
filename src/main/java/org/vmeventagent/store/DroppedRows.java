package org.vmeventagent.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What was dropped unsent and is not reported yet.
 *
 * @param ranges their numbers, in order and apart from each other; at most {@link #MAX_RANGES}, so with many holes they
 *     span numbers that were not dropped
 * @param counts how many, by name
 * @param subjects whose
 */
public record DroppedRows(List<Range> ranges, Map<String, Long> counts, Set<String> subjects) {
    public static final DroppedRows NONE = new DroppedRows(List.of(), Map.of(), Set.of());

    static final int MAX_RANGES = 64;

    /** Numbers from the first to the last. */
    public record Range(long first, long last) {}

    public DroppedRows {
        ranges = List.copyOf(ranges);
        counts = Map.copyOf(counts);
        subjects = Set.copyOf(subjects);
    }

    static DroppedRows of(List<DroppedRow> rows) {
        List<Range> ranges = new ArrayList<>(rows.size());
        Map<String, Long> counts = new TreeMap<>();
        Set<String> subjects = new HashSet<>();
        for (DroppedRow row : rows) {
            if (row.counted()) {
                continue;
            }
            ranges.add(new Range(row.sequence(), row.sequence()));
            counts.merge(row.name(), 1L, Long::sum);
            if (row.subject() != null) {
                subjects.add(row.subject());
            }
        }
        return new DroppedRows(joined(ranges), counts, subjects);
    }

    public boolean isEmpty() {
        return ranges.isEmpty() && counts.isEmpty() && subjects.isEmpty();
    }

    /** How many. */
    public long rows() {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Both together. */
    DroppedRows plus(DroppedRows other) {
        List<Range> all = new ArrayList<>(ranges);
        all.addAll(other.ranges);
        Map<String, Long> sums = new TreeMap<>(counts);
        other.counts.forEach((name, count) -> sums.merge(name, count, Long::sum));
        Set<String> both = new LinkedHashSet<>(subjects);
        both.addAll(other.subjects);
        return new DroppedRows(joined(all), sums, both);
    }

    /** What is left when this part of it was reported. */
    DroppedRows minus(DroppedRows reported) {
        List<Range> left = ranges;
        for (Range range : reported.ranges) {
            left = cut(left, range);
        }
        Map<String, Long> differences = new TreeMap<>(counts);
        reported.counts.forEach((name, count) ->
                differences.computeIfPresent(name, (same, before) -> before > count ? before - count : null));
        return new DroppedRows(left, differences, subjects).withoutSubjects(reported.subjects);
    }

    /** The same, but nobody's of these. */
    DroppedRows withoutSubjects(Set<String> others) {
        Set<String> left = new HashSet<>(subjects);
        left.removeAll(others);
        return new DroppedRows(ranges, counts, left);
    }

    private static List<Range> cut(List<Range> ranges, Range gone) {
        List<Range> left = new ArrayList<>();
        for (Range range : ranges) {
            Range below = new Range(range.first(), Math.min(range.last(), gone.first() - 1));
            Range above = new Range(Math.max(range.first(), gone.last() + 1), range.last());
            left.addAll(Stream.of(below, above)
                    .filter(part -> part.first() <= part.last())
                    .distinct()
                    .toList());
        }
        return left;
    }

    private static List<Range> joined(List<Range> ranges) {
        List<Range> sorted = new ArrayList<>(ranges);
        sorted.sort(Comparator.comparingLong(Range::first));
        List<Range> exact = bridged(sorted, 1);
        if (exact.size() <= MAX_RANGES) {
            return exact;
        }
        long[] steps = new long[exact.size() - 1];
        for (int i = 0; i < steps.length; i++) {
            steps[i] = exact.get(i + 1).first() - exact.get(i).last();
        }
        Arrays.sort(steps);
        // As few numbers too many as can be: the widest holes stay. Of several as wide all are bridged.
        return bridged(exact, steps[steps.length - MAX_RANGES]);
    }

    /** Joins neighbours that are at most so far apart. */
    private static List<Range> bridged(List<Range> sorted, long step) {
        List<Range> joined = new ArrayList<>();
        for (Range range : sorted) {
            int latest = joined.size() - 1;
            if (latest >= 0 && range.first() - joined.get(latest).last() <= step) {
                Range before = joined.get(latest);
                joined.set(latest, new Range(before.first(), Math.max(before.last(), range.last())));
            } else {
                joined.add(range);
            }
        }
        return joined;
    }
}
