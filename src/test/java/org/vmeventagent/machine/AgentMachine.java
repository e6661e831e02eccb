package org.vmeventagent.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.vmeventagent.rig.NovaXml;

/**
 * A machine with the package installed, whose agent publishes at a broker of this host. It listens to QEMU and to a test
 * driver that libvirtd has. Used by one thread.
 */
final class AgentMachine implements AutoCloseable {
    static final String QEMU = "qemu:///system";
    static final String TEST = "test+unix:///default?socket=/run/libvirt/libvirt-sock-ro";

    private static final Path PACKAGES = Path.of("target/packages");
    private static final String GUEST = """
            <os><type arch='x86_64' machine='pc'>hvm</type></os>
            <devices><controller type='usb' model='none'/><memballoon model='none'/></devices>""";

    private final Machine machine;

    /**
     * Boots it, and installs the package.
     *
     * @param transportUrl with {@link Machine#HOST} for this host
     * @param more of the configuration
     */
    AgentMachine(String suite, Path directory, String transportUrl, String more) {
        machine = new Machine(suite, directory);
        machine.boot();
        machine.copy(debianPackage(), "/root/vm-event-agent.deb");
        machine.write("/etc/vm-event-agent.conf", """
                [oslo_messaging_notifications]
                transport_url = %s
                [libvirt]
                connection_uri = %s
                connection_uri = %s
                [notifications]
                declare = full
                reconnect_splay = 0
                removed_grace = 1
                budget_state = 0
                budget_other = 0
                %s
                """.formatted(transportUrl, QEMU, TEST, more));
        machine.run("DEBIAN_FRONTEND=noninteractive dpkg --force-confold -i /root/vm-event-agent.deb");
        machine.write("/root/storm.py", text("/machine/storm.py"));
        machine.write("/root/test.xml", domain("<domain type='test'>", "<os><type>hvm</type></os>"));
        machine.write("/root/qemu.xml", domain("<domain type='kvm'>", GUEST));
    }

    /** See {@link Machine#boot}. */
    void boot() {
        machine.boot();
    }

    /** See {@link Machine#switchOn}. */
    void switchOn() {
        machine.switchOn();
    }

    /** See {@link Machine#cutPower}. */
    void cutPower() {
        machine.cutPower();
    }

    /** Waits until it has gone off by itself. */
    void awaitOff() {
        machine.awaitOff();
    }

    /** Runs a command of the shell in it; what it printed. */
    String run(String command) {
        return machine.run(command);
    }

    /** Begins to do things at random to domains of both drivers. */
    void storm(long seed) {
        storm("qemu", seed, QEMU, 4, "0.2");
        storm("test", seed, TEST.replace("-ro", ""), 12, "0.01");
    }

    private void storm(String name, long seed, String uri, int domains, String pauseSeconds) {
        machine.run(String.join(
                " ",
                "systemd-run -q --collect --unit storm-" + name,
                "python3 /root/storm.py",
                Long.toString(seed),
                uri,
                "/root/" + name + ".xml",
                Integer.toString(domains),
                pauseSeconds));
    }

    /** The state of every domain, in the words of the notifications. */
    Map<String, String> currentState(String uri) {
        Map<String, String> states = new HashMap<>();
        String listed = machine.run(String.join(
                "; ",
                list(uri, "running", "--state-running"),
                list(uri, "paused", "--state-paused"),
                list(uri, "defined", "--inactive --without-managed-save"),
                list(uri, "saved", "--inactive --with-managed-save")));
        for (String line : listed.lines().filter(line -> line.contains("-")).toList()) {
            int blank = line.indexOf(' ');
            states.put(line.substring(0, blank), line.substring(blank + 1));
        }
        return states;
    }

    /** Defines a guest of KVM, with the metadata of Nova. */
    void defineGuest(String name) {
        machine.run("sed 's/@NAME@/" + name + "/g; s/@UUID@/"
                + UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8))
                + "/' /root/qemu.xml >/root/guest.xml && virsh define /root/guest.xml");
    }

    /** XML of a domain, as storm.py wants it. */
    private static String domain(String first, String rest) {
        return first + "<name>@NAME@</name><uuid>@UUID@</uuid>" + NovaXml.metadata("@NAME@")
                + "<memory unit='MiB'>16</memory><vcpu>1</vcpu>" + rest + "</domain>\n";
    }

    private static String list(String uri, String state, String filter) {
        return "virsh -q -c '" + uri + "' list --uuid " + filter + " | sed 's/$/ " + state + "/'";
    }

    /** Leaves so much room on its disk. */
    void fillDisk(int kilobytes) {
        machine.run("fallocate -l $(($(df --output=avail -k / | tail -n 1) - " + kilobytes + "))K /fill");
    }

    void freeDisk() {
        machine.run("rm -f /fill");
    }

    /** Databases that the agent moved aside because they were damaged. */
    String damagedDatabases() {
        return machine.run("cd /var/lib/vm-event-agent && ls -d *.corrupt-* 2>/dev/null || :")
                .strip();
    }

    /** What the agent said since the machine is on. */
    String log() {
        return machine.run("journalctl -b -o cat -u vm-event-agent | tail -n 60");
    }

    private static Path debianPackage() {
        try (DirectoryStream<Path> packages = Files.newDirectoryStream(PACKAGES, "*_amd64.deb")) {
            for (Path found : packages) {
                return found;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("no package in " + PACKAGES + ": mvn -f packaging package makes it");
    }

    private static String text(String resource) {
        try (var stream = AgentMachine.class.getResourceAsStream(resource)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        machine.close();
    }
}
