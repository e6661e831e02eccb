package org.vmeventagent.machine;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.rig.CeilometerAgent;
import org.vmeventagent.rig.RabbitBroker;

/** README's way from a Debian that has nothing to the first event in Ceilometer, and back. */
@Tag("long")
@Tag("machine")
class InstallIT {
    private static final String GUEST = "guest";
    private static final String APT = "DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends ";
    /** What of the package is there; a line each. */
    private static final String LEFT = "ls -d /usr/bin/vm-event-agent /etc/vm-event-agent.conf " + AgentMachine.STATE
            + "/agent.db /var/cache/vm-event-agent /etc/apparmor.d/libvirt-vm-event-agent"
            + " /etc/systemd/system/*/vm-event-agent.service 2>/dev/null; :";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie", "forky"})
    void fromAnEmptyMachineAndBack(String suite) throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        Path collector = Files.createDirectory(directory.resolve("ceilometer"));
        try (CeilometerAgent ceilometer = CeilometerAgent.start(collector, broker, virtualHost, false);
                AgentMachine machine = AgentMachine.bare(suite, directory)) {
            machine.copy(AgentMachine.debianPackage(), "/root/vm-event-agent_amd64.deb");
            machine.run(APT + "install /root/vm-event-agent_amd64.deb");
            assertEquals(
                    "active", machine.run("systemctl is-active vm-event-agent").strip());
            machine.run(APT + "install libvirt-daemon-system libvirt-clients qemu-system-x86");

            machine.write(
                    "/etc/nova/nova.conf",
                    "[DEFAULT]\nhost = cmp-01\ntransport_url = "
                            + broker.url(virtualHost).replace("127.0.0.1", Machine.HOST) + "\n");
            machine.run("vm-event-agent import-config /etc/nova/nova.conf >/root/lines"
                    + " && sed -i -e '/^driver = log/{r /root/lines' -e 'd}' /etc/vm-event-agent.conf");
            // an emulated machine may be too slow at first for the time that a check gives a broker
            machine.run("timeout 600 sh -c 'until runuser -u vm-event-agent -- vm-event-agent check; do :; done'");
            machine.run("systemctl restart vm-event-agent");
            machine.define(AgentMachine.QEMU, GuestXml.kvm(GUEST));
            machine.run("virsh start --paused " + GUEST);
            await().atMost(MachineEnvironment.SETTLED)
                    .until(() -> ceilometer.events().stream()
                            .anyMatch(event -> event.path("event_type").asText().equals("libvirt.domain.started")
                                    && event.path("traits").toString().contains(GUEST)));

            assertEquals("", machine.complaints());
            machine.run(APT + "remove vm-event-agent");
            assertEquals(
                    List.of(
                            "/etc/apparmor.d/libvirt-vm-event-agent",
                            "/etc/systemd/system/multi-user.target.wants/vm-event-agent.service",
                            "/etc/vm-event-agent.conf",
                            AgentMachine.STATE + "/agent.db"),
                    machine.run(LEFT).lines().toList());
            machine.run(APT + "purge vm-event-agent");
            assertEquals("", machine.run(LEFT));
            assertEquals("paused", machine.run("virsh domstate " + GUEST).strip(), "the guest doesn't notice");
        }
    }
}
