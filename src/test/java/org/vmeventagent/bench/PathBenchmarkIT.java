package org.vmeventagent.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.vmeventagent.rig.TestScale;

/**
 * JMH on the parts that an event comes through. In the normal build each is done for a moment, which shows only that it
 * runs; {@code mvn verify -Dtags=bench} measures, in Java virtual machines set as the launcher sets them. The table is printed,
 * and left in {@code target/benchmarks-parts.md}.
 */
@Tag("bench")
class PathBenchmarkIT {
    private static final boolean FULL = TestScale.isLong("bench");
    private static final String CLASSES = "org\\.vmeventagent\\..*(Path|Callback)Benchmark\\..*";
    private static final int PARTS = 8;

    @Test
    void everyPartIsMeasured() throws Exception {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(CLASSES)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .warmupIterations(FULL ? 5 : 0)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(FULL ? 5 : 1)
                .measurementTime(FULL ? TimeValue.seconds(2) : TimeValue.milliseconds(20))
                .forks(FULL ? 2 : 0)
                .jvmArgs("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xms8m", "-Xmn4m", "-Xmx64m");
        Collection<RunResult> results = new Runner(options.build()).run();
        String table = table(results);
        System.out.println(table);
        Files.writeString(Path.of("target/benchmarks-parts.md"), table);
        assertEquals(PARTS, results.size(), table);
    }

    private static String table(Collection<RunResult> results) {
        StringBuilder table = new StringBuilder("| part | µs | ± (99.9 %) |\n|---|---|---|\n");
        for (RunResult result : results) {
            Result<?> figure = result.getPrimaryResult();
            String name = result.getParams().getBenchmark();
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %.2f | %.2f |%n",
                    name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1),
                    figure.getScore(),
                    figure.getScoreError()));
        }
        return table.toString();
    }
}
