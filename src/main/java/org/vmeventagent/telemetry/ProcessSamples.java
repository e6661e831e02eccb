package org.vmeventagent.telemetry;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The process and the JVM under the names that Prometheus' clients share, read from {@code /proc/self}: JMX would load 4 MB
 * of classes for the same figures.
 */
final class ProcessSamples {
    private static final Path PROC = Path.of("/proc/self");
    private static final int KIBIBYTE = 1024;

    private ProcessSamples() {}

    static void register(PrometheusRegistry registry) {
        CounterWithCallback.builder()
                .name("process_cpu_seconds")
                .help("Processor time used by this process.")
                .callback(counter -> ProcessHandle.current()
                        .info()
                        .totalCpuDuration()
                        .ifPresent(used -> counter.call(used.toMillis() / 1000.0)))
                .register(registry);
        gauge(
                registry,
                "process_start_time_seconds",
                "When this process was started.",
                () -> ProcessHandle.current()
                        .info()
                        .startInstant()
                        .map(Instant::toEpochMilli)
                        .map(millis -> OptionalDouble.of(millis / 1000.0))
                        .orElse(OptionalDouble.empty()));
        gauge(
                registry,
                "process_resident_memory_bytes",
                "Memory of this process that is resident.",
                () -> status("VmRSS"));
        gauge(registry, "process_virtual_memory_bytes", "Address space of this process.", () -> status("VmSize"));
        gauge(registry, "process_threads", "Threads of this process.", () -> status("Threads"));
        gauge(registry, "process_open_fds", "File descriptors that are open.", ProcessSamples::openFiles);
        gauge(registry, "process_max_fds", "File descriptors that may be open.", ProcessSamples::mostFiles);
        Runtime runtime = Runtime.getRuntime();
        heap(registry, "jvm_memory_used_bytes", "Memory in use.", () -> runtime.totalMemory() - runtime.freeMemory());
        heap(registry, "jvm_memory_committed_bytes", "Memory that the JVM has taken.", runtime::totalMemory);
        heap(registry, "jvm_memory_max_bytes", "What it may become.", runtime::maxMemory);
    }

    private static void heap(PrometheusRegistry registry, String name, String help, LongSupplier sample) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("area")
                .callback(gauge -> gauge.call((double) sample.getAsLong(), "heap"))
                .register(registry);
    }

    private static void gauge(PrometheusRegistry registry, String name, String help, Supplier<OptionalDouble> sample) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(gauge -> sample.get().ifPresent(gauge::call))
                .register(registry);
    }

    /** A line of {@code /proc/self/status}; sizes there are in KiB. */
    private static OptionalDouble status(String name) {
        return number("status", Pattern.compile(name + ":\\s+(\\d+)( kB)?"));
    }

    /** The soft limit in {@code /proc/self/limits}; none where it is unlimited. */
    private static OptionalDouble mostFiles() {
        return number("limits", Pattern.compile("Max open files\\s+(\\d+) .*()"));
    }

    /** The number in the first line of a file that has this form. */
    private static OptionalDouble number(String file, Pattern form) {
        try (Stream<String> lines = Files.lines(PROC.resolve(file), StandardCharsets.ISO_8859_1)) {
            return lines.map(form::matcher)
                    .filter(Matcher::matches)
                    .mapToDouble(
                            line -> Double.parseDouble(line.group(1)) * (" kB".equals(line.group(2)) ? KIBIBYTE : 1))
                    .findFirst();
        } catch (IOException e) {
            return OptionalDouble.empty(); // no /proc: the metric is left out
        }
    }

    private static OptionalDouble openFiles() {
        try (Stream<Path> open = Files.list(PROC.resolve("fd"))) {
            return OptionalDouble.of((double) open.count() - 1); // one of them reads this directory
        } catch (IOException e) {
            return OptionalDouble.empty();
        }
    }
}
