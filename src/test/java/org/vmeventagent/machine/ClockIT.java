package org.vmeventagent.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.chaos.ReceivedNotification;

/**
 * A host that boots in 1970, whose clock is set, and slews. What its guests do meanwhile is published all the same, each once,
 * and no window ends before it begins.
 */
@Tag("long")
@Tag("machine")
class ClockIT {
    private static final String GUEST = "guest";
    private static final String WRITABLE = AgentMachine.TEST.replace("-ro", "");
    private static final int LIVES = 5;
    private static final String LIVE = "for i in $(seq " + LIVES + "); do for step in start destroy; do virsh -q -c '"
            + WRITABLE + "' $step " + GUEST + "; done; done";

    @TempDir
    private static Path directory;

    private static MachineEnvironment environment;
    private static AgentMachine machine;
    private long before;

    @BeforeAll
    static void boot() throws Exception {
        // systemd sets it to the day on which it was built, at the least
        environment = new MachineEnvironment("trixie", directory, "-rtc", "base=1970-01-01");
        machine = environment.machine();
        environment.startAgent(List.of(AgentMachine.TEST), "");
    }

    @AfterAll
    static void end() {
        environment.close();
    }

    @BeforeEach
    void begin() {
        environment.invariants().beginRound();
        before = environment.consumer().lastSequence();
    }

    /** The test driver forgets its domains when its last connection is closed, that of an agent which is killed. */
    private static void live(String command) {
        machine.define(WRITABLE, GuestXml.test(GUEST));
        machine.run(command);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "date -s '+3 years'",
                "date -s '-1 day'",
                "date -s '+1 day'",
                "date -s '1970-01-02'",
                "date -s '2026-01-01'",
                "python3 -c 'import ctypes; ctypes.CDLL(None).adjtime((ctypes.c_long * 2)(30, 0), None)'",
                "python3 -c 'import ctypes; ctypes.CDLL(None).adjtime((ctypes.c_long * 2)(-30, 0), None)'",
            })
    void whileTheAgentRuns(String change) {
        live(LIVE + "; " + change + "; " + LIVE);
        awaitLives(2 * LIVES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"date -s '-1 day'", "date -s '+1 day'", "date -s '1970-01-02'", "date -s '2026-01-01'"})
    void whileTheAgentIsAway(String change) {
        machine.run("systemctl kill -s KILL vm-event-agent; " + change);
        Awaitility.await()
                .atMost(MachineEnvironment.SETTLED)
                .until(() -> gaps().findAny().isPresent());
        live(LIVE);
        awaitLives(LIVES);
    }

    private void awaitLives(int lives) {
        environment.awaitSettled();
        assertEquals(
                2L * lives,
                environment.told(GUEST, before).stream()
                        .filter(told -> told.matches("(started|stopped) .*"))
                        .count(),
                environment::recently);
        assertEquals(
                List.of(),
                environment.consumer().after(before).stream()
                        .filter(ClockIT::endsBeforeItBegins)
                        .toList());
    }

    private Stream<ReceivedNotification> gaps() {
        return environment.consumer().after(before).stream()
                .filter(notification -> notification.name().equals("agent.gap"));
    }

    private static boolean endsBeforeItBegins(ReceivedNotification notification) {
        return (notification.has("window_start")
                        && notification.at("observed_at").isBefore(notification.at("window_start")))
                || (notification.has("from") && notification.at("to").isBefore(notification.at("from")));
    }
}
