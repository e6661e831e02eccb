package org.vmeventagent.simulator;

import static org.vmeventagent.simulator.SimulatedDomain.CRASHED;
import static org.vmeventagent.simulator.SimulatedDomain.PAUSED;
import static org.vmeventagent.simulator.SimulatedDomain.PAUSED_SAVE;
import static org.vmeventagent.simulator.SimulatedDomain.PAUSED_STARTING_UP;
import static org.vmeventagent.simulator.SimulatedDomain.PMSUSPENDED;
import static org.vmeventagent.simulator.SimulatedDomain.RUNNING;
import static org.vmeventagent.simulator.SimulatedDomain.SHUTDOWN;

import java.util.List;
import java.util.Random;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.rig.NovaXml;

/**
 * What Nova, an administrator, the guest and fate do to a domain, each with the events that QEMU's driver of libvirt 9.0
 * was seen to emit, in their order.
 */
final class SimulatedOperations {
    private final SimulatedDomain domain;
    private final Random random;
    private final SimulatedMigrations migrations;

    SimulatedOperations(SimulatedDomain domain, Random random) {
        this.domain = domain;
        this.random = random;
        migrations = new SimulatedMigrations(domain, random);
    }

    /** Plans one that its state allows. */
    void any() {
        List<Runnable> possible;
        if (!domain.exists()) {
            possible = List.of(
                    this::create,
                    this::define,
                    this::bootTransient,
                    migrations::migrateIn,
                    migrations::migrationInFails);
        } else if (domain.isSaved()) {
            possible = List.of(this::resumeSaved, this::restore, this::redefine, this::undefine, this::novaStart);
        } else if (!domain.isActive()) {
            possible = List.of(
                    this::boot,
                    this::bootPaused,
                    this::novaStart,
                    this::startFails,
                    this::startFailsUnsaid,
                    this::undefine,
                    this::redefine,
                    this::rename,
                    this::startFromSnapshot);
        } else if (domain.is(CRASHED)) {
            possible = List.of(this::destroy, this::kill);
        } else if (domain.is(PMSUSPENDED)) {
            possible = List.of(this::wake, this::wake, this::destroy);
        } else if (domain.is(PAUSED)) {
            possible = List.of(
                    this::resume, this::resume, this::resume, this::destroy, this::kill, this::save, this::attach);
        } else {
            possible = List.of(
                    this::pause,
                    this::powerOff,
                    this::destroy,
                    this::kill,
                    this::terminate,
                    this::hardReboot,
                    this::softReboot,
                    this::save,
                    this::managedSave,
                    this::reset,
                    this::panicAndStay,
                    this::panicAndStop,
                    this::panicAndRestart,
                    this::ioError,
                    this::watchdogPowerOff,
                    this::sleep,
                    this::liveSnapshot,
                    this::liveSnapshot,
                    this::revert,
                    this::revertToOff,
                    migrations::migrateOut,
                    migrations::migrateOutKept,
                    migrations::migrationCancelled,
                    this::attach,
                    this::attach,
                    this::undefine,
                    this::delete);
        }
        possible.get(random.nextInt(possible.size())).run();
    }

    private int upTo(int millis) {
        return random.nextInt(millis + 1);
    }

    private void emits(int millis, String event) {
        domain.then(upTo(millis), () -> domain.emits(event));
    }

    private void define() {
        domain.then(0, () -> {
            domain.define();
            domain.emits("defined added");
        });
    }

    private void redefine() {
        domain.then(0, () -> {
            domain.define();
            domain.emits("defined updated");
        });
    }

    private void undefine() {
        domain.then(0, () -> {
            if (domain.isPersistent()) {
                domain.persistent(false);
                domain.emits("undefined removed");
            }
        });
    }

    private void rename() {
        domain.then(0, () -> domain.emits("undefined renamed"));
        emits(1, "defined renamed");
    }

    private void create() {
        define();
        domain.then(upTo(300), () -> {});
        if (random.nextBoolean()) {
            boot();
        } else {
            bootPaused();
        }
    }

    /** What Nova does with any stopped server. */
    private void novaStart() {
        undefine();
        domain.then(upTo(300), () -> {});
        define();
        domain.then(upTo(300), () -> {});
        boot();
    }

    private void boot() {
        domain.then(0, () -> {
            domain.managedSave(false);
            domain.begins(PAUSED_STARTING_UP);
        });
        domain.then(upTo(random.nextInt(5) == 0 ? 5000 : 300), () -> {
            domain.is(RUNNING, 1);
            domain.emits("resumed unpaused");
        });
        emits(10, "started booted");
    }

    private void bootTransient() {
        boot();
    }

    /** Nova waits for a port to be plugged. */
    private void bootPaused() {
        domain.then(0, () -> {
            domain.managedSave(false);
            domain.begins(PAUSED_STARTING_UP);
        });
        domain.then(upTo(300), () -> {
            domain.is(PAUSED, 1);
            domain.emits("started booted");
        });
        emits(1, "suspended paused");
        resume();
    }

    private void startFails() {
        domain.then(0, () -> domain.begins(PAUSED_STARTING_UP));
        ends(300, 6, "stopped failed");
    }

    private void startFailsUnsaid() {
        domain.then(0, () -> domain.ends(6));
    }

    private void startFromSnapshot() {
        domain.then(0, () -> domain.begins(PAUSED_STARTING_UP));
        domain.then(upTo(300), () -> {
            domain.is(RUNNING, 4);
            domain.emits("started from_snapshot");
        });
    }

    private void pause() {
        domain.then(0, () -> {
            domain.is(PAUSED, 1);
            domain.emits("suspended paused");
        });
    }

    private void resume() {
        domain.then(upTo(2000), () -> {
            domain.is(RUNNING, 5);
            domain.emits("resumed unpaused");
        });
    }

    private void ends(int millis, int reason, String event) {
        domain.then(upTo(millis), () -> {
            domain.ends(reason);
            domain.emits(event);
        });
    }

    private void powerOff() {
        domain.then(0, () -> {
            domain.is(SHUTDOWN, 0);
            domain.emits("shutdown guest");
        });
        ends(2000, 1, "stopped shutdown");
    }

    private void destroy() {
        domain.then(0, () -> domain.emits("shutdown host"));
        ends(10, 2, "stopped destroyed");
    }

    private void terminate() {
        domain.then(0, () -> domain.emits("shutdown host"));
        ends(1500, 1, "stopped shutdown");
    }

    private void kill() {
        ends(0, 3, "stopped failed");
    }

    private void delete() {
        destroy();
        domain.then(upTo(40), () -> {});
        undefine();
    }

    private void hardReboot() {
        destroy();
        novaStart();
    }

    private void softReboot() {
        powerOff();
        boot();
    }

    private void saveTo(boolean managed) {
        if (domain.is(RUNNING)) {
            domain.then(0, () -> {
                domain.is(PAUSED, PAUSED_SAVE);
                domain.emits("suspended paused");
            });
        }
        domain.then(upTo(50), () -> domain.emits(EventKind.MIGRATION_ITERATION, 1));
        domain.then(upTo(2000), () -> {
            domain.ends(5);
            domain.managedSave(managed && domain.isPersistent());
            domain.emits("stopped saved");
        });
    }

    private void save() {
        saveTo(false);
    }

    private void managedSave() {
        saveTo(domain.isPersistent());
    }

    private void restore() {
        domain.then(0, () -> domain.begins(PAUSED_STARTING_UP));
        domain.then(upTo(500), () -> {
            domain.managedSave(false);
            domain.emits("started restored");
        });
        domain.then(upTo(5), () -> {
            domain.is(RUNNING, 3);
            domain.emits("resumed from_snapshot");
        });
    }

    private void resumeSaved() {
        redefine();
        restore();
    }

    private void reset() {
        domain.then(0, () -> domain.emits(EventKind.REBOOT));
        domain.then(upTo(30), () -> domain.emits(EventKind.REBOOT));
    }

    private void panicAndStay() {
        domain.then(0, () -> {
            domain.is(CRASHED, 1);
            domain.emits("crashed panicked");
        });
    }

    private void panicAndStop() {
        panicAndStay();
        ends(2000, 3, "stopped crashed");
    }

    private void panicAndRestart() {
        panicAndStay();
        domain.then(upTo(30), () -> domain.emits(EventKind.REBOOT));
        resume();
    }

    private void ioError() {
        domain.then(0, () -> {
            domain.is(PAUSED, 5);
            domain.emits(EventKind.IO_ERROR_REASON, "/disk", "virtio-disk0", 1, "enospc");
            domain.emits("suspended ioerror");
        });
    }

    private void watchdogPowerOff() {
        domain.then(0, () -> domain.emits(EventKind.WATCHDOG, 3));
        ends(1500, 3, "stopped failed");
    }

    private void sleep() {
        domain.then(0, () -> {
            domain.is(PMSUSPENDED, 0);
            domain.emits(EventKind.PMSUSPEND, 0);
            domain.emits("pmsuspended memory");
        });
    }

    private void wake() {
        domain.then(0, () -> {
            domain.is(RUNNING, 8);
            domain.emits(EventKind.PMWAKEUP, 0);
            domain.emits("started wakeup");
        });
    }

    /** Nova's: the guest runs on while it has no definition. */
    private void liveSnapshot() {
        if (domain.isPersistent()) {
            undefine();
            domain.then(upTo(1000), () -> domain.emits(EventKind.BLOCK_JOB_2, "vda", 2, 3));
            domain.then(upTo(20), () -> {
                domain.defineAsIs();
                domain.emits("defined updated");
            });
        }
    }

    private void attach() {
        domain.then(0, () -> {
            domain.attach();
            domain.emits(EventKind.METADATA_CHANGE, 2, NovaXml.NAMESPACE);
        });
    }

    private void revert() {
        ends(0, 7, "stopped from_snapshot");
        if (domain.isPersistent()) {
            startFromSnapshot();
            emits(5, "resumed from_snapshot");
            emits(5, "defined from_snapshot");
        }
    }

    private void revertToOff() {
        ends(0, 7, "stopped from_snapshot");
        if (domain.isPersistent()) {
            emits(5, "defined from_snapshot");
        }
    }
}
