package org.vmeventagent.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a process has used so far, from {@code /proc}.
 *
 * @param cpuMillis of all its threads, in steps of 10
 * @param residentKb resident set, now
 * @param wakeUps how often each of its living threads slept and was woken
 */
record Cost(long cpuMillis, long residentKb, Map<Path, Long> wakeUps) {
    private static final int MILLIS_PER_TICK = 10;

    static Cost of(long pid) {
        Path process = Path.of("/proc/" + pid);
        String stat = text(process.resolve("stat"));
        List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
        long ticks = Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
        return new Cost(ticks * MILLIS_PER_TICK, number(process, "VmRSS"), wakeUps(process));
    }

    /** Nanoseconds of a processor that its living threads have used so far, by what they do. */
    static Map<PathStage, Long> byWork(long pid) {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return threads.collect(Collectors.groupingBy(
                    thread -> PathStage.of(text(thread.resolve("comm"))), Collectors.summingLong(Cost::nanos)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long nanos(Path thread) {
        String first = text(thread.resolve("schedstat")).split(" ", 2)[0];
        return first.isEmpty() ? 0 : Long.parseLong(first);
    }

    /** Of the threads that live now. */
    long wakeUpsSince(Cost before) {
        return wakeUps.entrySet().stream()
                .mapToLong(thread -> Math.max(0, thread.getValue() - before.wakeUps.getOrDefault(thread.getKey(), 0L)))
                .sum();
    }

    private static Map<Path, Long> wakeUps(Path process) {
        try (Stream<Path> threads = Files.list(process.resolve("task"))) {
            return threads.collect(
                    Collectors.toMap(Function.identity(), thread -> number(thread, "voluntary_ctxt_switches")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of its {@code status}; 0 for a thread that has ended meanwhile. */
    private static long number(Path process, String name) {
        return text(process.resolve("status"))
                .lines()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
