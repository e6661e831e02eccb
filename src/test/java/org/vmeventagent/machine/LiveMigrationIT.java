package org.vmeventagent.machine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.RabbitBroker;

/** A guest of KVM moves between two machines, over a network that they have for themselves. */
@Tag("long")
@Tag("machine")
class LiveMigrationIT {
    private static final String GUEST = "guest";

    @TempDir
    private Path directory;

    @Test
    void thereAndBack() throws Exception {
        String cable = "127.0.0.1:" + RabbitBroker.freePort();
        try (MachineEnvironment one = host(1, "listen=" + cable);
                MachineEnvironment two = host(2, "connect=" + cable)) {
            one.machine().define(AgentMachine.QEMU, GuestXml.kvm(GUEST));
            one.machine().run("virsh start " + GUEST);
            one.awaitToldInOrder(GUEST, 0, "started booted");

            migrate(one, 2);
            one.awaitToldInOrder(
                    GUEST, 0, "started booted", "suspended migrating_out", "stopped migrated_out", "removed");
            two.awaitToldInOrder(GUEST, 0, "started migrating_in", "resumed migrated_in");
            long before = one.consumer().lastSequence();

            migrate(two, 1);
            two.awaitToldInOrder(
                    GUEST, 0, "resumed migrated_in", "suspended migrating_out", "stopped migrated_out", "removed");
            one.awaitToldInOrder(GUEST, before, "started migrating_in", "resumed migrated_in");

            one.awaitSettled();
            two.awaitSettled();
        }
    }

    private static void migrate(MachineEnvironment source, int to) {
        source.machine()
                .run("virsh migrate --live --persistent --undefinesource " + GUEST + " qemu+tcp://" + address(to)
                        + "/system tcp://" + address(to));
    }

    private static String address(int number) {
        return "10.1.0." + number;
    }

    private MachineEnvironment host(int number, String cable) throws Exception {
        String mac = "52:54:00:00:00:0" + number;
        MachineEnvironment environment = new MachineEnvironment(
                "trixie",
                Files.createDirectory(directory.resolve("host" + number)),
                "-nic",
                "socket,model=virtio,mac=" + mac + ',' + cable);
        AgentMachine machine = environment.machine();
        machine.write("/etc/systemd/network/00-private.network", """
                [Match]
                MACAddress=%s
                [Network]
                Address=%s/24
                """.formatted(mac, address(number)));
        machine.run("networkctl reload; hostnamectl hostname host" + number
                + "; echo '10.1.0.1 host1\n10.1.0.2 host2' >>/etc/hosts; echo 'auth_tcp = \"none\"' >>/etc/libvirt/libvirtd.conf"
                + "; systemctl stop libvirtd 'libvirtd*.socket'"
                + "; systemctl start libvirtd-tcp.socket libvirtd.socket libvirtd-ro.socket");
        environment.startAgent(List.of(AgentMachine.QEMU), "");
        return environment;
    }
}
