package org.vmeventagent.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Samples the processes of an environment at an interval, by a thread of its own. */
public final class ProcessSampler implements AutoCloseable {
    /**
     * What it saw.
     *
     * @param made lifecycle events that libvirt raised
     * @param delivered different notifications that a consumer has
     * @param duplicates that the consumer was given once more
     * @param pid the agent's
     * @param memoryKb its resident memory; 0 where it was not there, or was not Java yet
     * @param descriptors open files and sockets; 0 as above
     */
    public record Sample(
            Duration at, long made, long delivered, long duplicates, long pid, long memoryKb, long descriptors) {}

    private final SoakEnvironment environment;
    private final long began = System.nanoTime();
    private final List<Sample> samples = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final Future<?> sampling;

    public ProcessSampler(SoakEnvironment environment, Duration interval) {
        this.environment = environment;
        sampling = thread.scheduleAtFixedRate(this::sample, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    public List<Sample> samples() {
        if (sampling.isDone()) {
            throw new AssertionError("the sampler has ended by a fault of its own");
        }
        return List.copyOf(samples);
    }

    private void sample() {
        environment.listen();
        long pid = environment.agent().pid();
        long memory = memoryKb(pid);
        samples.add(new Sample(
                Duration.ofNanos(System.nanoTime() - began),
                environment.load().operations(),
                environment.received().count(),
                environment.received().duplicates(),
                pid,
                memory,
                memory == 0 ? 0 : descriptors(pid)));
    }

    private static long memoryKb(long pid) {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/" + pid + "/status"));
            return lines.get(0).endsWith("java")
                    ? lines.stream()
                            .filter(line -> line.startsWith("VmRSS:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElse(0)
                    : 0;
        } catch (IOException e) {
            return 0; // it has just ended
        }
    }

    private static long descriptors(long pid) {
        try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return files.count();
        } catch (IOException e) {
            return 0; // it has just ended
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
