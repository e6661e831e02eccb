package org.vmeventagent.simulator;

import static org.vmeventagent.simulator.SimulatedDomain.PAUSED;
import static org.vmeventagent.simulator.SimulatedDomain.PAUSED_MIGRATION;
import static org.vmeventagent.simulator.SimulatedDomain.RUNNING;

import java.util.Random;
import org.vmeventagent.event.EventKind;

/** A domain leaves for another host, or comes from one: each end of a live migration, with its events. */
final class SimulatedMigrations {
    private final SimulatedDomain domain;
    private final Random random;

    SimulatedMigrations(SimulatedDomain domain, Random random) {
        this.domain = domain;
        this.random = random;
    }

    private void leaves() {
        domain.then(0, () -> domain.emits(EventKind.MIGRATION_ITERATION, 1));
        domain.then(random.nextInt(1000), () -> {
            domain.is(PAUSED, PAUSED_MIGRATION);
            domain.emits("suspended migrated");
        });
    }

    /** As Nova migrates: the definition goes too, and no event reports that. */
    void migrateOut() {
        leaves();
        domain.then(random.nextInt(1600), () -> {
            domain.persistent(false);
            domain.ends(4);
            domain.emits("stopped migrated");
        });
        domain.then(100, () -> {}); // longer than the look-up of the event takes
    }

    void migrateOutKept() {
        leaves();
        domain.then(random.nextInt(1600), () -> {
            domain.ends(4);
            domain.emits("stopped migrated");
        });
        domain.then(100, () -> {});
    }

    void migrationCancelled() {
        leaves();
        domain.then(random.nextInt(1600), () -> {
            domain.is(RUNNING, 6);
            domain.emits("resumed migrated");
        });
    }

    private void arrives() {
        domain.then(0, () -> domain.begins(PAUSED_MIGRATION));
        domain.then(random.nextInt(10), () -> domain.emits("started migrated"));
    }

    void migrateIn() {
        arrives();
        domain.then(random.nextInt(20_000), () -> {
            domain.arrived();
            domain.defineAsIs();
            domain.is(RUNNING, 2);
            domain.emits("defined added");
            domain.emits("resumed migrated");
        });
    }

    void migrationInFails() {
        arrives();
        domain.then(random.nextInt(5000), () -> {
            domain.ends(6);
            domain.emits("stopped failed");
        });
    }
}
