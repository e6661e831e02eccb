package org.vmeventagent.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.libvirt.Domain;
import org.libvirt.DomainInfo.DomainState;
import org.libvirt.LibvirtException;
import org.vmeventagent.libvirt.EventLoop;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NovaXml;

/**
 * Instances of a test driver to which something happens all the time, at a steady rate, also while the daemon goes away
 * and comes back: each operation raises one lifecycle event. Operations and queries are done one at a time, from any thread.
 */
public final class GuestLoad implements AutoCloseable {
    private static final Duration END = Duration.ofSeconds(30);

    private final TestHypervisor testHypervisor;
    private final RandomGenerator random;
    private final List<UUID> instances;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final Future<?> operating;
    private boolean resting;
    private long operations;

    /** Begins, with that many instances. */
    public GuestLoad(LibvirtDaemon daemon, int size, int operationsPerSecond, RandomGenerator random) {
        EventLoop.start();
        this.testHypervisor = new TestHypervisor(daemon, daemon.testUri());
        this.random = random;
        this.instances = IntStream.range(0, size)
                .mapToObj(i -> UUID.nameUUIDFromBytes(new byte[] {(byte) (i >> 8), (byte) i}))
                .toList();
        long nanos = Duration.ofSeconds(1).toNanos() / operationsPerSecond;
        operating = thread.scheduleWithFixedDelay(this::operate, 0, nanos, TimeUnit.NANOSECONDS);
    }

    /** Where they are; only its names may be asked for. */
    public TestHypervisor hypervisor() {
        return testHypervisor;
    }

    /** Lifecycle events that were raised so far; one that was cut off with its connection is not counted. */
    public synchronized long operations() {
        if (operating.isDone()) {
            throw new AssertionError("the load has ended by a fault of its own");
        }
        return operations;
    }

    /** Nothing happens from now on. */
    public synchronized void rest() {
        resting = true;
    }

    /** It goes on. */
    public synchronized void goOn() {
        resting = false;
    }

    /** What a consumer's view says other than the daemon; null for nothing. Meaningful at rest. */
    public @Nullable String difference(Invariants invariants) throws LibvirtException {
        return invariants.difference(testHypervisor.agentUri(), currentState());
    }

    /** The state of every domain as the daemon has it. */
    synchronized Map<String, String> currentState() throws LibvirtException {
        try {
            return testHypervisor.currentState();
        } catch (LibvirtException e) {
            testHypervisor.forget();
            throw e;
        }
    }

    private synchronized void operate() {
        if (resting) {
            return;
        }
        UUID uuid = instances.get(random.nextInt(instances.size()));
        try {
            Domain domain = testHypervisor.find(uuid);
            if (domain == null) {
                define(uuid);
            } else {
                try {
                    operate(domain, uuid);
                } finally {
                    domain.free();
                }
            }
            operations++;
        } catch (LibvirtException e) {
            testHypervisor.forget(); // the daemon is away; the next operation tries again
        }
    }

    private void operate(Domain domain, UUID uuid) throws LibvirtException {
        DomainState state = domain.getInfo().state;
        int choice = random.nextInt(10);
        if (state == DomainState.VIR_DOMAIN_SHUTOFF) {
            if (choice < 6) {
                domain.create();
            } else if (choice < 8) {
                define(uuid);
            } else {
                domain.undefine();
            }
        } else if (choice < 2) {
            domain.destroy();
        } else if (state == DomainState.VIR_DOMAIN_PAUSED) {
            domain.resume();
        } else {
            domain.suspend();
        }
    }

    private void define(UUID uuid) throws LibvirtException {
        String name = "instance-" + uuid;
        testHypervisor
                .connect()
                .domainDefineXML(NovaXml.testDomain(name, uuid, "load " + random.nextInt(1000)))
                .free();
    }

    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(END.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("an operation does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        testHypervisor.forget();
    }
}
