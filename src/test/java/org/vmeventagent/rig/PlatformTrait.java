package org.vmeventagent.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
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
     * SHUTDOWN/HOST is reported before STOPPED/SAVED, /MIGRATED, /CRASHED and /FROM_SNAPSHOT too, unless QEMU is gone before
     * libvirt has read that; before, only ahead of STOPPED/DESTROYED.
     */
    SHUTDOWN_BEFORE_EVERY_END(Program.LIBVIRT, 11, 3),
    /** heartbeat_rate is 3 by default, not 2. */
    HEARTBEAT_RATE_3(Program.OSLO_MESSAGING, 16, 0),
    /** A setting denies queues which are neither durable nor exclusive. */
    TRANSIENT_QUEUES_CAN_BE_DENIED(Program.RABBITMQ, 3, 12);

    private static final Path RABBITMQ = Path.of("/usr/lib/rabbitmq/lib");
    private static final String RABBITMQ_NAME = "rabbitmq_server-";
    private static final Pattern DOT = Pattern.compile("[.]");

    private final Program program;
    private final int major;
    private final int minor;

    PlatformTrait(Program program, int major, int minor) {
        this.program = program;
        this.major = major;
        this.minor = minor;
    }

    /** Whether the installed program has it. */
    public boolean isHere() {
        int[] here = DOT.splitAsStream(version()).mapToInt(Integer::parseInt).toArray();
        return Arrays.compare(here, new int[] {major, minor}) >= 0;
    }

    private String version() {
        return switch (program) {
            case LIBVIRT -> libvirt();
            case OSLO_MESSAGING -> python("oslo.messaging");
            case RABBITMQ -> rabbitmq();
        };
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

    private static String rabbitmq() {
        try (Stream<Path> versions = Files.list(RABBITMQ)) {
            return versions.map(version -> version.getFileName().toString())
                    .filter(name -> name.startsWith(RABBITMQ_NAME))
                    .map(name -> name.substring(RABBITMQ_NAME.length()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no " + RABBITMQ_NAME + "* in " + RABBITMQ));
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

    private enum Program {
        LIBVIRT,
        OSLO_MESSAGING,
        RABBITMQ
    }
}
