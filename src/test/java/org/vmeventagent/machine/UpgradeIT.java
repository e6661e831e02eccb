package org.vmeventagent.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator installs on a host whose guests start and end meanwhile. */
@Tag("long")
@Tag("machine")
class UpgradeIT {
    /** The first commit that has the present tables. */
    private static final String EARLIER = "2644fdafa75a257b816bc9ff88c37840b92db986";

    private static final String EARLIER_PACKAGE = "/root/earlier.deb";
    private static final String PACKAGE = "/root/present.deb";
    private static final String KEPT = "/var/cache/apt/archives/";

    @TempDir
    private Path directory;

    private MachineEnvironment environment;
    private AgentMachine machine;

    @BeforeEach
    void startUnderLoad() throws Exception {
        environment = new MachineEnvironment("trixie", directory);
        machine = environment.machine();
        environment.startAgent(List.of(AgentMachine.QEMU, AgentMachine.TEST), "");
        machine.storm(1);
    }

    @AfterEach
    void end() {
        environment.close();
    }

    @Test
    void theAgentGoesBackToAnEarlierVersionAndReturns() {
        Path checkout = directory.resolve("earlier");
        Machine.run("git", "clone", "--quiet", "--no-checkout", ".", checkout.toString());
        Machine.run("git", "-C", checkout.toString(), "checkout", "--quiet", EARLIER);
        Machine.run("mvn", "-B", "-q", "-f", checkout.toString(), "-Dmaven.test.skip=true", "package");
        Machine.run("mvn", "-B", "-q", "-f", checkout.resolve("packaging").toString(), "package");
        String configuration = machine.run("sha256sum /etc/vm-event-agent.conf");

        machine.copy(AgentMachine.debianPackage(checkout.resolve("target/packages")), EARLIER_PACKAGE);
        machine.copy(AgentMachine.debianPackage(), PACKAGE);
        installAndSettle(EARLIER_PACKAGE);
        machine.storm(2);
        installAndSettle(PACKAGE);

        assertEquals(configuration, machine.run("sha256sum /etc/vm-event-agent.conf"));
    }

    /** Which ends libvirtd and starts it again. */
    @Test
    void libvirtIsInstalledOnceMore() {
        installAndSettle(KEPT + "libvirt*.deb");
    }

    /** What the running agent has not loaded yet is another file then. */
    @Test
    void javaIsInstalledOnceMore() {
        environment.invariants().beginRound();
        install(KEPT + "openjdk*.deb");
        machine.run("vm-event-agent status");
        machine.endStorm();
        environment.awaitSettled();
    }

    private void installAndSettle(String packages) {
        environment.invariants().beginRound();
        Instant begin = Instant.now();
        install(packages);
        machine.endStorm();
        environment.awaitReconnected(begin);
    }

    private void install(String packages) {
        machine.run("DEBIAN_FRONTEND=noninteractive dpkg --force-confold -i " + packages);
        assertEquals("active", machine.run("systemctl is-active vm-event-agent").strip());
    }
}
