package org.vmeventagent.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guests of KVM on a host that is started again, by order and by force. */
@Tag("long")
@Tag("machine")
class KvmHostIT {
    private static final Duration SOON = Duration.ofMinutes(5);
    /** A guest of the machine's storm, which nobody storms here. */
    private static final String GUEST = "vm-1";

    @TempDir
    private static Path directory;

    private static MachineEnvironment environment;
    private static AgentMachine machine;
    private long before;

    @BeforeAll
    static void install() throws Exception {
        environment = new MachineEnvironment("trixie", directory, "");
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
        machine.defineGuest(GUEST);
    }

    @AfterEach
    void undefine() {
        machine.run("virsh destroy " + GUEST + " 2>/dev/null; virsh undefine --managed-save " + GUEST);
        environment.awaitSettled(null);
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
    void orderlyRebootSavesGuests() {
        machine.run("virsh start --paused " + GUEST);
        reboot("systemctl --no-block reboot");

        assertEquals(1, told().filter("stopped saved"::equals).count(), () -> told().toList() + environment.recently());
    }

    @Test
    void forcedRebootIsTheEndOfGuests() {
        machine.run("virsh start --paused " + GUEST);
        await("defined defined", "started booted", "suspended start_paused");
        reboot("sync; systemd-run -q sh -c 'sleep 1; reboot -f'");

        await("defined defined", "started booted", "suspended start_paused", "stopped host_rebooted");
    }

    private static void reboot(String command) {
        machine.run(command);
        machine.awaitOff();
        Instant off = Instant.now();
        machine.boot();
        environment.awaitSettled(off);
    }

    /** What was published of the guest in this test: event and cause. */
    private Stream<String> told() {
        return environment.consumer().after(before).stream()
                .filter(notification -> notification.text("domain").equals(GUEST) && notification.has("cause"))
                .map(notification -> notification.name().replace("domain.", "") + ' ' + notification.text("cause"));
    }

    private void await(String... expected) {
        Awaitility.await().atMost(SOON).until(() -> told().toList().size() >= expected.length);
        assertEquals(List.of(expected), told().toList(), environment::recently);
    }
}
