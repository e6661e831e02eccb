package org.vmeventagent.machine;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host that is short of memory, of processor time, or of a disk. */
@Tag("long")
@Tag("machine")
class PressureIT {
    private static final String MAPPED = "/dev/mapper/state";
    private static final String SECTORS = "$(blockdev --getsz /dev/vdb)";

    @TempDir
    private Path directory;

    private MachineEnvironment environment;
    private AgentMachine machine;

    @BeforeEach
    void boot() throws Exception {
        environment = new MachineEnvironment("trixie", directory, AgentMachine.secondDisk(directory));
        machine = environment.machine();
    }

    @AfterEach
    void end() {
        environment.close();
    }

    @Test
    void theMemoryLimitOfTheUnitIsReached() {
        start();
        machine.storm(1);
        Instant cut = Instant.now();
        machine.run("systemctl set-property --runtime vm-event-agent MemoryHigh=infinity MemoryMax=30M");
        Awaitility.await()
                .atMost(MachineEnvironment.SETTLED)
                .until(() -> !restarts().equals("0"));
        machine.run("systemctl set-property --runtime vm-event-agent MemoryHigh=224M MemoryMax=256M");
        machine.endStorm();
        environment.awaitSettled(cut);
    }

    @Test
    void guestsTakeTheProcessor() {
        start();
        machine.storm(2);
        machine.run("systemctl set-property --runtime vm-event-agent CPUWeight=1");
        // as long as the watchdog waits; commands hardly get the processor meanwhile
        machine.run("systemd-run -q --unit busy -p CPUWeight=10000 -p Nice=-19 -p RuntimeMaxSec=60"
                + " sh -c 'for i in 1 2 3; do (while :; do :; done) & done; wait'");
        Awaitility.await()
                .atMost(MachineEnvironment.SETTLED)
                .ignoreException(AssertionError.class)
                .until(() -> machine.run("systemctl is-failed busy").startsWith("failed"));
        machine.endStorm();
        environment.awaitSettled(); // the watchdog may have ended the agent: it comes back
    }

    @Test
    void theFileSystemBecomesReadOnly() {
        machine.run("dmsetup create state --table \"0 " + SECTORS + " linear /dev/vdb 0\" && mkfs.ext4 -q " + MAPPED
                + " && mount -o errors=remount-ro " + MAPPED + " " + AgentMachine.STATE);
        start();
        machine.storm(3);
        replaceDisk("error");
        Awaitility.await()
                .atMost(MachineEnvironment.SETTLED)
                .until(() -> machine.log().contains("Nothing can be recorded"));
        machine.endStorm();
        replaceDisk("linear /dev/vdb 0");
        Instant cut = Instant.now();
        machine.run("systemctl stop vm-event-agent; umount " + AgentMachine.STATE + "; fsck.ext4 -p " + MAPPED
                + "; mount " + MAPPED + " " + AgentMachine.STATE + " && systemctl start vm-event-agent");
        environment.awaitSettled(cut);
    }

    @Test
    void theNfsServerIsGoneForAMinute() {
        machine.run("mkdir -p /srv/state && echo '/srv/state 127.0.0.1(rw,no_root_squash,fsid=1)' >>/etc/exports"
                + " && systemctl start nfs-server && mount -t nfs -o hard 127.0.0.1:/srv/state " + AgentMachine.STATE);
        start();
        machine.storm(4);
        machine.run("systemctl stop nfs-server; sleep 60; systemctl start nfs-server");
        machine.endStorm();
        environment.awaitSettled();
    }

    private void start() {
        environment.startAgent(List.of(AgentMachine.QEMU, AgentMachine.TEST), "");
    }

    /** What its second disk answers from now on. */
    private void replaceDisk(String target) {
        machine.run("dmsetup suspend --nolockfs --noflush state; dmsetup load state --table \"0 " + SECTORS + " "
                + target + "\"; dmsetup resume state");
    }

    private String restarts() {
        return machine.run("systemctl show -P NRestarts vm-event-agent").strip();
    }
}
