package org.vmeventagent.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** A machine with the package installed. Used by one thread. */
final class AgentMachine implements AutoCloseable {
    static final String QEMU = "qemu:///system";
    /** A test driver that libvirtd has. */
    static final String TEST = "test+unix:///default?socket=/run/libvirt/libvirt-sock-ro";

    /** The agent's directory. */
    static final String STATE = "/var/lib/vm-event-agent";

    private static final String BOOT_ID = "/root/boot-id";
    private static final Path PACKAGES = Path.of("target/packages");

    private final Machine machine;

    /**
     * Boots it. The agent's unit is disabled.
     *
     * @param system a suite of Debian, or that with /xen
     * @param directory for its disk and its console
     * @param options for QEMU
     */
    AgentMachine(String system, Path directory, String... options) {
        this(new Machine(system, installed(system, directory), directory, List.of(options)));
        machine.write("/root/storm.py", text("/machine/storm.py"));
        machine.write("/root/states.py", text("/machine/states.py"));
        prepareStorm("kvm", QEMU, GuestXml.kvm("@NAME@"), 4, "0.2");
        prepareStorm("test", TEST.replace("-ro", ""), GuestXml.test("@NAME@"), 12, "0.1");
    }

    private AgentMachine(Machine machine) {
        this.machine = machine;
        machine.boot();
    }

    /** Boots one that has no agent yet, no libvirt, QEMU and JRE; apt has their packages. */
    static AgentMachine bare(String suite, Path directory) {
        return new AgentMachine(new Machine(suite, Machine.madeDisk(suite, "bare"), directory, List.of()));
    }

    /** A disk with the package; made once for a package. */
    private static Path installed(String system, Path directory) {
        Path deb = debianPackage();
        Path made = Machine.place(system).resolve("agent-" + checksum(deb) + ".qcow2");
        Path empty = Machine.madeDisk(system, "disk");
        if (Files.exists(made)) {
            return made;
        }
        try (Machine first = new Machine(system.replace("/xen", ""), empty, directory, List.of())) {
            first.boot();
            first.copy(deb, "/root/vm-event-agent.deb");
            first.run("DEBIAN_FRONTEND=noninteractive dpkg -i /root/vm-event-agent.deb");
            first.run("systemctl disable --now vm-event-agent && rm -rf " + STATE + "/*");
            first.run("systemctl --no-block poweroff");
            first.awaitOff();
            return Files.move(first.disk(), made);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts the agent for the first time, enabled.
     *
     * @param transportUrl with {@link Machine#HOST} for this host
     * @param more of the configuration
     */
    void startAgent(String transportUrl, List<String> uris, String more) {
        String connections =
                uris.stream().map(uri -> "connection_uri = " + uri + "\n").collect(Collectors.joining());
        machine.write("/etc/vm-event-agent.conf", """
                [oslo_messaging_notifications]
                transport_url = %s
                [libvirt]
                %s
                [notifications]
                declare = full
                reconnect_splay = 0
                removed_grace = 1
                budget_state = 0
                budget_other = 0
                %s
                """.formatted(transportUrl, connections, more));
        machine.run("systemctl enable --now vm-event-agent");
    }

    /** See {@link Machine#boot}. */
    void boot() {
        machine.boot();
    }

    /** See {@link Machine#switchOn}. */
    void switchOn() {
        machine.switchOn();
    }

    /** See {@link Machine#awaitBoot}. */
    void awaitBoot() {
        machine.awaitBoot();
    }

    /** See {@link Machine#assertOn}. */
    void assertOn() {
        machine.assertOn();
    }

    /** See {@link Machine#cutPower}. */
    void cutPower() {
        machine.cutPower();
    }

    /** Keeps the machine as it is, but for the agent and its file system: see {@link Machine#freeze}. */
    void freeze() {
        machine.write(
                "/etc/systemd/system/vm-event-agent.service.d/boot.conf",
                "[Service]\nEnvironmentFile=" + BOOT_ID + "\n");
        machine.run("systemctl disable -q --now vm-event-agent && umount " + STATE + " && systemctl daemon-reload");
        machine.freeze();
    }

    /**
     * Goes on from there, as if it had booted: the agent and a storm start, with another boot id. Of this host: the machine's
     * own random numbers are the same each time.
     */
    void resume(long seed) {
        switchOn();
        awaitBoot();
        machine.run("date -s @" + BigDecimal.valueOf(System.currentTimeMillis(), 3)
                + " && echo VM_EVENT_AGENT_BOOT_ID=" + UUID.randomUUID() + " >" + BOOT_ID + " && mount "
                + STATE
                + " && echo SEED=" + seed + " >/root/storm-seed"
                + " && systemctl start --no-block vm-event-agent storm-kvm storm-test");
    }

    /** Waits until it has gone off by itself. */
    void awaitOff() {
        machine.awaitOff();
    }

    /** Runs a command of the shell in it; what it printed. */
    String run(String command) {
        return machine.run(command);
    }

    /** Writes a file in it. */
    void write(String path, String text) {
        machine.write(path, text);
    }

    /** Copies a file of this host there. */
    void copy(Path file, String path) {
        machine.copy(file, path);
    }

    /** Puts the agent's directory on a file system of its own, on the machine's second disk. */
    void mountState(String fileSystem) {
        machine.run("mkfs." + fileSystem + " -q /dev/vdb && echo '/dev/vdb " + STATE + ' ' + fileSystem
                + " defaults 0 2' >>/etc/fstab && systemctl daemon-reload && mount " + STATE);
    }

    /** The options for QEMU of a second disk. */
    static String[] secondDisk(Path directory) {
        Path disk = directory.resolve("second.raw").toAbsolutePath();
        Machine.run("truncate", "--size", "512M", disk.toString());
        return new String[] {"-drive", "file=" + disk + ",format=raw,if=virtio,cache=writeback"};
    }

    private void prepareStorm(String name, String uri, String xml, int domains, String pauseSeconds) {
        String file = "/root/" + name + ".xml";
        machine.write(file, xml);
        machine.write(
                "/etc/systemd/system/storm-" + name + ".service", """
                [Unit]
                After=libvirtd.service
                [Service]
                EnvironmentFile=/root/storm-seed
                ExecStart=python3 /root/storm.py $SEED %s %s %d %s
                Restart=always
                RestartSec=1
                [Install]
                WantedBy=multi-user.target
                """.formatted(uri, file, domains, pauseSeconds));
    }

    /** Does things at random to domains of both drivers, from now on and after each boot. */
    void storm(long seed) {
        machine.run("echo SEED=" + seed + " >/root/storm-seed; systemctl enable -q --now storm-kvm storm-test");
    }

    void endStorm() {
        machine.run("systemctl disable -q --now storm-kvm storm-test");
    }

    /** Defines a domain. */
    void define(String uri, String xml) {
        machine.write("/root/guest.xml", xml);
        machine.run("virsh -q -c '" + uri + "' define /root/guest.xml");
    }

    /** The state of every guest, by UUID, in the words of the notifications. */
    Map<String, String> currentState(String uri) {
        return machine.run("python3 /root/states.py '" + uri + "'")
                .lines()
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.indexOf(' ')), line -> line.substring(line.indexOf(' ') + 1)));
    }

    /** Leaves so much room on the agent's file system. */
    void fillDisk(int kilobytes) {
        machine.run("fallocate -l $(($(df --output=avail -k " + STATE + " | tail -n 1) - " + kilobytes + "))K " + STATE
                + "/fill");
    }

    void freeDisk() {
        machine.run("rm -f " + STATE + "/fill");
    }

    /** Databases that the agent moved aside because they were damaged, and what AppArmor denied it. */
    String complaints() {
        return machine.run("ls -d " + STATE + "/*.corrupt-* 2>/dev/null; "
                        + "journalctl -o cat _TRANSPORT=audit + _TRANSPORT=kernel | grep 'DENIED.*vm-event-agent'; :")
                .strip();
    }

    /** What the agent said last. */
    String log() {
        return machine.run("journalctl -o cat -u vm-event-agent | tail -n 60");
    }

    /** That of this checkout. */
    static Path debianPackage() {
        return debianPackage(PACKAGES);
    }

    static Path debianPackage(Path directory) {
        try (DirectoryStream<Path> packages = Files.newDirectoryStream(directory, "*_amd64.deb")) {
            for (Path found : packages) {
                return found;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("no package in " + directory + ": mvn -f packaging package makes it");
    }

    private static String checksum(Path file) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return HexFormat.of().formatHex(digest, 0, 6);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
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
