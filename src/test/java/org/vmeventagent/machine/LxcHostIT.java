package org.vmeventagent.machine;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers of libvirt's LXC driver. It can't suspend one where control groups are of version 2. */
@Tag("long")
@Tag("machine")
class LxcHostIT {
    private static final String LXC = "lxc:///system";
    private static final String GUEST = "guest";

    @TempDir
    private Path directory;

    @Test
    void lifeOfAContainer() throws Exception {
        try (MachineEnvironment environment = new MachineEnvironment("trixie", directory)) {
            environment.startAgent(List.of(LXC), "");
            AgentMachine machine = environment.machine();
            machine.run("mkdir -p /root/container/bin /root/container/proc /root/container/sys /root/container/dev"
                    + " && cp /bin/busybox /root/container/bin/sleep");
            machine.define(LXC, GuestXml.container(GUEST, "/root/container"));
            virsh(machine, "start");
            virsh(machine, "destroy");
            virsh(machine, "start");
            machine.run("pkill -9 -f 'sleep 100000'");
            environment.awaitToldInOrder(
                    GUEST,
                    0,
                    "defined defined",
                    "started booted",
                    "stopped destroyed",
                    "started booted",
                    "stopped shutdown");
            environment.awaitSettled();

            environment.invariants().beginRound();
            long before = environment.consumer().lastSequence();
            virsh(machine, "start");
            environment.awaitSettled();
            environment.forceReboot();
            virsh(machine, "undefine");
            environment.awaitToldInOrder(
                    GUEST, before, "started booted", "stopped host_rebooted", "undefined undefined");
            environment.awaitSettled();
        }
    }

    private static void virsh(AgentMachine machine, String command) {
        machine.run("virsh -q -c " + LXC + ' ' + command + ' ' + GUEST);
    }
}
