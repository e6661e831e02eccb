package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.vmeventagent.libvirt.EventLoop;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NovaXml;
import org.vmeventagent.rig.RunningAgent;

/** What an agent costs with ten domains and with ten thousand. Prints a table; fails only where it does not scale. */
@Tag("chaos")
@Tag("long")
class ManyDomainsIT {
    private static final int FEW = 10;
    private static final int MANY = 10_000;
    private static final int EVENTS = 4_000;
    private static final int TICKS_PER_SECOND = 100;
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    private record Cost(
            int domains, Duration firstReady, Duration nextReady, Duration compared, long rssKb, double eventMicros) {
        @Override
        public String toString() {
            return String.format(
                    "| %,d | %.1f s | %.1f s | %.1f s | %d MB | %.0f us |",
                    domains,
                    firstReady.toMillis() / 1000.0,
                    nextReady.toMillis() / 1000.0,
                    compared.toMillis() / 1000.0,
                    rssKb / 1024,
                    eventMicros);
        }
    }

    @Test
    void anEventCostsTheSameHoweverManyDomainsThereAre() throws Exception {
        EventLoop.start();
        try (LibvirtDaemon daemon = new LibvirtDaemon()) {
            Connect connect = new Connect(daemon.testUri(), false);
            define(connect, 0, FEW);
            Cost few = cost(daemon, connect, FEW);
            define(connect, FEW, MANY);
            Cost many = cost(daemon, connect, MANY);
            connect.close();
            System.out.println("| domains | first start to Ready | next start to Ready | to the end of the comparison"
                    + " | memory (RSS) | CPU per event |\n" + few + "\n" + many);
            assertTrue(many.eventMicros() < 2 * few.eventMicros() + 50, few + " and " + many);
        }
    }

    private static void define(Connect connect, int from, int to) throws LibvirtException {
        for (int i = from; i < to; i++) {
            connect.domainDefineXML(NovaXml.testDomain("instance-" + i, new UUID(7, i), "web " + i))
                    .free();
        }
    }

    private Cost cost(LibvirtDaemon daemon, Connect connect, int domains) throws Exception {
        Path own = Files.createDirectory(directory.resolve("of-" + domains));
        AgentFiles files = AgentFiles.of(own, daemon.readOnly(daemon.testUri()))
                .withLogDriver()
                .add("[notifications]\nbudget_state = 0\nbudget_other = 0\n");
        long begin = System.nanoTime();
        Duration first;
        try (RunningAgent agent = RunningAgent.run(files)) {
            await(() -> said(agent, "Ready: "));
            first = since(begin);
            await(() -> agent.out().size() > domains); // each is reported once, in the very first run
            agent.terminate();
        }
        begin = System.nanoTime();
        try (RunningAgent agent = RunningAgent.run(files)) {
            await(() -> said(agent, "Ready: "));
            Duration ready = since(begin);
            await(() -> said(agent, "compared "));
            Duration compared = since(begin);
            toggle(agent, connect, EVENTS / 2); // warms up
            double micros = toggle(agent, connect, EVENTS);
            long rss = rssKb(agent.pid());
            agent.terminate();
            return new Cost(domains, first, ready, compared, rss, micros);
        }
    }

    /** CPU time of the agent for each of so many events of one domain. */
    private static double toggle(RunningAgent agent, Connect connect, int events) throws Exception {
        Domain domain = connect.domainLookupByName("test");
        int before = agent.out().size();
        long ticks = ticks(agent.pid());
        for (int i = 0; i < events; i += 2) {
            domain.suspend();
            domain.resume();
        }
        domain.free();
        await(() -> agent.out().size() >= before + events);
        return (ticks(agent.pid()) - ticks) * (1e6 / TICKS_PER_SECOND) / events;
    }

    private static boolean said(RunningAgent agent, String part) {
        return agent.err().stream().anyMatch(line -> line.contains(part));
    }

    private static Duration since(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /** User and system time, from /proc/PID/stat. */
    private static long ticks(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
        return Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
    }

    private static long rssKb(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    private static void await(java.util.concurrent.Callable<Boolean> done) {
        Awaitility.await().atMost(TIMEOUT).pollInterval(Duration.ofMillis(20)).until(done);
    }
}
