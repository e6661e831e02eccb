package org.vmeventagent.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.BootSector;

/** Guests of KVM on a host that is started again, by order and by force. */
@Tag("long")
@Tag("machine")
class KvmHostIT {
    private static final String GUEST = "guest";
    private static final String GUEST_DISK = "/var/lib/libvirt/images/guest.img";

    @TempDir
    private static Path directory;

    private static MachineEnvironment environment;
    private static AgentMachine machine;
    private long before;

    @BeforeAll
    static void install() throws Exception {
        environment = new MachineEnvironment("trixie", directory);
        environment.startAgent(List.of(AgentMachine.QEMU), "");
        machine = environment.machine();
        machine.run("sed -i 's/.*ON_SHUTDOWN=.*/ON_SHUTDOWN=suspend/' /etc/default/libvirt-guests");
    }

    @AfterAll
    static void end() {
        environment.close();
    }

    @BeforeEach
    void define() {
        before = environment.consumer().lastSequence();
        environment.invariants().beginRound();
        machine.define(AgentMachine.QEMU, GuestXml.kvm(GUEST));
    }

    @AfterEach
    void undefine() {
        machine.run("virsh destroy " + GUEST + " 2>/dev/null; virsh undefine --managed-save " + GUEST);
        environment.awaitSettled();
    }

    @Test
    void lifeOfAGuest() {
        machine.run("virsh start --paused " + GUEST);
        machine.run("virsh resume " + GUEST);
        machine.run("virsh suspend " + GUEST);
        machine.run("virsh managedsave " + GUEST);
        machine.run("virsh start --paused " + GUEST);
        machine.run("virsh destroy " + GUEST);
        machine.run("virsh start --paused " + GUEST);
        machine.run("kill -9 $(cat /run/libvirt/qemu/" + GUEST + ".pid)");

        await(
                "defined defined",
                "started booted",
                "suspended start_paused",
                "resumed booted",
                "suspended paused",
                "shutdown stopping",
                "stopped saved",
                "started restored",
                "suspended paused",
                "shutdown stopping",
                "stopped destroyed",
                "started booted",
                "suspended start_paused",
                "stopped process_died");
    }

    @Test
    void aGuestThatPanics() {
        boot(BootSector.PANIC);

        awaitInOrder("started booted", "crashed guest_panic", "stopped guest_panic");
    }

    @Test
    void aGuestWhoseWatchdogResetsIt() {
        boot(BootSector.WATCHDOG);

        awaitInOrder("started booted", "watchdog", "reboot");
    }

    @Test
    void orderlyRebootSavesGuests() {
        machine.run("virsh start --paused " + GUEST);
        environment.reboot();

        List<String> told = environment.told(GUEST, before);
        assertEquals(1, told.stream().filter("stopped saved"::equals).count(), () -> told + environment.recently());
    }

    /** As libvirt 11.2 and later can. The agent is ended beside it: what it doesn't see, it finds after the boot. */
    @Test
    void orderlyRebootOfAHostWhoseDaemonEndsGuests() {
        machine.run("systemctl disable -q --now libvirt-guests");
        configureDaemon("printf 'auto_shutdown_%s\\n' 'try_save=\"none\"' 'try_shutdown=\"none\"' 'poweroff=\"all\"'"
                + " >>/etc/libvirt/qemu.conf");
        try {
            machine.run("virsh start --paused " + GUEST);
            environment.awaitToldInOrder(GUEST, before, "started booted");
            environment.reboot();

            List<String> told = environment.told(GUEST, before);
            List<String> ends =
                    told.stream().filter(event -> event.startsWith("stopped")).toList();
            assertEquals(1, ends.size(), () -> told + environment.recently());
            assertTrue(Set.of("stopped destroyed", "stopped host_rebooted").containsAll(ends), environment::recently);
        } finally {
            configureDaemon("sed -i /auto_shutdown_/d /etc/libvirt/qemu.conf");
            machine.run("systemctl enable -q --now libvirt-guests");
        }
    }

    private static void configureDaemon(String command) {
        Instant begin = Instant.now();
        machine.run(command + " && systemctl restart libvirtd");
        environment.awaitReconnected(begin);
    }

    @Test
    void forcedRebootIsTheEndOfGuests() {
        machine.run("virsh start --paused " + GUEST);
        await("defined defined", "started booted", "suspended start_paused");
        environment.forceReboot();

        await("defined defined", "started booted", "suspended start_paused", "stopped host_rebooted");
    }

    /** Defines the guest again, with a disk that does this, and starts it. */
    private static void boot(BootSector sector) {
        Path disk = directory.resolve("guest.img");
        sector.writeTo(disk);
        machine.copy(disk, GUEST_DISK);
        machine.define(AgentMachine.QEMU, GuestXml.kvm(GUEST, GUEST_DISK));
        machine.run("virsh start " + GUEST);
    }

    private void await(String... expected) {
        environment.awaitTold(GUEST, before, expected);
    }

    private void awaitInOrder(String... expected) {
        environment.awaitToldInOrder(GUEST, before, expected);
    }
}
