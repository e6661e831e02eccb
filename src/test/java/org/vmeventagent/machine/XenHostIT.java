package org.vmeventagent.machine;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Paravirtual guests of a real Xen, beneath its Domain-0. */
@Tag("long")
@Tag("machine")
class XenHostIT {
    private static final String XEN = "xen:///system";
    private static final String GUEST = "guest";

    @TempDir
    private Path directory;

    @Test
    void lifeOfAGuest() throws Exception {
        try (MachineEnvironment environment = new MachineEnvironment("trixie/xen", directory)) {
            AgentMachine machine = environment.machine();
            // libvirtd's Xen driver looks for Xen's own daemon when it starts, and Debian's unit doesn't wait for that
            machine.write("/etc/systemd/system/libvirtd.service.d/xen.conf", "[Unit]\nAfter=xen.service\n");
            machine.run("systemctl daemon-reload; systemctl restart libvirtd");
            environment.startAgent(List.of(XEN), "");
            // its kernel waits for a root that never comes
            machine.define(XEN, GuestXml.xen(GUEST, "root=/dev/nowhere rootdelay=100000 console=hvc0"));
            virsh(machine, "start");
            virsh(machine, "suspend");
            virsh(machine, "resume");
            machine.run("virsh -q -c " + XEN + " save " + GUEST + " /root/saved");
            machine.run("virsh -q -c " + XEN + " restore /root/saved");
            virsh(machine, "destroy");
            environment.awaitToldInOrder(
                    GUEST,
                    0,
                    "defined defined",
                    "started booted",
                    "suspended paused",
                    "resumed unpaused",
                    "stopped saved",
                    "started restored",
                    "stopped destroyed");
            environment.awaitSettled();

            environment.invariants().beginRound();
            long before = environment.consumer().lastSequence();
            virsh(machine, "start");
            environment.awaitSettled();
            environment.forceReboot();
            environment.awaitToldInOrder(GUEST, before, "started booted", "stopped host_rebooted");

            // a root that is missing at once is a panic
            machine.define(XEN, GuestXml.xen(GUEST, "root=/dev/nowhere panic=0 rootwait=0 rdinit=/nowhere"));
            virsh(machine, "start");
            environment.awaitToldInOrder(
                    GUEST, before, "stopped host_rebooted", "started booted", "stopped guest_panic");
            virsh(machine, "undefine");
            environment.awaitToldInOrder(GUEST, before, "stopped guest_panic", "undefined undefined");
            environment.awaitSettled();
        }
    }

    private static void virsh(AgentMachine machine, String command) {
        machine.run("virsh -q -c " + XEN + ' ' + command + ' ' + GUEST);
    }
}
