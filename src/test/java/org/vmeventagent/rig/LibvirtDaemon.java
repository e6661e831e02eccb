package org.vmeventagent.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A libvirtd of the test's own: it sees its own directories in place of /etc/libvirt, /run/libvirt and so on (a private
 * mount name space, so it needs root), and is reached by the path of its socket. Guests of its QEMU driver outlive it
 * until {@link #close}.
 *
 * <p>Used by one thread.
 */
public final class LibvirtDaemon implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    /** How long an end of its own takes at most. */
    private static final Duration POLITE = Duration.ofSeconds(10);

    private static final String START = """
            mkdir -p /run/libvirt /etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt &&
            mount --bind "$0/run" /run/libvirt && mount --bind "$0/lib" /var/lib/libvirt &&
            mount --bind "$0/log" /var/log/libvirt && mount --bind "$3" /var/cache/libvirt &&
            mount --bind "$0/etc" /etc/libvirt &&
            mount -t tmpfs -o size=64k full "$0/full" && truncate -s 1M "$0/full/disk.img" &&
            { head -c 1M /dev/zero > "$0/full/filler" 2>/dev/null || true; } &&
            { [ -z "$1" ] || hostname "$1"; } &&
            exec libvirtd --pid-file "$0/run/libvirtd.pid" -f "$0/etc/libvirtd.conf" $2
            """;

    private static final String LIBVIRTD_CONF = """
            auth_unix_ro = "none"
            auth_unix_rw = "none"
            unix_sock_group = "root"
            unix_sock_ro_perms = "0777"
            unix_sock_rw_perms = "0700"
            log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
            """;

    private static final String LISTENING = """
            listen_tls = 0
            listen_tcp = 1
            listen_addr = "127.0.0.1"
            tcp_port = "%d"
            auth_tcp = "none"
            """;

    private static final String QEMU_CONF = """
            user = "root"
            group = "root"
            stdio_handler = "file"
            security_driver = "none"
            namespaces = []
            remember_owner = 0
            """;

    /** Runs before a guest of QEMU starts; the daemon holds the lock of the guest's domain meanwhile. */
    private static final String HOOK = """
            #!/bin/sh
            [ "$2" = prepare ] && [ -p "/etc/libvirt/hooks/$1.lock" ] || exit 0
            : > "/etc/libvirt/hooks/$1.held"
            read line < "/etc/libvirt/hooks/$1.lock"
            """;

    /** What it finds out about each QEMU by running it, which takes seconds: once for all daemons of a build. */
    private static final Path CACHE = Path.of("target/libvirt-cache").toAbsolutePath();

    private final Path directory;
    private final String hostName;
    private final int tcpPort;
    private Process process;

    /** Starts it, and waits until it accepts connections. */
    public LibvirtDaemon() {
        this("");
    }

    /**
     * The same, on a host of its own as far as libvirt can tell: guests may migrate there and back.
     *
     * @param hostName empty for this host's
     */
    public LibvirtDaemon(String hostName) {
        this(hostName, 0, false);
    }

    /** The same, reached by TCP on the loopback too, without authentication. */
    public static LibvirtDaemon onTcp() {
        return new LibvirtDaemon("", RabbitBroker.freePort(), false);
    }

    /** The same, with guests that {@link #lockStart} can hold up. */
    public static LibvirtDaemon withHook() {
        return new LibvirtDaemon("", 0, true);
    }

    private LibvirtDaemon(String hostName, int tcpPort, boolean hooked) {
        this.hostName = hostName;
        this.tcpPort = tcpPort;
        try {
            directory = Files.createTempDirectory("lvd");
            for (String name : List.of("run", "lib", "log", "etc", "etc/hooks", "full")) {
                Files.createDirectory(directory.resolve(name));
            }
            Files.createDirectories(CACHE);
            if (hooked) {
                Path hook = Files.writeString(directory.resolve("etc/hooks/qemu"), HOOK);
                Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwx------"));
            }
            String identity = hostName.isEmpty() ? "" : "host_uuid = \"" + UUID.randomUUID() + "\"\n";
            String listening = tcpPort == 0 ? "" : LISTENING.formatted(tcpPort);
            Files.writeString(directory.resolve("etc/libvirtd.conf"), LIBVIRTD_CONF + identity + listening);
            Files.writeString(directory.resolve("etc/qemu.conf"), QEMU_CONF);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start();
    }

    /** The shared test driver: its domains live as long as anybody is connected. */
    public String testUri() {
        return "test+unix:///default?socket=" + socket();
    }

    public String qemuUri() {
        return "qemu+unix:///system?socket=" + socket();
    }

    /** The shared test driver by TCP; of {@link #onTcp} only. */
    public String tcpUri() {
        return "test+tcp://127.0.0.1:" + tcpPort + "/default";
    }

    /** A URI of this daemon by its read-only socket. */
    public String readOnly(String uri) {
        return uri.replace(
                socket().toString(), directory.resolve("run/libvirt-sock-ro").toString());
    }

    public Path directory() {
        return directory;
    }

    /** What it sees as {@code /run/libvirt}. */
    public Path run() {
        return directory.resolve("run");
    }

    /** An empty disk on a full file system, which only the daemon and its guests see. */
    public Path diskWithoutSpace() {
        return directory.resolve("full/disk.img");
    }

    /** The process of a running guest of the QEMU driver. */
    public ProcessHandle guest(String name) {
        return ProcessHandle.of(Long.parseLong(read("run/qemu/" + name + ".pid").strip()))
                .orElseThrow();
    }

    public long pid() {
        return process.pid();
    }

    public void start() {
        try {
            Files.deleteIfExists(socket());
            String listen = tcpPort == 0 ? "" : "--listen";
            process = new ProcessBuilder(
                            "unshare",
                            "-m",
                            "-u",
                            "sh",
                            "-c",
                            START,
                            directory.toString(),
                            hostName,
                            listen,
                            CACHE.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            directory.resolve("log/stdout").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        await("libvirtd accepts connections", this::accepts);
    }

    /** SIGKILL: guests live on. */
    public void kill9() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM, and SIGKILL where it hangs, which it does now and then: guests live on. */
    public void terminate() {
        process.destroy();
        try {
            if (!process.waitFor(POLITE.toSeconds(), TimeUnit.SECONDS)) {
                kill9();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    public void restart() {
        terminate();
        start();
    }

    /** SIGSTOP: accepts connections, and never answers. */
    public void freeze() {
        run("kill", "-STOP", Long.toString(pid()));
    }

    public void thaw() {
        run("kill", "-CONT", Long.toString(pid()));
    }

    /** Cuts every client off, without harm to the daemon. */
    public void disconnectClients() {
        for (String client : clients()) {
            try {
                virtAdmin("client-disconnect", "libvirtd", client);
            } catch (AssertionError e) {
                if (clients().contains(client)) { // else it has left by itself
                    throw e;
                }
            }
        }
    }

    private List<String> clients() {
        return virtAdmin("client-list", "libvirtd")
                .lines()
                .map(String::strip)
                .filter(line -> line.matches("\\d+ .*"))
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
    }

    private String virtAdmin(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "virt-admin", "-c", "libvirtd+unix:///system?socket=" + directory.resolve("run/libvirt-admin-sock")));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    /** Has the next start of this guest hang, with its domain locked, until {@link #unlock}; of {@link #withHook} only. */
    public void lockStart(String name) {
        run("mkfifo", hook(name, "lock").toString());
    }

    /** Waits until the start hangs. */
    public void awaitLocked(String name) {
        await(name + " is locked", () -> Files.exists(hook(name, "held")));
    }

    /** Lets it go on; does nothing where it is not held up. */
    public void unlock(String name) {
        Path lock = hook(name, "lock");
        if (!Files.exists(lock)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Files.delete(lock);
            await(name + " goes on", () -> {
                try {
                    channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
                    return Files.deleteIfExists(hook(name, "held"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path hook(String name, String what) {
        return directory.resolve("etc/hooks/" + name + "." + what);
    }

    /** Runs a program to its end; its output. */
    public static String run(String... command) {
        try {
            Process started =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            started.getOutputStream().close();
            String output = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!started.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS) || started.exitValue() != 0) {
                throw new AssertionError(List.of(command) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            thaw();
            terminate();
        }
        killGuests();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(LibvirtDaemon::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By the pid files that libvirt wrote for guests that are still there. */
    private void killGuests() {
        Path qemu = directory.resolve("run/qemu");
        if (!Files.isDirectory(qemu)) {
            return;
        }
        try (Stream<Path> files = Files.list(qemu)) {
            files.filter(file -> file.toString().endsWith(".pid")).forEach(file -> {
                try {
                    ProcessHandle.of(Long.parseLong(Files.readString(file).strip()))
                            .ifPresent(ProcessHandle::destroyForcibly);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path socket() {
        return directory.resolve("run/libvirt-sock");
    }

    private boolean accepts() {
        if (!process.isAlive()) {
            throw new AssertionError("libvirtd ended: " + read("log/stdout"));
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket()));
        } catch (IOException e) {
            return false;
        }
    }

    private String read(String file) {
        try {
            return Files.readString(directory.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitEnd() {
        await("libvirtd ends", () -> !process.isAlive());
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("in vain: " + what);
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
