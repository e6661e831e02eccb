package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.vmeventagent.config.LibvirtOptions;
import org.vmeventagent.libvirt.LibvirtConnection;

/** What systemd allows the daemon is enough for what it may be configured to do. */
class SystemdUnitTest {
    private static final Path UNIT = Path.of("packaging", "systemd", "vm-event-agent.service");

    /** The JVM's own 14, main, recorder, publisher, control, systemd, the event loop's, the AMQP client's, signals', metrics'. */
    static final int OTHERS = 64;

    @Test
    void everyThreadFitsIntoTasksMax() throws IOException {
        int most = LibvirtOptions.MAX_CONNECTIONS * LibvirtConnection.MAX_THREADS + OTHERS;

        assertTrue(number("TasksMax") >= most, "TasksMax must be at least " + most);
    }

    /** Seen on a host that was short of processors while it booted: a start killed after 90 s, before it could ask for more. */
    @Test
    void javaHasMinutesToStart() throws IOException {
        assertTrue(number("TimeoutStartSec") >= 300);
    }

    private static int number(String name) throws IOException {
        Matcher line = Pattern.compile("(?m)^" + name + "=(\\d+)$").matcher(Files.readString(UNIT));
        assertTrue(line.find(), name);
        return Integer.parseInt(line.group(1));
    }
}
