package org.vmeventagent.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What is true of the callbacks of a consumer that misses nothing, however often it was killed. */
public final class ConsumerCalls {
    /** The notification of a callback, and the transitions that came with it when it was called last. */
    public record Call(long sequence, String name, List<String> transitions) {}

    private ConsumerCalls() {}

    /** The lines of each host, in their order; those of no host, such as {@code bad}, stand under another name. */
    public static Map<String, List<String>> byHost(List<String> lines) {
        return lines.stream().collect(Collectors.groupingBy(line -> line.split(" ", 3)[1]));
    }

    /** Those of a host, each once, in the order of their numbers, stream by stream. */
    public static List<Call> of(List<String> lines, String host) {
        Map<String, Map<Long, Call>> streams = new LinkedHashMap<>();
        Call last = null;
        for (String line : lines) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("notification")) {
                last = null; // of another host
                if (words[1].equals(host)) {
                    last = new Call(Long.parseLong(words[3]), words[4], new ArrayList<>());
                    streams.computeIfAbsent(words[2], stream -> new TreeMap<>()).put(last.sequence(), last);
                }
            } else if (words[0].equals("transition") && last != null) {
                last.transitions().add(line);
            }
        }
        return streams.values().stream()
                .flatMap(calls -> calls.values().stream())
                .toList();
    }

    /**
     * Every number was called, in order; what was called again had been called before. Each transition of an instance begins
     * where the one before ended.
     */
    public static void check(List<String> lines, String host) {
        Map<String, Long> called = new HashMap<>();
        for (String line : lines) {
            String[] words = line.split(" ", -1);
            if (!List.of("notification", "transition", "gap").contains(words[0]) || line.endsWith(" late")) {
                throw new AssertionError("not all came in order: " + line);
            }
            if (words[0].equals("notification") && words[1].equals(host)) {
                long sequence = Long.parseLong(words[3]);
                long before = called.getOrDefault(words[2], 0L);
                if (sequence > before + 1) {
                    throw new AssertionError("called back out of order: after " + before + " " + line);
                }
                called.put(words[2], Math.max(before, sequence));
            }
        }
        Map<String, String> states = new HashMap<>();
        for (Call call : of(lines, host)) {
            for (String line : call.transitions()) {
                String[] words = line.split(" ", -1);
                String before = states.put(words[2] + words[3], words[5]);
                if (!words[4].equals(before == null ? "-" : before)) {
                    throw new AssertionError("broken chain: was " + before + " before " + line);
                }
            }
        }
    }
}
