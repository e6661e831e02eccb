package org.vmeventagent.chaos;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.libvirt.Domain;
import org.vmeventagent.rig.LibvirtDaemon;

/** What goes wrong in a round: faults of libvirtd and the agent, operations meanwhile, and when nobody listened. */
final class ChaosFaults {
    /** Longer than the agent's keepalive of 1 s x (2 + 1). */
    private static final Duration TOO_LONG = Duration.ofSeconds(5);

    private final ChaosEnvironment environment;
    private final RandomGenerator random;
    private final Consumer<Boolean> meanwhile;
    private boolean burst;

    /** @param meanwhile operates on domains, or not; true for only such operations as raise an event */
    ChaosFaults(ChaosEnvironment environment, RandomGenerator random, Consumer<Boolean> meanwhile) {
        this.environment = environment;
        this.random = random;
        this.meanwhile = meanwhile;
    }

    private interface Kind {
        List<MissedWindow> happen() throws Exception;
    }

    /** One of them, at random. */
    List<MissedWindow> happen() throws Exception {
        List<Kind> kinds = List.of(
                this::agentIsKilled,
                this::agentIsKilled,
                this::agentIsKilledTwice,
                this::agentIsKilledTwice,
                this::agentIsStopped,
                () -> daemonIsKilled(daemon()),
                () -> daemonIsKilled(environment.here()),
                this::daemonIsRestarted,
                this::daemonHangs,
                this::clientsAreCutOff,
                this::bothAreKilled,
                this::agentStartsWithoutDaemon,
                this::queueOverflows,
                this::queueOverflowsAndAgentIsKilled,
                this::agentIsSlow,
                this::daemonIsSlow);
        return kinds.get(random.nextInt(kinds.size())).happen();
    }

    /** Whether domains raised more than by their operations. */
    boolean hadBurst() {
        return burst;
    }

    private LibvirtDaemon daemon() {
        return random.nextBoolean() ? environment.here() : environment.there();
    }

    private List<MissedWindow> agentIsKilled() {
        Instant begin = killAgent();
        meanwhile.accept(false);
        rest(2000);
        return List.of(new MissedWindow("agent killed", environment.allUris(), begin, startAgent()));
    }

    private List<MissedWindow> agentIsKilledTwice() {
        List<MissedWindow> faults = new ArrayList<>(agentIsKilled());
        rest(4000);
        faults.addAll(agentIsKilled());
        return faults;
    }

    private List<MissedWindow> agentIsStopped() {
        environment.reports("agent is stopped");
        Fault.STOPPED.begin(environment.agentRuns());
        Instant begin = environment.reports("agent has ended"); // it listened to the last
        meanwhile.accept(false);
        return List.of(new MissedWindow("agent stopped", environment.allUris(), begin, startAgent()));
    }

    private List<MissedWindow> daemonIsKilled(LibvirtDaemon daemon) throws Exception {
        Instant begin = killDaemon(daemon);
        killGuests();
        rest(1000);
        Instant end = startDaemon(daemon);
        meanwhile.accept(false);
        return List.of(new MissedWindow("libvirtd killed", environment.urisOf(daemon), begin, end));
    }

    private List<MissedWindow> daemonIsRestarted() throws Exception {
        LibvirtDaemon daemon = daemon();
        Instant begin = environment.reports("libvirtd is restarted: " + daemon.directory());
        environment.forgets(daemon);
        Fault.STOPPED.begin(daemon);
        Fault.STOPPED.end(daemon);
        Instant end = environment.reports("libvirtd is back");
        environment.connectAgain(daemon);
        meanwhile.accept(false);
        return List.of(new MissedWindow("libvirtd restarted", environment.urisOf(daemon), begin, end));
    }

    private List<MissedWindow> daemonHangs() {
        LibvirtDaemon daemon = daemon();
        Instant begin = environment.reports("libvirtd hangs: " + daemon.directory());
        Fault.FROZEN.begin(daemon);
        killGuests();
        LockSupport.parkNanos(TOO_LONG.toNanos());
        Fault.FROZEN.end(daemon);
        Instant end = environment.reports("libvirtd goes on");
        meanwhile.accept(false);
        return List.of(new MissedWindow("libvirtd hung", environment.urisOf(daemon), begin, end));
    }

    /** One after the other: the first may be back before the last is cut off. */
    private List<MissedWindow> clientsAreCutOff() throws Exception {
        LibvirtDaemon daemon = daemon();
        Instant begin = environment.reports("clients are cut off: " + daemon.directory());
        environment.forgets(daemon);
        Fault.CLIENTS_CUT_OFF.begin(daemon);
        Instant cut = environment.reports("clients were cut off");
        environment.connectAgain(daemon);
        meanwhile.accept(false);
        return List.of(new MissedWindow("clients cut off", environment.urisOf(daemon), begin, cut, begin));
    }

    private List<MissedWindow> bothAreKilled() throws Exception {
        LibvirtDaemon daemon = daemon();
        boolean agentFirst = random.nextBoolean();
        Instant agentBegin = agentFirst ? killAgent() : null;
        Instant daemonBegin = killDaemon(daemon);
        rest(300);
        agentBegin = agentBegin == null ? killAgent() : agentBegin;
        killGuests();
        Instant agentEnd = random.nextBoolean() ? startAgent() : null;
        rest(1500);
        Instant daemonEnd = startDaemon(daemon);
        meanwhile.accept(false);
        agentEnd = agentEnd == null ? startAgent() : agentEnd;
        return List.of(
                new MissedWindow("libvirtd killed", environment.urisOf(daemon), daemonBegin, daemonEnd),
                new MissedWindow("agent killed", environment.allUris(), agentBegin, agentEnd));
    }

    /** The run in between never reaches that daemon. */
    private List<MissedWindow> agentStartsWithoutDaemon() throws Exception {
        LibvirtDaemon daemon = daemon();
        Instant begin = killAgent();
        meanwhile.accept(false);
        Instant daemonBegin = killDaemon(daemon);
        Instant firstEnd = startAgent();
        rest(6000);
        Instant second = killAgent();
        Instant daemonEnd = startDaemon(daemon);
        meanwhile.accept(false);
        Instant end = startAgent();
        return List.of(
                new MissedWindow("agent killed", environment.allUris(), begin, firstEnd),
                new MissedWindow("libvirtd killed", environment.urisOf(daemon), daemonBegin, daemonEnd),
                new MissedWindow("agent killed again", environment.allUris(), second, end));
    }

    private List<MissedWindow> queueOverflows() throws Exception {
        burst();
        return List.of();
    }

    /** Killed when the gap may not be closed yet: then the next run has to close it. */
    private List<MissedWindow> queueOverflowsAndAgentIsKilled() throws Exception {
        int before = environment.overflows().size();
        burst();
        rest(3000);
        List<Instant> overflows = environment.overflows();
        List<MissedWindow> faults = new ArrayList<>(agentIsKilled());
        for (Instant overflow : overflows.subList(before, overflows.size())) {
            faults.add(new MissedWindow("overflow", Set.of(environment.test.agentUri()), overflow, overflow));
        }
        return faults;
    }

    private List<MissedWindow> agentIsSlow() {
        environment.reports("agent sleeps");
        Fault.FROZEN.begin(environment.agentRuns());
        meanwhile.accept(true);
        rest(500);
        Fault.FROZEN.end(environment.agentRuns());
        environment.reports("agent wakes");
        return List.of();
    }

    private List<MissedWindow> daemonIsSlow() {
        LibvirtDaemon daemon = daemon();
        environment.reports("libvirtd sleeps: " + daemon.directory());
        Fault.FROZEN.begin(daemon);
        rest(1200);
        Fault.FROZEN.end(daemon);
        environment.reports("libvirtd wakes");
        meanwhile.accept(true);
        return List.of();
    }

    /** Many events at once, which the agent finds when it wakes. */
    private Instant burst() throws Exception {
        burst = true;
        environment.reports("agent sleeps, burst");
        Fault.FROZEN.begin(environment.agentRuns());
        Instant begin = environment.reports("burst");
        List<Domain> running = new ArrayList<>();
        for (Domain domain : environment.test.connect().listAllDomains(1)) {
            running.add(domain);
        }
        CountDownLatch end = new CountDownLatch(running.size());
        for (Domain domain : running) {
            int times = 20 + random.nextInt(200);
            new Thread(
                            () -> {
                                toggle(domain, times);
                                end.countDown();
                            },
                            "burst")
                    .start();
        }
        end.await();
        for (Domain domain : running) {
            domain.free();
        }
        Fault.FROZEN.end(environment.agentRuns());
        environment.reports("agent wakes");
        return begin;
    }

    private static void toggle(Domain domain, int times) {
        try {
            for (int i = 0; i < times; i++) {
                if (domain.getInfo().state == org.libvirt.DomainInfo.DomainState.VIR_DOMAIN_PAUSED) {
                    domain.resume();
                } else {
                    domain.suspend();
                }
            }
        } catch (org.libvirt.LibvirtException e) {
            throw new AssertionError(e);
        }
    }

    private void killGuests() {
        for (String name : ChaosEnvironment.QEMU_DOMAINS) {
            for (TestHypervisor testHypervisor : List.of(environment.qemu, environment.far)) {
                if (random.nextInt(3) == 0 && RandomOperations.kill(testHypervisor, name)) {
                    environment.reports("guest killed: " + name + " " + testHypervisor);
                }
            }
        }
    }

    private Instant killAgent() {
        Instant begin = environment.reports("agent is killed");
        Fault.KILLED.begin(environment.agentRuns());
        return begin;
    }

    /** When it may listen again at the earliest. */
    private Instant startAgent() {
        Instant end = Instant.now();
        environment.startAgent();
        return end;
    }

    private Instant killDaemon(LibvirtDaemon daemon) {
        Instant begin = environment.reports("libvirtd is killed: " + daemon.directory());
        environment.forgets(daemon);
        Fault.KILLED.begin(daemon);
        return begin;
    }

    private Instant startDaemon(LibvirtDaemon daemon) throws Exception {
        Instant end = environment.reports("libvirtd starts");
        Fault.KILLED.end(daemon);
        environment.connectAgain(daemon);
        return end;
    }

    private void rest(int mostMillis) {
        LockSupport.parkNanos(Duration.ofMillis(random.nextInt(mostMillis)).toNanos());
    }
}
