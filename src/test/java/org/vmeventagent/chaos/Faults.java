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

/** What can go wrong in a world. Each does it, has something happen meanwhile, and says when nobody listened. */
final class Faults {
    /** Longer than the agent's keepalive of 1 s x (2 + 1). */
    private static final Duration TOO_LONG = Duration.ofSeconds(5);

    private final ChaosEnvironment chaosEnvironment;
    private final RandomGenerator random;
    private final Consumer<Boolean> meanwhile;
    private boolean burst;

    /** @param meanwhile acts on domains, or not; true for only such acts as raise an event */
    Faults(ChaosEnvironment chaosEnvironment, RandomGenerator random, Consumer<Boolean> meanwhile) {
        this.chaosEnvironment = chaosEnvironment;
        this.random = random;
        this.meanwhile = meanwhile;
    }

    private interface Kind {
        List<Fault> happen() throws Exception;
    }

    /** One of them, at random. */
    List<Fault> happen() throws Exception {
        List<Kind> kinds = List.of(
                this::agentIsKilled,
                this::agentIsKilled,
                this::agentIsKilledTwice,
                this::agentIsKilledTwice,
                this::agentIsStopped,
                () -> daemonIsKilled(daemon()),
                () -> daemonIsKilled(chaosEnvironment.here()),
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

    /** Whether domains told more than their acts. */
    boolean hadBurst() {
        return burst;
    }

    private LibvirtDaemon daemon() {
        return random.nextBoolean() ? chaosEnvironment.here() : chaosEnvironment.there();
    }

    private List<Fault> agentIsKilled() {
        Instant begin = killAgent();
        meanwhile.accept(false);
        rest(2000);
        return List.of(new Fault("agent killed", chaosEnvironment.allUris(), begin, startAgent()));
    }

    private List<Fault> agentIsKilledTwice() {
        List<Fault> faults = new ArrayList<>(agentIsKilled());
        rest(4000);
        faults.addAll(agentIsKilled());
        return faults;
    }

    private List<Fault> agentIsStopped() {
        chaosEnvironment.reports("agent is stopped");
        if (chaosEnvironment.agent().terminate() != 0) {
            throw new AssertionError(
                    "the agent did not end well" + chaosEnvironment.agent().said());
        }
        Instant begin = chaosEnvironment.reports("agent has ended"); // it listened to the last
        meanwhile.accept(false);
        return List.of(new Fault("agent stopped", chaosEnvironment.allUris(), begin, startAgent()));
    }

    private List<Fault> daemonIsKilled(LibvirtDaemon daemon) throws Exception {
        Instant begin = killDaemon(daemon);
        killGuests();
        rest(1000);
        Instant end = startDaemon(daemon);
        meanwhile.accept(false);
        return List.of(new Fault("libvirtd killed", chaosEnvironment.urisOf(daemon), begin, end));
    }

    private List<Fault> daemonIsRestarted() throws Exception {
        LibvirtDaemon daemon = daemon();
        Instant begin = chaosEnvironment.reports("libvirtd is restarted: " + daemon.directory());
        chaosEnvironment.forgets(daemon);
        daemon.restart();
        Instant end = chaosEnvironment.reports("libvirtd is back");
        chaosEnvironment.connectAgain(daemon);
        meanwhile.accept(false);
        return List.of(new Fault("libvirtd restarted", chaosEnvironment.urisOf(daemon), begin, end));
    }

    private List<Fault> daemonHangs() {
        LibvirtDaemon daemon = daemon();
        Instant begin = chaosEnvironment.reports("libvirtd hangs: " + daemon.directory());
        daemon.freeze();
        killGuests();
        LockSupport.parkNanos(TOO_LONG.toNanos());
        daemon.thaw();
        Instant end = chaosEnvironment.reports("libvirtd goes on");
        meanwhile.accept(false);
        return List.of(new Fault("libvirtd hung", chaosEnvironment.urisOf(daemon), begin, end));
    }

    /** One after the other: the first may be back before the last is cut off. */
    private List<Fault> clientsAreCutOff() throws Exception {
        LibvirtDaemon daemon = daemon();
        Instant begin = chaosEnvironment.reports("clients are cut off: " + daemon.directory());
        chaosEnvironment.forgets(daemon);
        daemon.disconnectClients();
        Instant cut = chaosEnvironment.reports("clients were cut off");
        chaosEnvironment.connectAgain(daemon);
        meanwhile.accept(false);
        return List.of(new Fault("clients cut off", chaosEnvironment.urisOf(daemon), begin, cut, begin));
    }

    private List<Fault> bothAreKilled() throws Exception {
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
                new Fault("libvirtd killed", chaosEnvironment.urisOf(daemon), daemonBegin, daemonEnd),
                new Fault("agent killed", chaosEnvironment.allUris(), agentBegin, agentEnd));
    }

    /** The run in between never reaches that daemon. */
    private List<Fault> agentStartsWithoutDaemon() throws Exception {
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
                new Fault("agent killed", chaosEnvironment.allUris(), begin, firstEnd),
                new Fault("libvirtd killed", chaosEnvironment.urisOf(daemon), daemonBegin, daemonEnd),
                new Fault("agent killed again", chaosEnvironment.allUris(), second, end));
    }

    private List<Fault> queueOverflows() throws Exception {
        burst();
        return List.of();
    }

    /** Killed when the gap may not be closed yet: then the next run has to close it. */
    private List<Fault> queueOverflowsAndAgentIsKilled() throws Exception {
        int before = chaosEnvironment.overflows().size();
        burst();
        rest(3000);
        List<Instant> overflows = chaosEnvironment.overflows();
        List<Fault> faults = new ArrayList<>(agentIsKilled());
        for (Instant overflow : overflows.subList(before, overflows.size())) {
            faults.add(new Fault("overflow", Set.of(chaosEnvironment.test.agentUri()), overflow, overflow));
        }
        return faults;
    }

    private List<Fault> agentIsSlow() {
        chaosEnvironment.reports("agent sleeps");
        chaosEnvironment.agent().signal("STOP");
        meanwhile.accept(true);
        rest(500);
        chaosEnvironment.agent().signal("CONT");
        chaosEnvironment.reports("agent wakes");
        return List.of();
    }

    private List<Fault> daemonIsSlow() {
        LibvirtDaemon daemon = daemon();
        chaosEnvironment.reports("libvirtd sleeps: " + daemon.directory());
        daemon.freeze();
        rest(1200);
        daemon.thaw();
        chaosEnvironment.reports("libvirtd wakes");
        meanwhile.accept(true);
        return List.of();
    }

    /** Many events at once, which the agent finds when it wakes. */
    private Instant burst() throws Exception {
        burst = true;
        chaosEnvironment.reports("agent sleeps, burst");
        chaosEnvironment.agent().signal("STOP");
        Instant begin = chaosEnvironment.reports("burst");
        List<Domain> running = new ArrayList<>();
        for (Domain domain : chaosEnvironment.test.connect().listAllDomains(1)) {
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
        chaosEnvironment.agent().signal("CONT");
        chaosEnvironment.reports("agent wakes");
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
            for (TestHypervisor testHypervisor : List.of(chaosEnvironment.qemu, chaosEnvironment.far)) {
                if (random.nextInt(3) == 0 && RandomOperations.kill(testHypervisor, name)) {
                    chaosEnvironment.reports("guest killed: " + name + " " + testHypervisor);
                }
            }
        }
    }

    private Instant killAgent() {
        Instant begin = chaosEnvironment.reports("agent is killed");
        chaosEnvironment.agent().kill9();
        return begin;
    }

    /** When it may listen again at the earliest. */
    private Instant startAgent() {
        Instant end = Instant.now();
        chaosEnvironment.startAgent();
        return end;
    }

    private Instant killDaemon(LibvirtDaemon daemon) {
        Instant begin = chaosEnvironment.reports("libvirtd is killed: " + daemon.directory());
        chaosEnvironment.forgets(daemon);
        daemon.kill9();
        return begin;
    }

    private Instant startDaemon(LibvirtDaemon daemon) throws Exception {
        Instant end = chaosEnvironment.reports("libvirtd starts");
        daemon.start();
        chaosEnvironment.connectAgain(daemon);
        return end;
    }

    private void rest(int mostMillis) {
        LockSupport.parkNanos(Duration.ofMillis(random.nextInt(mostMillis)).toNanos());
    }
}
