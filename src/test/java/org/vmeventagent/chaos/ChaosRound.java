package org.vmeventagent.chaos;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.libvirt.LibvirtException;

/**
 * Operations while all is well, then a fault with operations in it, then operations as soon as the agent listens again; and when all has
 * come to rest, what must be true.
 */
public final class ChaosRound {
    /** A daemon that was lost often is tried again only every 10 s; five questions may be put, 2 s apart. */
    private static final Duration TIMEOUT = Duration.ofSeconds(45);

    private static final Duration SOON = Duration.ofSeconds(15);

    private final ChaosEnvironment environment;
    private final RandomGenerator random;
    private final Invariants invariants;
    private final Set<String> touched = new HashSet<>();
    private Instant begin = Instant.MIN;

    public ChaosRound(ChaosEnvironment environment, Invariants invariants, RandomGenerator random) {
        this.environment = environment;
        this.invariants = invariants;
        this.random = random;
    }

    /**
     * Plays it.
     *
     * @throws AssertionError says what is wrong
     */
    public void run() throws Exception {
        invariants.beginRound();
        begin = environment.reports("--- round");
        List<GuestOperation> before = operations(random.nextInt(5), true);
        boolean quiet = random.nextInt(3) > 0;
        if (quiet) {
            received(before, begin, touched);
        }
        ChaosFaults kinds = new ChaosFaults(environment, random, this::meanwhile);
        List<MissedWindow> faults = random.nextInt(6) == 0 ? List.of() : kinds.happen();
        Instant up = awaitConnected(faults);
        List<GuestOperation> after = operations(random.nextInt(4), true);
        settled(faults);
        if (!kinds.hadBurst() && faults.isEmpty() && !quiet) {
            before.addAll(after);
            received(before, begin, touched);
        } else if (!kinds.hadBurst()) {
            received(after, up, touched);
        }
        sameAsHypervisor();
        invariants.check();
    }

    /** @param received false in a gap: then also what no event tells */
    private void meanwhile(boolean received) {
        operations(random.nextInt(4), received).forEach(guestOperation -> touched.add(guestOperation.instance()));
    }

    private List<GuestOperation> operations(int count, boolean received) {
        List<GuestOperation> guestOperations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            guestOperations.addAll(operate(received));
        }
        return guestOperations;
    }

    private List<GuestOperation> operate(boolean received) {
        boolean qemu = random.nextInt(4) == 0;
        List<String> names = qemu ? ChaosEnvironment.QEMU_DOMAINS : ChaosEnvironment.TEST_DOMAINS;
        String name = names.get(random.nextInt(names.size()));
        try {
            return operate(name, qemu, received);
        } catch (LibvirtException | AssertionError e) {
            // of a guest that died and of which libvirtd does not know it yet, for one
            environment.reports("failed with " + name + ": " + e.getMessage());
            touched.add(RandomOperations.uuid(name).toString());
            return List.of();
        }
    }

    private List<GuestOperation> operate(String name, boolean qemu, boolean received) throws LibvirtException {
        TestHypervisor testHypervisor = qemu ? home(name) : environment.test;
        if (qemu && random.nextInt(3) == 0) {
            List<GuestOperation> moved = environment.randomOperations.migrate(
                    testHypervisor,
                    testHypervisor == environment.qemu ? environment.far : environment.qemu,
                    name,
                    random.nextBoolean());
            if (moved != null) {
                return reported(moved);
            }
        }
        return reported(List.of(environment.randomOperations.operate(testHypervisor, name, random, received)));
    }

    private List<GuestOperation> reported(List<GuestOperation> guestOperations) {
        guestOperations.forEach(guestOperation -> environment.story.add(guestOperation.toString()));
        return guestOperations;
    }

    private TestHypervisor home(String name) throws LibvirtException {
        org.libvirt.Domain domain = environment.far.find(RandomOperations.uuid(name));
        if (domain == null) {
            return environment.qemu;
        }
        domain.free();
        return environment.far;
    }

    /** Waits until every connection that a fault cut is subscribed again; when that was seen. */
    private Instant awaitConnected(List<MissedWindow> faults) {
        for (MissedWindow fault : faults) {
            for (String uri : fault.uris()) {
                await(
                        TIMEOUT,
                        () -> invariants.connectedSince(uri, fault.begin())
                                ? null
                                : uri + " is not connected after " + fault);
            }
        }
        return Instant.now();
    }

    /** Every fault is announced by a gap that covers it, and after every overflow there is one. */
    private void settled(List<MissedWindow> faults) {
        for (MissedWindow fault : faults) {
            for (String uri : fault.uris()) {
                await(TIMEOUT, () -> invariants.covered(uri, fault) ? null : "no gap of " + uri + " covers " + fault);
            }
        }
        if (overflowed()) {
            for (String uri : environment.allUris()) {
                await(TIMEOUT, () -> comparedAfterOverflow(uri) ? null : uri + " was not compared after an overflow");
            }
        }
    }

    private boolean comparedAfterOverflow(String uri) {
        boolean compared = true;
        for (String line : environment.agent().err()) {
            if (line.contains("The queue was full")) {
                compared = false;
            } else if (line.contains(uri + ": compared ")) {
                compared = true;
            }
        }
        return compared;
    }

    /** Whether the queue was full in this round, maybe of the burst of an earlier one: a slow agent reads it that late. */
    private boolean overflowed() {
        return environment.overflows().stream().anyMatch(at -> at.isAfter(begin));
    }

    /**
     * Every event of these operations came once and nothing else did; loose domains may raise more. After an overflow there
     * is the gap instead.
     */
    private void received(List<GuestOperation> guestOperations, Instant from, Set<String> loose) {
        for (String domain : invariants.domains(guestOperations)) {
            await(SOON, () -> overflowed() ? null : invariants.received(domain, guestOperations, from, loose));
        }
    }

    private void sameAsHypervisor() {
        await(SOON, () -> {
            try {
                for (TestHypervisor testHypervisor : environment.testHypervisors) {
                    String difference = invariants.difference(testHypervisor.agentUri(), currentState(testHypervisor));
                    if (difference != null) {
                        return difference;
                    }
                }
                return null;
            } catch (LibvirtException e) {
                throw new AssertionError(e);
            }
        });
    }

    private Map<String, String> currentState(TestHypervisor testHypervisor) throws LibvirtException {
        Map<String, String> current = testHypervisor.currentState();
        current.replaceAll((uuid, state) -> {
            Instant saved = environment.randomOperations.savedToFile(testHypervisor, uuid);
            boolean known = saved != null && !saved.isBefore(environment.daemonSince(testHypervisor));
            if (!state.equals("defined")) {
                return state;
            }
            boolean unknown = saved == null ? environment.randomOperations.mayLookSaved(testHypervisor, uuid) : !known;
            return unknown ? "saved or defined" : saved == null ? state : "saved";
        });
        return current;
    }

    /** @param wrong null once it is right */
    static void await(Duration timeout, Supplier<@Nullable String> wrong) {
        String[] last = new String[1];
        try {
            Awaitility.await()
                    .atMost(timeout)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        last[0] = wrong.get();
                        return last[0] == null;
                    });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(last[0], e);
        }
    }
}
