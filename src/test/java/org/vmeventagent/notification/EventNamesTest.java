package org.vmeventagent.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.event.EventKind;

class EventNamesTest {
    private static final Set<String> OFF = Set.of(
            "rtc_change",
            "graphics",
            "tray_change",
            "balloon_change",
            "tunable",
            "migration_iteration",
            "block_threshold",
            "memory_device_size_change",
            "vcpu_removed",
            "channel_lifecycle",
            "migration_progress",
            "restarted",
            "outage",
            "migrated");

    @Test
    void leavesOutTheFrequentByDefault() {
        Set<String> expected = new TreeSet<>(EventNames.all());
        expected.removeAll(OFF);

        assertEquals(expected, new TreeSet<>(EventNames.selected("default")));
        assertEquals(51, EventNames.all().size());
        assertTrue(EventNames.all().containsAll(OFF));
    }

    @Test
    void publishesAll() {
        assertEquals(EventNames.all(), EventNames.selected("all"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            stopped,agent.gap            | agent.gap,stopped
            ' stopped , reboot '         | reboot,stopped
            agent                        | agent.connected,agent.disconnected,agent.gap,agent.heartbeat,agent.overflow,agent.started,agent.stopped,agent.test
            lifecycle                    | crashed,defined,pmsuspended,resumed,shutdown,started,stopped,suspended,undefined
            lifecycle,-resumed,-shutdown | crashed,defined,pmsuspended,started,stopped,suspended,undefined
            reboot,+watchdog,-reboot     | watchdog
            """)
    void takesAList(String text, String expected) {
        assertEquals(expected, String.join(",", new TreeSet<>(EventNames.selected(text))));
    }

    @Test
    void changesTheDefault() {
        Set<String> selected = EventNames.selected("+graphics, -reboot,-agent.gap");

        assertTrue(selected.contains("graphics"));
        assertFalse(selected.contains("agent.gap"));
        assertFalse(selected.contains("reboot"));
        assertTrue(selected.contains("stopped"));
        assertEquals(selected, EventNames.selected("default,+graphics,-reboot,-agent.gap"));
        assertFalse(EventNames.selected("all,-tunable").contains("tunable"));
    }

    @Test
    void namesTheNearestOfAnUnknownName() {
        String message = message("default,+rebot");

        assertTrue(message.startsWith("'rebot' is no event, perhaps 'reboot'; allowed: default, all, "), message);
        assertTrue(message.contains(" vcpu_removed"), message);
        assertTrue(message("heartbeat").contains("allowed"));
        assertTrue(message("BALLOON-CHANGES")
                .startsWith("'BALLOON-CHANGES' is no event, perhaps 'balloon_change'; allowed"));
        assertTrue(message("balloon").startsWith("'balloon' is no event; allowed"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", ",", "stopped,", "+", "-graphics,reboot", "+graphics,default", "none", "io_error_reason"
            })
    void refusesWhatSaysNothingClear(String text) {
        assertThrows(IllegalArgumentException.class, () -> EventNames.selected(text));
    }

    @Test
    void registersWhatIsPublishedByDefault() {
        Set<EventKind> off = EnumSet.of(
                EventKind.RTC_CHANGE,
                EventKind.GRAPHICS,
                EventKind.TRAY_CHANGE,
                EventKind.BALLOON_CHANGE,
                EventKind.TUNABLE,
                EventKind.MIGRATION_ITERATION,
                EventKind.BLOCK_THRESHOLD,
                EventKind.MEMORY_DEVICE_SIZE_CHANGE,
                EventKind.VCPU_REMOVED,
                EventKind.CHANNEL_LIFECYCLE);

        assertEquals(EnumSet.complementOf(EnumSet.copyOf(off)), EventNames.kinds("default", Set.of()));
        assertEquals(EnumSet.allOf(EventKind.class), EventNames.kinds("all", Set.of()));
    }

    @Test
    void registersEveryIdOfAName() {
        assertEquals(
                EnumSet.of(EventKind.LIFECYCLE, EventKind.IO_ERROR, EventKind.IO_ERROR_REASON),
                EventNames.kinds("io_error", Set.of()));
        assertEquals(
                EnumSet.of(EventKind.LIFECYCLE, EventKind.IO_ERROR_REASON),
                EventNames.kinds("io_error_reason", Set.of()));
        assertFalse(EventNames.kinds("-block_job", Set.of()).contains(EventKind.BLOCK_JOB_2));
        assertTrue(EventNames.kinds("+graphics", Set.of()).contains(EventKind.GRAPHICS));
    }

    @Test
    void registersWhatAPublishedNameIsQueriedAt() {
        Set<EventKind> kinds = EventNames.kinds("reboot", EventNames.selected("+migration_progress"));
        assertEquals(EnumSet.of(EventKind.LIFECYCLE, EventKind.REBOOT, EventKind.MIGRATION_ITERATION), kinds);
        assertEquals("job", EventNames.kindOf("migration_progress"));
    }

    @Test
    void alwaysRegistersLifecycle() {
        assertTrue(EventNames.kinds("all,-lifecycle", Set.of()).contains(EventKind.LIFECYCLE));
        assertThrows(IllegalArgumentException.class, () -> EventNames.kinds("stopped", Set.of()));
    }

    private static String message(String text) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, () -> EventNames.selected(text))
                .getMessage());
    }
}
