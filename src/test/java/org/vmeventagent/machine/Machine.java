package org.vmeventagent.machine;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.rig.RabbitBroker;

/**
 * A machine under QEMU, without KVM, with a disk of its own over another. Commands run in it by ssh, as root. It reaches
 * this host's loopback as {@link #HOST}.
 *
 * <p>Used by one thread.
 */
final class Machine implements AutoCloseable {
    /** This host, as QEMU's user network has it. */
    static final String HOST = "10.0.2.2";

    private static final Path MACHINES =
            Path.of(System.getenv().getOrDefault("MACHINES", "/var/tmp/vm-event-agent-machines"));
    private static final Duration BOOT = Duration.ofMinutes(15);
    private static final Duration COMMAND = Duration.ofMinutes(15);

    private final String system;
    private final Path directory;
    private final List<String> options;
    private final int port;
    private @Nullable Process process;

    /**
     * Makes its disk; it is off.
     *
     * @param system a suite of Debian, or that with /xen
     * @param base the disk that its own has beneath it
     * @param directory for its disk and its console
     * @param options for QEMU
     */
    Machine(String system, Path base, Path directory, List<String> options) {
        this.system = system;
        this.directory = directory;
        this.options = List.copyOf(options);
        port = RabbitBroker.freePort();
        makeDisk(base);
    }

    /** Its own, over another. */
    private void makeDisk(Path base) {
        String beneath = base.toAbsolutePath().toString();
        run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", beneath, disk().toString());
    }

    /** Where what is made once for a system is kept. */
    static Path place(String system) {
        return MACHINES.resolve(suite(system));
    }

    /** A disk that {@code devstack/machine.sh} makes, once, without the agent: "disk" or "bare". */
    static Path madeDisk(String system, String name) {
        run("devstack/machine.sh", "disk", suite(system));
        return place(system).resolve(name + ".qcow2");
    }

    private static String suite(String system) {
        return system.replaceFirst("/.*", "");
    }

    /** Switches it on; returns when commands run in it. */
    void boot() {
        switchOn();
        awaitBoot();
    }

    /** Returns when commands run in it. */
    void awaitBoot() {
        Awaitility.await("the machine's boot")
                .atMost(BOOT)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    assertOn();
                    return ssh("true").code() == 0;
                });
    }

    /** An error, with its console, if it has gone off by itself. */
    void assertOn() {
        if (!isOn()) {
            throw new AssertionError("the machine went off\n" + consoleText());
        }
    }

    private String consoleText() {
        try {
            return Files.readString(console());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Switches it on. */
    void switchOn() {
        List<String> command = new ArrayList<>(
                List.of("devstack/machine.sh", "boot", system, Integer.toString(port), disk().toString()));
        command.addAll(options);
        command.addAll(List.of("-monitor", "unix:" + monitor() + ",server,nowait"));
        if (Files.exists(frozenState())) {
            makeDisk(frozenDisk());
            command.addAll(List.of("-incoming", "exec:cat " + frozenState()));
        }
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(console().toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Keeps it as it is now, and switches it off. From then on it does not boot, but goes on from here, in seconds; only what
     * is on the disks that options add stays as it was left.
     */
    void freeze() {
        String keep = "migrate_set_parameter max-bandwidth 10G\nmigrate \"exec:cat >" + frozenState() + "\"\nquit\n";
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(monitor()))) {
            channel.write(ByteBuffer.wrap(keep.getBytes(StandardCharsets.US_ASCII)));
            awaitOff();
            Files.move(disk(), frozenDisk());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path monitor() {
        return directory.resolve("monitor");
    }

    private Path frozenState() {
        return directory.resolve("frozen");
    }

    private Path frozenDisk() {
        return directory.resolve("frozen.qcow2");
    }

    boolean isOn() {
        return process != null && process.isAlive();
    }

    /** What its kernel has not written by now is gone. */
    void cutPower() {
        if (process != null) {
            process.destroyForcibly();
            awaitOff();
        }
    }

    /** Waits until it has gone off by itself. */
    void awaitOff() {
        Awaitility.await("the machine's end").atMost(BOOT).until(() -> !isOn());
    }

    /** Runs a command of the shell in it; what it printed. An error if it says anything but 0. */
    String run(String command) {
        Outcome outcome = ssh(command);
        if (outcome.code() != 0) {
            throw new AssertionError(command + " ended with " + outcome.code() + ": " + outcome.output());
        }
        return outcome.output();
    }

    /** Writes a file in it. */
    void write(String path, String text) {
        write(path, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Copies a file of this host there. */
    void copy(Path file, String path) {
        try {
            write(path, Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String path, byte[] bytes) {
        try {
            File input = Files.write(directory.resolve("input"), bytes).toFile();
            Outcome outcome = run(new ProcessBuilder(sshCommand("mkdir -p $(dirname " + path + ") && cat >" + path))
                    .redirectInput(input));
            if (outcome.code() != 0) {
                throw new AssertionError(path + " can't be written: " + outcome.output());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Outcome ssh(String remote) {
        return run(new ProcessBuilder(sshCommand(remote)).redirectInput(new File("/dev/null")));
    }

    private List<String> sshCommand(String remote) {
        String key = place(system).resolve("key").toString();
        List<String> command = new ArrayList<>(List.of("ssh", "-q", "-i", key, "-p", Integer.toString(port)));
        for (String option : List.of(
                "StrictHostKeyChecking=no",
                "UserKnownHostsFile=/dev/null",
                "ConnectTimeout=20",
                "ServerAliveInterval=10")) {
            command.addAll(List.of("-o", option));
        }
        command.addAll(List.of("root@127.0.0.1", remote));
        return command;
    }

    /** Runs a command of this host; an error if it says anything but 0. */
    static void run(String... command) {
        Outcome outcome = run(new ProcessBuilder(command).redirectInput(new File("/dev/null")));
        if (outcome.code() != 0) {
            throw new AssertionError(List.of(command) + ": " + outcome.output());
        }
    }

    /** With a file for the output: what it leaves running in the background may hold it open. */
    private static Outcome run(ProcessBuilder builder) {
        try {
            Path output = Files.createTempFile("output", "");
            Process started = builder.redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = started.waitFor(COMMAND.toSeconds(), TimeUnit.SECONDS);
            String text = Files.readString(output);
            Files.delete(output);
            if (!ended) {
                started.destroyForcibly();
                throw new AssertionError(builder.command() + " takes longer than " + COMMAND + ": " + text);
            }
            return new Outcome(started.exitValue(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private Path console() {
        return directory.resolve("console");
    }

    /** Its own, over the one beneath. */
    Path disk() {
        return directory.resolve("disk.qcow2").toAbsolutePath();
    }

    @Override
    public void close() {
        cutPower();
    }

    private record Outcome(int code, String output) {}
}
