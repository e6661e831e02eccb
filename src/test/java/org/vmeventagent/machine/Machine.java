package org.vmeventagent.machine;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.rig.RabbitBroker;

/**
 * A machine under QEMU, without KVM, with a disk of its own over that of {@code devstack/machine.sh}. Commands run in it by
 * ssh, as root. It reaches this host's loopback as {@link #HOST}.
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
    private static final int TRIES = 3;

    private final Path directory;
    private final Path made;
    private final int port;
    private @Nullable Process process;

    /**
     * Makes its disk; it is off.
     *
     * @param suite of Debian
     * @param directory for its disk and its console
     */
    Machine(String suite, Path directory) {
        this.directory = directory;
        made = MACHINES.resolve(suite);
        port = RabbitBroker.freePort();
        run(COMMAND.multipliedBy(4), List.of("devstack/machine.sh", "disk", suite));
        run(
                COMMAND,
                List.of(
                        "qemu-img",
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        "-F",
                        "qcow2",
                        "-b",
                        made.resolve("disk.qcow2").toString(),
                        disk()));
    }

    /**
     * Switches it on; returns when commands run in it. Tried three times: QEMU 7.2 now and then runs code that one of its
     * processors is just changing, and the kernel panics.
     */
    void boot() {
        switchOn();
        AtomicInteger tries = new AtomicInteger(1);
        Awaitility.await("the machine's boot")
                .atMost(BOOT)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    if (!isOn()) {
                        if (tries.getAndIncrement() == TRIES) {
                            throw new AssertionError("the machine goes off: " + Files.readString(console()));
                        }
                        switchOn();
                    }
                    return ssh(List.of("true")).code() == 0;
                });
    }

    /** Switches it on. */
    void switchOn() {
        List<String> command = new ArrayList<>(
                List.of("devstack/machine.sh", "boot", made.getFileName().toString(), Integer.toString(port), disk()));
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
        Outcome outcome = ssh(List.of(command));
        if (outcome.code() != 0) {
            throw new AssertionError(command + " ended with " + outcome.code() + ": " + outcome.output());
        }
        return outcome.output();
    }

    /** Writes a file in it. */
    void write(String path, String text) {
        copy(text.getBytes(StandardCharsets.UTF_8), path);
    }

    /** Copies a file of this host there. */
    void copy(Path file, String path) {
        try {
            copy(Files.readAllBytes(file), path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void copy(byte[] bytes, String path) {
        try {
            Path input = Files.write(directory.resolve("copied"), bytes);
            List<String> command = new ArrayList<>(sshCommand());
            command.add("cat >" + path);
            Outcome outcome = run(COMMAND, new ProcessBuilder(command).redirectInput(input.toFile()));
            if (outcome.code() != 0) {
                throw new AssertionError(path + " can't be written: " + outcome.output());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> sshCommand() {
        return List.of(
                "ssh",
                "-q",
                "-i",
                made.resolve("key").toString(),
                "-p",
                Integer.toString(port),
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "ConnectTimeout=20",
                "-o",
                "ServerAliveInterval=10",
                "root@127.0.0.1");
    }

    private Outcome ssh(List<String> remote) {
        List<String> command = new ArrayList<>(sshCommand());
        command.addAll(remote);
        return run(COMMAND, new ProcessBuilder(command).redirectInput(new File("/dev/null")));
    }

    private void run(Duration deadline, List<String> command) {
        Outcome outcome = run(deadline, new ProcessBuilder(command));
        if (outcome.code() != 0) {
            throw new AssertionError(command + ": " + outcome.output());
        }
    }

    private Outcome run(Duration deadline, ProcessBuilder builder) {
        try {
            Path output = Files.createTempFile(directory, "output", "");
            Process started = builder.redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!started.waitFor(deadline.toSeconds(), TimeUnit.SECONDS)) {
                started.destroyForcibly();
                throw new AssertionError(
                        builder.command() + " takes longer than " + deadline + ": " + Files.readString(output));
            }
            String text = Files.readString(output);
            Files.delete(output);
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

    private String disk() {
        return directory.resolve("disk.qcow2").toString();
    }

    @Override
    public void close() {
        cutPower();
    }

    private record Outcome(int code, String output) {}
}
