package org.vmeventagent.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
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
import org.jspecify.annotations.Nullable;

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

    static DroppedRows of(List<Row> rows) {
        List<Range> ranges = new ArrayList<>(rows.size());
        Map<String, Long> counts = new TreeMap<>();
        Set<String> subjects = new HashSet<>();
        for (Row row : rows) {
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

    /**
     * A row that is dropped.
     *
     * @param bytes it took, about
     * @param counted whether it was dropped before, under another routing key: then it is among what is lost already
     */
    record Row(long sequence, String name, @Nullable String subject, long bytes, boolean counted) {
        /** What a row takes beside its body, about: keys, ids, its places in the indexes. */
        static final int BESIDE_BODY = 250;

        Row(long sequence, String name, @Nullable String subject, long bytes) {
            this(sequence, name, subject, bytes, false);
        }
    }

    /** The {@link DroppedRows} that are not reported yet, on disk: they survive the process. The writer's thread owns it. */
    static final class Table {
        private final Connection connection;

        Table(Connection connection) {
            this.connection = connection;
        }

        /** Part of a transaction. */
        void add(DroppedRows dropped) throws SQLException {
            if (!dropped.isEmpty()) {
                write(read(0).plus(dropped));
            }
        }

        /** Part of a transaction. */
        void reported(DroppedRows reported) throws SQLException {
            if (!reported.isEmpty()) {
                write(read(0).minus(reported.withoutSubjects(reported.subjects())));
                delete(reported.subjects());
            }
        }

        boolean isEmpty() throws SQLException {
            return Sql.count(
                            connection,
                            "SELECT EXISTS (SELECT 1 FROM dropped_range) OR EXISTS (SELECT 1 FROM dropped_event)"
                                    + " OR EXISTS (SELECT 1 FROM dropped_domain)")
                    == 0;
        }

        /** All numbers and counts, and at most so many of the subjects. */
        DroppedRows read(int mostSubjects) throws SQLException {
            Set<String> subjects =
                    new HashSet<>(Sql.texts(connection, "SELECT domain FROM dropped_domain LIMIT " + mostSubjects));
            return new DroppedRows(
                    ranges(), Sql.numbers(connection, "SELECT event, count FROM dropped_event"), subjects);
        }

        private List<Range> ranges() throws SQLException {
            List<Range> ranges = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(
                            "SELECT first_sequence, last_sequence FROM dropped_range ORDER BY first_sequence");
                    ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    ranges.add(new Range(row.getLong(1), row.getLong(2)));
                }
            }
            return ranges;
        }

        /** In place of all ranges and counts, and beside the subjects that are there. */
        private void write(DroppedRows dropped) throws SQLException {
            Sql.run(connection, "DELETE FROM dropped_range");
            Sql.run(connection, "DELETE FROM dropped_event");
            try (PreparedStatement range = connection.prepareStatement("INSERT INTO dropped_range VALUES (?, ?)");
                    PreparedStatement event = connection.prepareStatement("INSERT INTO dropped_event VALUES (?, ?)");
                    PreparedStatement domain =
                            connection.prepareStatement("INSERT OR IGNORE INTO dropped_domain VALUES (?)")) {
                for (Range numbers : dropped.ranges()) {
                    range.setLong(1, numbers.first());
                    range.setLong(2, numbers.last());
                    range.executeUpdate();
                }
                for (Map.Entry<String, Long> count : dropped.counts().entrySet()) {
                    event.setString(1, count.getKey());
                    event.setLong(2, count.getValue());
                    event.executeUpdate();
                }
                for (String subject : dropped.subjects()) {
                    domain.setString(1, subject);
                    domain.executeUpdate();
                }
            }
        }

        private void delete(Set<String> subjects) throws SQLException {
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM dropped_domain WHERE domain = ?")) {
                for (String subject : subjects) {
                    delete.setString(1, subject);
                    delete.executeUpdate();
                }
            }
        }
    }
}
