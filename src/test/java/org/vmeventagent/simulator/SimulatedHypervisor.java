package org.vmeventagent.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.rig.HostClock;

/**
 * A host whose domains do what they like, with the events that libvirt's QEMU driver emits. It runs on a clock of its own and
 * only while {@link #run} is called, so a seed gives the same day again.
 *
 * <p>It knows the current state; what reaches the agent, and when, is up to the one who listens.
 */
public final class SimulatedHypervisor {
    public static final String URI = "qemu:///system";

    private final Random random;
    private final Consumer<DomainEvent> listener;
    private final List<SimulatedDomain> domains = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-22T10:00:00Z");
    private int lastId;

    /**
     * A host that just booted: nothing is defined on it yet.
     *
     * @param listener receives each event at its moment; the generation in it is 0, and it carries no look-up
     */
    public SimulatedHypervisor(Random random, int size, Consumer<DomainEvent> listener) {
        this.random = random;
        this.listener = listener;
        for (int i = 0; i < size; i++) {
            domains.add(new SimulatedDomain(
                    new UUID(7, i), "instance-%08x".formatted(i), i % 4 != 3, this, random, this::receive));
        }
    }

    private void receive(
            SimulatedDomain domain,
            EventKind kind,
            @Nullable EnumValue type,
            @Nullable EnumValue detail,
            Object... fields) {
        listener.accept(new DomainEvent(
                URI,
                0,
                domain.uuid(),
                domain.name(),
                domain.id(),
                kind,
                type,
                detail,
                kind.attributes(fields),
                HostClock.at(now),
                null));
    }

    public Instant now() {
        return now;
    }

    /** Every domain there ever was, also those that don't exist now. */
    public List<SimulatedDomain> domains() {
        return List.copyOf(domains);
    }

    public SimulatedDomain domain(UUID uuid) {
        return domains.stream()
                .filter(domain -> domain.uuid().equals(uuid))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Lets time pass.
     *
     * @param restless how likely an idle domain is to begin something, in 1,000
     */
    public void run(Duration time, int restless) {
        now = now.plus(time);
        for (SimulatedDomain domain : domains) {
            if (!domain.isBusy() && random.nextInt(1000) < restless) {
                new SimulatedOperations(domain, random).any();
            }
            domain.run(now);
        }
    }

    public boolean isBusy() {
        return domains.stream().anyMatch(SimulatedDomain::isBusy);
    }

    /** Guests survive it, most of them; the connection does not. */
    public void restartDaemon() {
        domains.forEach(SimulatedDomain::daemonRestarted);
        lastId = domains.stream().mapToInt(SimulatedDomain::id).max().orElse(0);
        lastId = Math.max(lastId, 0);
    }

    public void rebootHost() {
        domains.forEach(SimulatedDomain::hostRebooted);
        lastId = 0;
    }

    int nextId() {
        return ++lastId;
    }
}
