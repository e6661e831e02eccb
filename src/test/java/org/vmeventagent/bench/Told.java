package org.vmeventagent.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * One notification, as its program measured it; times are microseconds since 1970.
 *
 * @param heard at the callback
 * @param confirmed when the broker's confirm was there
 * @param known whether the identity was
 * @param committed when it was on disk; 0 for a program that keeps nothing
 */
record Told(long heard, long confirmed, boolean known, long committed) {

    static List<Told> read(Path figures) throws IOException {
        return Files.readAllLines(figures).stream().map(Told::parse).collect(Collectors.toList());
    }

    private static Told parse(String line) {
        String[] numbers = line.split(" ", -1);
        return new Told(
                Long.parseLong(numbers[0]),
                Long.parseLong(numbers[1]),
                numbers[2].equals("1"),
                numbers.length > 3 ? Long.parseLong(numbers[3]) : 0);
    }

    double latencyMillis() {
        return (confirmed - heard) / 1000.0;
    }

    /** Those heard within a phase. */
    static List<Told> within(List<Told> all, Phase phase) {
        return all.stream()
                .filter(told -> told.heard() >= phase.begin() && told.heard() <= phase.end())
                .toList();
    }

    /** The latency that so large a share does not exceed, in milliseconds. */
    static double percentile(List<Told> told, double share) {
        return percentile(told.stream().mapToDouble(Told::latencyMillis), share);
    }

    /** From the callback to the disk: the median in milliseconds. */
    static double toCommit(List<Told> told) {
        return percentile(told.stream().mapToDouble(one -> (one.committed() - one.heard()) / 1000.0), 0.5);
    }

    private static double percentile(DoubleStream millis, double share) {
        double[] sorted = millis.sorted().toArray();
        return sorted.length == 0
                ? Double.NaN
                : sorted[(int) Math.min(sorted.length - 1L, Math.round(sorted.length * share))];
    }

    /** Confirms a second, from the first event to the last confirm. */
    static double perSecond(List<Told> told) {
        return perSecond(told, Told::heard);
    }

    /** Confirms a second, from the first confirm to the last. */
    static double drainedPerSecond(List<Told> told) {
        return perSecond(told, Told::confirmed);
    }

    static double knownShare(List<Told> told) {
        return told.stream().filter(Told::known).count() / (double) told.size();
    }

    private static double perSecond(List<Told> told, ToLongFunction<Told> begin) {
        long first = told.stream().mapToLong(begin).min().orElse(0);
        LongStream last = told.stream().mapToLong(Told::confirmed);
        return told.size() * 1e6 / (last.max().orElse(0) - first);
    }

    /** From the first event that was caused to when the last was told, in microseconds since 1970. */
    record Phase(long begin, long end, int events) {}
}
