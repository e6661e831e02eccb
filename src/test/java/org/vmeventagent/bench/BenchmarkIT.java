package org.vmeventagent.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.bench.Program.Queue;

/**
 * The agent beside the Python program. In the normal build everything is done once and briefly, which shows only that it
 * runs; {@code mvn -Pbench verify} measures. Nothing here judges a time. The table is printed, and left in
 * {@code target/benchmarks.md}, the picture of it in {@code target/benchmarks.svg}, and where the time of one event goes in
 * {@code target/event-time.svg}.
 */
class BenchmarkIT {
    /** Divides what is done where only the code is to be shown to run. */
    private static final boolean FULL = Boolean.getBoolean("bench.full");

    private static final int ROUNDS = Integer.getInteger("bench.rounds", 1);
    private static final int LIFE = 6;
    private static final int FEW = 10;
    private static final String P50 = ", p50, ms";
    private static final String TO_COMMIT = ", of it to the commit, p50, ms";
    private static final String UNLIMITED = "drain_rate = 0\n";
    private static final String NORMAL = UNLIMITED + "[outbox]\nsynchronous = normal\n";

    @TempDir
    private Path directory;

    private final Results results = new Results();

    @Test
    void everyRowIsMeasured() throws Exception {
        try (Rig rig = new Rig(directory)) {
            many(rig, FEW);
            rig.domains(FULL ? 100 : 2 * FEW);
            for (int round = 0; round < ROUNDS; round++) {
                for (Queue queue : Queue.values()) {
                    for (Program program : Program.values()) {
                        compare(rig, program, queue);
                    }
                }
                normal(rig);
                outage(rig);
            }
            for (int domains : FULL ? List.of(100, 1_000, 10_000) : List.of(2 * FEW)) {
                many(rig, domains);
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
    private void compare(Rig rig, Program program, Queue queue) throws Exception {
        String kind = queue.name().toLowerCase(Locale.ROOT);
        try (Running running = rig.start(program, queue, UNLIMITED)) {
            boolean first = queue == Queue.TRANSIENT;
            if (first) {
                results.add("exec to ready, s", program, running.readySeconds());
                idle(running, program);
            }
            Cost atFirst = running.cost();
            Told.Phase cold = rig.storm(FULL ? 500 : 50, 1, 0);
            if (first) {
                results.add("CPU per event in a storm, cold, µs", program, perEvent(atFirst, running.cost(), cold));
            }
            rig.storm(FULL ? 3_000 : 50, 1, 0); // warms up
            List<Told.Phase> paced = List.of(paced(rig, 50), paced(rig, 200), paced(rig, 1_000));
            long daemonBefore = rig.daemonKb();
            Cost before = running.cost();
            Map<Work, Long> workBefore = running.byWork();
            Told.Phase storm = rig.storm(FULL ? 5_000 : 100, 2, 0);
            Cost after = running.cost();
            Map<Work, Long> workAfter = running.byWork();
            long daemonAfter = rig.daemonKb();
            Told.Phase single = rig.storm(FULL ? 2_000 : 100, 1, 0);
            if (first) {
                results.add("CPU per event in a storm, warm, µs", program, perEvent(before, after, storm));
                if (program == Program.AGENT) {
                    for (Work work : Work.values()) {
                        double nanos = workAfter.getOrDefault(work, 0L) - workBefore.getOrDefault(work, 0L);
                        results.add(cpuOf(work), program, nanos / 1000 / storm.events());
                    }
                }
                results.add("growth of libvirtd in a storm, %", program, growth(daemonBefore, daemonAfter));
                results.add("resident after storms, MB", program, running.cost().residentKb() / 1024.0);
            }
            List<Told> all = running.stop();
            List<Told> stormed = Told.within(all, storm);
            results.add("storm, " + kind + ", events/s", program, Told.perSecond(stormed));
            results.add("storm, " + kind + ", behind p50, ms", program, Told.percentile(stormed, 0.5));
            if (first) {
                results.add(
                        "identity in a storm of one producer, %",
                        program, 100 * Told.knownShare(Told.within(all, single)));
            }
            latencies(program, kind, all, paced);
        }
    }

    private Map<String, Double> cpuOfAnEvent() {
        Map<String, Double> parts = new LinkedHashMap<>();
        for (Work work : Work.values()) {
            parts.put(work.text(), results.median(cpuOf(work), Program.AGENT));
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

    private void latencies(Program program, String kind, List<Told> all, List<Told.Phase> phases) {
        int[] rates = {50, 200, 1_000};
        for (int i = 0; i < rates.length; i++) {
            List<Told> told = Told.within(all, phases.get(i));
            String name = latencyAt(rates[i], kind);
            results.add(name + P50, program, Told.percentile(told, 0.5));
            results.add(name + ", p99, ms", program, Told.percentile(told, 0.99));
            results.add(name + ", max, ms", program, Told.percentile(told, 1));
            if (program == Program.AGENT) {
                results.add(name + TO_COMMIT, program, Told.toCommit(told));
            }
        }
    }

    /** The agent with synchronous = normal beside the peer's figures of the same round. */
    private void normal(Rig rig) throws Exception {
        for (Program program : Program.values()) {
            try (Running running = rig.start(program, Queue.TRANSIENT, NORMAL)) {
                rig.storm(FULL ? 3_000 : 50, 1, 0);
                Told.Phase phase = paced(rig, 200);
                List<Told> told = Told.within(running.stop(), phase);
                results.add("latency at 200/s, synchronous = normal, p50, ms", program, Told.percentile(told, 0.5));
                results.add("latency at 200/s, synchronous = normal, p99, ms", program, Told.percentile(told, 0.99));
            }
        }
    }

    /** The broker is away in a storm; then all of it is sent. The peer would lose what it holds with its process. */
    private void outage(Rig rig) throws Exception {
        try (Running running = rig.start(Program.AGENT, Queue.DURABLE, UNLIMITED)) {
            rig.storm(FULL ? 1_000 : 50, 1, 0);
            int before = rig.waiting();
            rig.stopBroker();
            long daemonBefore = rig.daemonKb();
            Told.Phase unheard = rig.unheard(FULL ? 100_000 / LIFE : 100, 2, 0);
            results.add(
                    "growth of libvirtd in a storm, broker down, %",
                    Program.AGENT, growth(daemonBefore, rig.daemonKb()));
            rig.startBroker();
            rig.awaitWaiting(before + unheard.events());
            rest(200); // the last confirms
            List<Told> drained = Told.within(running.stop(), unheard);
            results.add("backlog drained, durable, events/s", Program.AGENT, Told.drainedPerSecond(drained));
        }
    }

    /** What domains cost that do nothing. */
    private void many(Rig rig, int domains) throws Exception {
        rig.domains(domains);
        try (Running running = rig.start(Program.AGENT, Queue.TRANSIENT, UNLIMITED)) {
            rest(FULL ? 8_000 : 500);
            results.add(
                    "resident with " + domains + " domains, MB",
                    Program.AGENT,
                    running.cost().residentKb() / 1024.0);
            rig.storm(FULL ? 3_000 : 50, 1, 0);
            Cost before = running.cost();
            Told.Phase phase = rig.storm(FULL ? 3_000 : 50, 1, 0);
            results.add(
                    "CPU per event with " + domains + " domains, µs",
                    Program.AGENT,
                    perEvent(before, running.cost(), phase));
        }
    }

    private void idle(Running running, Program program) throws InterruptedException {
        rest(FULL ? 8_000 : 500);
        int seconds = FULL ? 20 : 1;
        Cost before = running.cost();
        rest(seconds * 1_000L);
        Cost after = running.cost();
        results.add("resident idle, MB", program, after.residentKb() / 1024.0);
        results.add("CPU idle, %", program, (after.cpuMillis() - before.cpuMillis()) / (10.0 * seconds));
        results.add("wake-ups idle, per s", program, (after.wakeUps() - before.wakeUps()) / (double) seconds);
    }

    private static Told.Phase paced(Rig rig, int rate) throws Exception {
        int events = Math.max(LIFE, FULL ? rate * (rate < 100 ? 10 : 5) : rate / 5);
        return rig.storm(events / LIFE, 1, rate);
    }

    private static double perEvent(Cost before, Cost after, Told.Phase phase) {
        return (after.cpuMillis() - before.cpuMillis()) * 1_000.0 / phase.events();
    }

    private static String cpuOf(Work work) {
        return "of it by " + work.text() + ", µs";
    }

    private static double growth(long before, long after) {
        return 100.0 * (after - before) / before;
    }

    /** Lets time go by: what is measured is what happens when nothing does. */
    private static void rest(long millis) throws InterruptedException {
        new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    }
}
