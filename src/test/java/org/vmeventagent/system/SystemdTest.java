package org.vmeventagent.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.rig.NotifySocket;

@Timeout(30)
class SystemdTest {
    private static final long PID = 4711;

    @TempDir
    private Path directory;

    @Test
    void everythingArrivesAtASocketWithAPath() {
        arrives(directory.resolve("notify").toString());
    }

    @Test
    void everythingArrivesAtAnAbstractSocket() {
        arrives("@vm-event-agent-" + UUID.randomUUID());
    }

    private static void arrives(String name) {
        try (NotifySocket socket = new NotifySocket(name)) {
            Systemd systemd = Systemd.of(Map.of("NOTIFY_SOCKET", name));
            assertTrue(systemd.listens());
            systemd.ready();
            systemd.status("one\ntwo ü");
            systemd.alive();
            systemd.reloading();
            systemd.stopping();
            for (String message : List.of("READY=1", "STATUS=one two ü", "WATCHDOG=1", "RELOADING=1", "STOPPING=1")) {
                assertEquals(message, socket.next());
            }
        }
    }

    @Test
    void withoutASocketNothingIsSaid() {
        Systemd none = Systemd.of(Map.of("WATCHDOG_USEC", "1000000"));
        none.ready();

        assertFalse(none.listens());
        assertEquals(Optional.empty(), none.watchdog());
    }

    @Test
    void socketThatIsGoneIsReportedOnce() {
        try (CapturedLog log = CapturedLog.open()) {
            Systemd systemd = Systemd.of(Map.of("NOTIFY_SOCKET", directory + "/gone"));
            systemd.ready();
            systemd.alive();
            assertEquals(1, log.at(Level.WARN).size(), log::all);
            assertTrue(log.at(Level.WARN).get(0).startsWith("Can't notify systemd of READY=1: "), log::all);
        }
    }

    @Test
    void watchdogIsTheOneOfThisProcess() {
        assertEquals(Optional.of(Duration.ofSeconds(60)), watchdog("60000000", Long.toString(PID)));
        assertEquals(Optional.empty(), watchdog("60000000", "1"));
        assertEquals(Optional.empty(), watchdog("0", Long.toString(PID)));
        assertEquals(Optional.empty(), watchdog("soon", Long.toString(PID)));
        assertEquals(
                Optional.of(Duration.ofMillis(3)),
                Systemd.of(Map.of("NOTIFY_SOCKET", "@x", "WATCHDOG_USEC", "3000"), PID)
                        .watchdog());
    }

    private static Optional<Duration> watchdog(String micros, String pid) {
        return Systemd.of(Map.of("NOTIFY_SOCKET", "@x", "WATCHDOG_USEC", micros, "WATCHDOG_PID", pid), PID)
                .watchdog();
    }
}
