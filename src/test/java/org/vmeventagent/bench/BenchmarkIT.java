package org.vmeventagent.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.bench.Program.Queue;
import org.vmeventagent.rig.TestScale;

/**
 * The agent beside the Python program. In the normal build everything is done once and briefly, which shows only that it
 * runs; {@code mvn verify -Dtags=bench} measures. Nothing here judges a time. The table is printed, and left in
 * {@code target/benchmarks.md}, the picture of it in {@code target/benchmarks.svg}, and where the time of one event goes in
 * {@code target/event-time.svg}.
 */
@Tag("bench")
class BenchmarkIT {
    /** Divides what is done where only the code is to be shown to run. */
    private static final boolean FULL = TestScale.isLong("bench");

    private static final int ROUNDS = TestScale.of("bench.rounds", 1, 3);
    private static final int LIFE = 6;
    private static final int FEW = 10;
    private static final String P50 = ", p50, ms";
    private static final String TO_COMMIT = ", of it to the commit, p50, ms";
    private static final String UNLIMITED = "drain_rate = 0\n";
    /** All that is made while the broker is away finds room. */
    private static final String ROOMY = UNLIMITED + "[outbox]\nmax_bytes = 1073741824\n";

    private static final String NORMAL = UNLIMITED + "[outbox]\nsynchronous = normal\n";

    @TempDir
    private Path directory;

    private final Results results = new Results();

    @Test
    void everyRowIsMeasured() throws Exception {
        try (BenchmarkEnvironment benchmarkEnvironment = new BenchmarkEnvironment(directory)) {
            many(benchmarkEnvironment, FEW);
            benchmarkEnvironment.domains(FULL ? 100 : 2 * FEW);
            for (int round = 0; round < ROUNDS; round++) {
                for (Queue queue : FULL ? Queue.values() : new Queue[] {Queue.TRANSIENT}) {
                    for (Program program : Program.values()) {
                        compare(benchmarkEnvironment, program, queue);
                    }
                }
                if (FULL) {
                    normal(benchmarkEnvironment);
                }
                outage(benchmarkEnvironment);
                for (int busy : List.of(0, 2)) {
                    identity(benchmarkEnvironment, busy, FULL ? 1_000 : 20, 1, 10);
                    identity(benchmarkEnvironment, busy, FULL ? 300 : 20, FULL ? 30 : 20, FULL ? 1_000 : 100);
                }
            }
            if (FULL) {
                for (int domains : List.of(100, 1_000, 10_000)) {
                    many(benchmarkEnvironment, domains);
                }
            }
        }
        String table = results.table();
        System.out.println(table);
        Files.writeString(Path.of("target/benchmarks.md"), table);
        Files.writeString(Path.of("target/benchmarks.svg"), Chart.svg(results.ratios()));
        Files.writeString(Path.of("target/event-time.svg"), EventTime.svg(cpuOfAnEvent(), latencies()));
        assertTrue(results.size() > 30, table);
    }

    /** Start, idle, evenly paced events, a storm, idle again. */
    private void compare(BenchmarkEnvironment benchmarkEnvironment, Program program, Queue queue) throws Exception {
        String kind = queue.name().toLowerCase(Locale.ROOT);
        try (ProgramRun programRun = benchmarkEnvironment.start(program, queue, UNLIMITED)) {
            boolean first = queue == Queue.TRANSIENT;
            if (first) {
                results.add("exec to ready, s", program, programRun.readySeconds());
                idle(programRun, program);
            }
            Cost atFirst = programRun.cost();
            MeasuredNotification.Phase cold = benchmarkEnvironment.storm(FULL ? 500 : 50, 1, 0);
            if (first) {
                results.add("CPU per event in a storm, cold, µs", program, perEvent(atFirst, programRun.cost(), cold));
            }
            benchmarkEnvironment.storm(FULL ? 3_000 : 50, 1, 0); // warms up
            List<MeasuredNotification.Phase> paced = List.of(
                    paced(benchmarkEnvironment, 50),
                    paced(benchmarkEnvironment, 200),
                    paced(benchmarkEnvironment, 1_000));
            long daemonBefore = benchmarkEnvironment.daemonKb();
            Cost before = programRun.cost();
            Map<PathStage, Long> workBefore = programRun.byWork();
            MeasuredNotification.Phase storm = benchmarkEnvironment.storm(FULL ? 5_000 : 100, 2, 0);
            Cost after = programRun.cost();
            Map<PathStage, Long> workAfter = programRun.byWork();
            long daemonAfter = benchmarkEnvironment.daemonKb();
            MeasuredNotification.Phase single = benchmarkEnvironment.storm(FULL ? 2_000 : 100, 1, 0);
            if (first) {
                results.add("CPU per event in a storm, warm, µs", program, perEvent(before, after, storm));
                if (program == Program.AGENT) {
                    for (PathStage pathStage : PathStage.values()) {
                        double nanos = workAfter.getOrDefault(pathStage, 0L) - workBefore.getOrDefault(pathStage, 0L);
                        results.add(cpuOf(pathStage), program, nanos / 1000 / storm.events());
                    }
                }
                results.add("growth of libvirtd in a storm, %", program, growth(daemonBefore, daemonAfter));
                results.add(
                        "resident after storms, MB", program, programRun.cost().residentKb() / 1024.0);
            }
            List<MeasuredNotification> all = programRun.stop();
            List<MeasuredNotification> stormed = MeasuredNotification.within(all, storm);
            results.add("storm, " + kind + ", events/s", program, MeasuredNotification.perSecond(stormed));
            results.add("storm, " + kind + ", behind p50, ms", program, MeasuredNotification.percentile(stormed, 0.5));
            if (first) {
                results.add(
                        "identity in a storm of one producer, %",
                        program, 100 * MeasuredNotification.knownShare(MeasuredNotification.within(all, single)));
            }
            latencies(program, kind, all, paced);
        }
    }

    private Map<String, Double> cpuOfAnEvent() {
        Map<String, Double> parts = new LinkedHashMap<>();
        for (PathStage pathStage : PathStage.values()) {
            parts.put(pathStage.text(), results.median(cpuOf(pathStage), Program.AGENT));
        }
        return parts;
    }

    private Map<String, EventTime.Latency> latencies() {
        Map<String, EventTime.Latency> latencies = new LinkedHashMap<>();
        for (Queue queue : Queue.values()) {
            String name = latencyAt(200, queue.name().toLowerCase(Locale.ROOT));
            latencies.put(
                    name,
                    new EventTime.Latency(
                            results.median(name + TO_COMMIT, Program.AGENT),
                            results.median(name + P50, Program.AGENT)));
        }
        return latencies;
    }

    private static String latencyAt(int rate, String queue) {
        return "latency at " + rate + "/s, " + queue;
    }

    private void latencies(
            Program program, String kind, List<MeasuredNotification> all, List<MeasuredNotification.Phase> phases) {
        int[] rates = {50, 200, 1_000};
        for (int i = 0; i < rates.length; i++) {
            List<MeasuredNotification> reported = MeasuredNotification.within(all, phases.get(i));
            String name = latencyAt(rates[i], kind);
            results.add(name + P50, program, MeasuredNotification.percentile(reported, 0.5));
            results.add(name + ", p99, ms", program, MeasuredNotification.percentile(reported, 0.99));
            results.add(name + ", max, ms", program, MeasuredNotification.percentile(reported, 1));
            if (program == Program.AGENT) {
                results.add(name + TO_COMMIT, program, MeasuredNotification.toCommit(reported));
            }
        }
    }

    /** The agent with synchronous = normal beside the peer's figures of the same round. */
    private void normal(BenchmarkEnvironment benchmarkEnvironment) throws Exception {
        for (Program program : Program.values()) {
            try (ProgramRun programRun = benchmarkEnvironment.start(program, Queue.TRANSIENT, NORMAL)) {
                benchmarkEnvironment.storm(FULL ? 3_000 : 50, 1, 0);
                MeasuredNotification.Phase phase = paced(benchmarkEnvironment, 200);
                List<MeasuredNotification> reported = MeasuredNotification.within(programRun.stop(), phase);
                results.add(
                        "latency at 200/s, synchronous = normal, p50, ms",
                        program,
                        MeasuredNotification.percentile(reported, 0.5));
                results.add(
                        "latency at 200/s, synchronous = normal, p99, ms",
                        program,
                        MeasuredNotification.percentile(reported, 0.99));
            }
        }
    }

    /** The broker is away in a storm; then all of it is sent. The peer would lose what it holds with its process. */
    private void outage(BenchmarkEnvironment benchmarkEnvironment) throws Exception {
        try (ProgramRun programRun = benchmarkEnvironment.start(Program.AGENT, Queue.DURABLE, ROOMY)) {
            benchmarkEnvironment.storm(FULL ? 1_000 : 50, 1, 0);
            int before = benchmarkEnvironment.waiting();
            benchmarkEnvironment.stopBroker();
            long daemonBefore = benchmarkEnvironment.daemonKb();
            MeasuredNotification.Phase unheard = benchmarkEnvironment.missed(FULL ? 100_000 / LIFE : 100, 2, 0);
            results.add(
                    "growth of libvirtd in a storm, broker down, %",
                    Program.AGENT, growth(daemonBefore, benchmarkEnvironment.daemonKb()));
            benchmarkEnvironment.startBroker();
            benchmarkEnvironment.awaitWaiting(before + unheard.events());
            rest(200); // the last confirms
            List<MeasuredNotification> drained = MeasuredNotification.within(programRun.stop(), unheard);
            results.add(
                    "backlog drained, durable, events/s",
                    Program.AGENT,
                    MeasuredNotification.drainedPerSecond(drained));
        }
    }

    /**
     * Domains of which a cold agent doesn't learn what instance they are.
     *
     * @param busy processes that take what they get of the processor
     */
    private void identity(BenchmarkEnvironment benchmarkEnvironment, int busy, int lives, int threads, int pauseMillis)
            throws Exception {
        List<Process> loops = new ArrayList<>();
        try (ProgramRun programRun = benchmarkEnvironment.start(Program.AGENT, Queue.TRANSIENT, UNLIMITED)) {
            while (loops.size() < busy) {
                loops.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
            }
            MeasuredNotification.Phase phase = benchmarkEnvironment.storm(lives, threads, 0, pauseMillis);
            List<MeasuredNotification> reported = MeasuredNotification.within(programRun.stop(), phase);
            results.add(
                    "without identity, cold, " + pauseMillis + " ms after each definition"
                            + (busy == 0 ? "" : ", beside " + busy + " busy loops") + ", of " + phase.events()
                            + " events",
                    Program.AGENT,
                    reported.size() * (1 - MeasuredNotification.knownShare(reported)));
        } finally {
            loops.forEach(Process::destroyForcibly);
        }
    }

    /** What domains cost that do nothing. */
    private void many(BenchmarkEnvironment benchmarkEnvironment, int domains) throws Exception {
        benchmarkEnvironment.domains(domains);
        try (ProgramRun programRun = benchmarkEnvironment.start(Program.AGENT, Queue.TRANSIENT, UNLIMITED)) {
            rest(FULL ? 8_000 : 500);
            results.add(
                    "resident with " + domains + " domains, MB",
                    Program.AGENT,
                    programRun.cost().residentKb() / 1024.0);
            benchmarkEnvironment.storm(FULL ? 3_000 : 50, 1, 0);
            Cost before = programRun.cost();
            MeasuredNotification.Phase phase = benchmarkEnvironment.storm(FULL ? 3_000 : 50, 1, 0);
            results.add(
                    "CPU per event with " + domains + " domains, µs",
                    Program.AGENT,
                    perEvent(before, programRun.cost(), phase));
        }
    }

    private void idle(ProgramRun programRun, Program program) throws InterruptedException {
        rest(FULL ? 8_000 : 500);
        int seconds = FULL ? 20 : 1;
        Cost before = programRun.cost();
        rest(seconds * 1_000L);
        Cost after = programRun.cost();
        results.add("resident idle, MB", program, after.residentKb() / 1024.0);
        results.add("CPU idle, %", program, (after.cpuMillis() - before.cpuMillis()) / (10.0 * seconds));
        results.add("wake-ups idle, per s", program, after.wakeUpsSince(before) / (double) seconds);
    }

    private static MeasuredNotification.Phase paced(BenchmarkEnvironment benchmarkEnvironment, int rate)
            throws Exception {
        int events = Math.max(LIFE, FULL ? rate * (rate < 100 ? 10 : 5) : rate / 5);
        return benchmarkEnvironment.storm(events / LIFE, 1, rate);
    }

    private static double perEvent(Cost before, Cost after, MeasuredNotification.Phase phase) {
        return (after.cpuMillis() - before.cpuMillis()) * 1_000.0 / phase.events();
    }

    private static String cpuOf(PathStage pathStage) {
        return "of it by " + pathStage.text() + ", µs";
    }

    private static double growth(long before, long after) {
        return 100.0 * (after - before) / before;
    }

    /** Lets time go by: what is measured is what happens when nothing does. */
    private static void rest(long millis) throws InterruptedException {
        new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    }
}
