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
 * @param received at the callback
 * @param confirmed when the broker's confirm was there
 * @param known whether the identity was
 * @param committed when it was on disk; 0 for a program that keeps nothing
 */
record MeasuredNotification(long received, long confirmed, boolean known, long committed) {

    static List<MeasuredNotification> read(Path figures) throws IOException {
        return Files.readAllLines(figures).stream()
                .map(MeasuredNotification::parse)
                .collect(Collectors.toList());
    }

    private static MeasuredNotification parse(String line) {
        String[] numbers = line.split(" ", -1);
        return new MeasuredNotification(
                Long.parseLong(numbers[0]),
                Long.parseLong(numbers[1]),
                numbers[2].equals("1"),
                numbers.length > 3 ? Long.parseLong(numbers[3]) : 0);
    }

    double latencyMillis() {
        return (confirmed - received) / 1000.0;
    }

    /** Those received within a phase. */
    static List<MeasuredNotification> within(List<MeasuredNotification> all, Phase phase) {
        return all.stream()
                .filter(measuredNotification -> measuredNotification.received() >= phase.begin()
                        && measuredNotification.received() <= phase.end())
                .toList();
    }

    /** The latency that so large a share does not exceed, in milliseconds. */
    static double percentile(List<MeasuredNotification> reported, double share) {
        return percentile(reported.stream().mapToDouble(MeasuredNotification::latencyMillis), share);
    }

    /** From the callback to the disk: the median in milliseconds. */
    static double toCommit(List<MeasuredNotification> reported) {
        return percentile(reported.stream().mapToDouble(one -> (one.committed() - one.received()) / 1000.0), 0.5);
    }

    private static double percentile(DoubleStream millis, double share) {
        double[] sorted = millis.sorted().toArray();
        return sorted.length == 0
                ? Double.NaN
                : sorted[(int) Math.min(sorted.length - 1L, Math.round(sorted.length * share))];
    }

    /** Confirms a second, from the first event to the last confirm. */
    static double perSecond(List<MeasuredNotification> reported) {
        return perSecond(reported, MeasuredNotification::received);
    }

    /** Confirms a second, from the first confirm to the last. */
    static double drainedPerSecond(List<MeasuredNotification> reported) {
        return perSecond(reported, MeasuredNotification::confirmed);
    }

    static double knownShare(List<MeasuredNotification> reported) {
        return reported.stream().filter(MeasuredNotification::known).count() / (double) reported.size();
    }

    private static double perSecond(List<MeasuredNotification> reported, ToLongFunction<MeasuredNotification> begin) {
        long first = reported.stream().mapToLong(begin).min().orElse(0);
        LongStream last = reported.stream().mapToLong(MeasuredNotification::confirmed);
        return reported.size() * 1e6 / (last.max().orElse(0) - first);
    }

    /** From the first event that was caused to when the last was reported, in microseconds since 1970. */
    record Phase(long begin, long end, int events) {}
}
