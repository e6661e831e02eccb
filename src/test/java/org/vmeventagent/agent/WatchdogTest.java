package org.vmeventagent.agent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.rig.NotifySocket;
import org.vmeventagent.system.Systemd;

@Timeout(30)
class WatchdogTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final String name = "@vm-event-agent-" + UUID.randomUUID();
    private final NotifySocket socket = new NotifySocket(name);
    private final CapturedLog log = CapturedLog.open();
    private volatile Duration loop = Duration.ZERO;
    private volatile String status = "fine";

    @AfterEach
    void close() {
        log.close();
        socket.close();
    }

    private Watchdog started(String watchdogMicros) {
        Systemd systemd = Systemd.of(Map.of("NOTIFY_SOCKET", name, "WATCHDOG_USEC", watchdogMicros));
        systemd.ready();
        assertEquals("READY=1", socket.next());
        return started(systemd, () -> status);
    }

    private Watchdog started(Systemd systemd, Supplier<String> says) {
        Watchdog watchdog =
                new Watchdog(systemd, Map.of("event loop", () -> loop, "recorder", () -> Duration.ofMillis(1)), says);
        watchdog.start();
        return watchdog;
    }

    @Test
    void feedsTheWatchdogOnlyWhileEveryPartComesRound() {
        Watchdog watchdog = started("200000");
        assertEquals("WATCHDOG=1", socket.next());
        assertEquals("STATUS=fine", socket.next());
        assertEquals("WATCHDOG=1", socket.next());

        loop = Duration.ofMillis(401);
        await().atMost(SOON).until(() -> !log.at(Level.ERROR).isEmpty());
        assertEquals(
                List.of("The event loop has made no progress for 401 ms: systemd's watchdog is not fed any more"),
                log.at(Level.ERROR));
        socket.waiting();
        status = "starving";
        assertEquals("STATUS=starving", socket.next());

        loop = Duration.ofMillis(400);
        assertEquals("WATCHDOG=1", socket.next());
        watchdog.close();
    }

    @Test
    void withoutAWatchdogOnlyTheStateIsReported() {
        loop = Duration.ofDays(1);
        Watchdog watchdog = started("");
        assertEquals("STATUS=fine", socket.next());
        assertEquals(List.of(), socket.waiting());
        assertEquals(List.of(), log.at(Level.ERROR));
        watchdog.close();
    }

    @Test
    void statusThatFailsDoesNotKeepTheWatchdogFromItsFood() {
        Systemd systemd = Systemd.of(Map.of("NOTIFY_SOCKET", name, "WATCHDOG_USEC", "200000"));
        systemd.ready();
        assertEquals("READY=1", socket.next());
        Watchdog watchdog = started(systemd, () -> {
            throw new IllegalStateException("SQLITE_CORRUPT");
        });

        assertEquals("WATCHDOG=1", socket.next());
        assertEquals("WATCHDOG=1", socket.next());
        assertEquals("WATCHDOG=1", socket.next());
        assertEquals(
                List.of("Notifying systemd failed unexpectedly and is tried again:"
                        + " java.lang.IllegalStateException: SQLITE_CORRUPT"),
                log.at(Level.ERROR));
        watchdog.close();
        await().atMost(SOON)
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals("systemd")));
    }

    @Test
    void startMayTakeLongerWhileEveryPartMakesProgress() {
        Systemd systemd = Systemd.of(Map.of("NOTIFY_SOCKET", name, "WATCHDOG_USEC", "200000"));
        Watchdog watchdog = started(systemd, () -> status);
        for (String message : List.of("WATCHDOG=1", "EXTEND_TIMEOUT_USEC=300000", "STATUS=fine", "WATCHDOG=1")) {
            assertEquals(message, socket.next());
        }

        loop = Duration.ofMillis(401);
        await().atMost(SOON).until(() -> !log.at(Level.ERROR).isEmpty());
        socket.waiting();
        status = "stuck";
        assertEquals("STATUS=stuck", socket.next());

        loop = Duration.ZERO;
        assertEquals("WATCHDOG=1", socket.next());
        assertEquals("EXTEND_TIMEOUT_USEC=300000", socket.next());
        systemd.ready();
        await().atMost(SOON).until(() -> socket.next().equals("READY=1"));
        assertEquals("WATCHDOG=1", socket.next());
        assertEquals("WATCHDOG=1", socket.next());
        watchdog.close();
    }
}
