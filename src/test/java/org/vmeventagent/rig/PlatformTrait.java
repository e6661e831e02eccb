package org.vmeventagent.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.libvirt.Connect;
import org.libvirt.LibvirtException;
import org.vmeventagent.libvirt.EventLoop;

/**
 * What a program does from one of its versions on. Tests expect what holds for the version that is installed; no test
 * compares versions by itself.
 */
public enum PlatformTrait {
    /**
     * libvirt reports SHUTDOWN/HOST before STOPPED/SAVED, /MIGRATED, /CRASHED and /FROM_SNAPSHOT too, unless QEMU is gone before
     * it has read that; before, only ahead of STOPPED/DESTROYED.
     */
    SHUTDOWN_BEFORE_EVERY_END(PlatformTrait::libvirt, 11, 3),
    /** oslo.messaging: heartbeat_rate is 3 by default, not 2. */
    HEARTBEAT_RATE_3(() -> python("oslo.messaging"), 16, 0),
    /** RabbitMQ has a setting that denies queues which are neither durable nor exclusive. */
    TRANSIENT_QUEUES_CAN_BE_DENIED(PlatformTrait::rabbit, 3, 12);

    private static final Path RABBIT = Path.of("/usr/lib/rabbitmq/lib");
    private static final String RABBIT_NAME = "rabbitmq_server-";

    private final Supplier<String> installed;
    private final int major;
    private final int minor;

    PlatformTrait(Supplier<String> installed, int major, int minor) {
        this.installed = installed;
        this.major = major;
        this.minor = minor;
    }

    /** Whether the installed program does it. */
    public boolean isHere() {
        String[] numbers = installed.get().split("[^0-9]+");
        int here = Integer.parseInt(numbers[0]);
        return here > major || (here == major && Integer.parseInt(numbers[1]) >= minor);
    }

    private static String libvirt() {
        try {
            EventLoop.start();
            Connect connect = new Connect("test:///default", true);
            long version = connect.getLibVersion();
            connect.close();
            return version / 1_000_000 + "." + version / 1_000 % 1_000;
        } catch (LibvirtException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String rabbit() {
        try (Stream<Path> versions = Files.list(RABBIT)) {
            return versions.map(version -> version.getFileName().toString())
                    .filter(name -> name.startsWith(RABBIT_NAME))
                    .map(name -> name.substring(RABBIT_NAME.length()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no " + RABBIT_NAME + "* in " + RABBIT));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String python(String distribution) {
        return Commands.run(new ProcessBuilder(
                        "/usr/bin/python3",
                        "-c",
                        "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))",
                        distribution))
                .strip();
    }
}
