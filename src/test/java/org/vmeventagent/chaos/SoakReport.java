package org.vmeventagent.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A soak as a page has it: {@code soak.md} with two tables, {@code soak.svg} with the figure.
 *
 * @param samples from its begin to its end
 */
public record SoakReport(List<ProcessSampler.Sample> samples, List<FaultInjector.LoggedFault> faults) {
    private static final int ROWS = 10;

    public SoakReport {
        samples = List.copyOf(samples);
        faults = List.copyOf(faults);
    }

    /** Writes both. */
    public void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("soak.md"), overTime() + "\n" + whatHappened());
        Files.writeString(directory.resolve("soak.svg"), new SoakFigure(samples, faults).svg());
    }

    private String overTime() {
        StringBuilder table = new StringBuilder("""
                | minute | events made | notifications delivered | given again | faults | memory (RSS) | file descriptors |
                |---|---|---|---|---|---|---|
                """);
        Duration end = samples.get(samples.size() - 1).at();
        for (int row = 1; row <= ROWS; row++) {
            Duration until = end.multipliedBy(row).dividedBy(ROWS);
            ProcessSampler.Sample last = lastAlive(until);
            table.append(String.format(
                    Locale.ROOT,
                    "| %.0f | %,d | %,d | %,d | %d | %d MB | %d |%n",
                    until.toMillis() / 60_000.0,
                    last.made(),
                    last.delivered(),
                    last.duplicates(),
                    faults.stream()
                            .filter(loggedFault -> loggedFault.at().compareTo(until) <= 0)
                            .count(),
                    last.memoryKb() / 1024,
                    last.descriptors()));
        }
        return table.toString();
    }

    /** The last sample of an agent that was there. */
    private ProcessSampler.Sample lastAlive(Duration until) {
        return samples.stream()
                .filter(sample -> sample.at().compareTo(until) <= 0 && sample.memoryKb() > 0)
                .reduce((earlier, later) -> later)
                .orElse(samples.get(0));
    }

    private String whatHappened() {
        Map<FaultInjector.Side, Map<String, Long>> counts = faults.stream()
                .collect(Collectors.groupingBy(
                        FaultInjector.LoggedFault::side,
                        TreeMap::new,
                        Collectors.groupingBy(FaultInjector.LoggedFault::what, TreeMap::new, Collectors.counting())));
        StringBuilder table = new StringBuilder("| whom | what, how often |\n|---|---|\n");
        counts.forEach((side, whats) -> table.append("| ")
                .append(side.name().toLowerCase(Locale.ROOT))
                .append(" | ")
                .append(whats.entrySet().stream()
                        .map(what -> what.getKey() + " " + what.getValue())
                        .collect(Collectors.joining(", ")))
                .append(" |\n"));
        return table.toString();
    }
}
