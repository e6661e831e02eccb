package org.vmeventagent.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.simulator.ExampleEvents;

class EventFilterTest {
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
            "agent.heartbeat");

    @Test
    void leavesOutTheFrequentByDefault() {
        Set<String> expected = new TreeSet<>(EventNames.all());
        expected.removeAll(OFF);

        assertEquals(expected, new TreeSet<>(EventFilter.parse("default").names()));
        assertEquals(46, EventNames.all().size());
        assertTrue(EventNames.all().containsAll(OFF));
    }

    @Test
    void publishesAll() {
        assertEquals(EventNames.all(), EventFilter.parse("all").names());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            stopped,agent.gap            | agent.gap,stopped
            ' stopped , reboot '         | reboot,stopped
            agent                        | agent.connected,agent.disconnected,agent.gap,agent.heartbeat,agent.overflow,agent.started,agent.stopped
            lifecycle                    | crashed,defined,pmsuspended,resumed,shutdown,started,stopped,suspended,undefined
            lifecycle,-resumed,-shutdown | crashed,defined,pmsuspended,started,stopped,suspended,undefined
            reboot,+watchdog,-reboot     | watchdog
            """)
    void takesAList(String text, String expected) {
        assertEquals(
                expected, String.join(",", new TreeSet<>(EventFilter.parse(text).names())));
    }

    @Test
    void changesTheDefault() {
        EventFilter filter = EventFilter.parse("+graphics, -reboot,+agent.heartbeat");

        assertTrue(filter.accepts("graphics"));
        assertTrue(filter.accepts("agent.heartbeat"));
        assertFalse(filter.accepts("reboot"));
        assertTrue(filter.accepts("stopped"));
        assertEquals(
                filter.names(),
                EventFilter.parse("default,+graphics,-reboot,+agent.heartbeat").names());
        assertFalse(EventFilter.parse("all,-tunable").accepts("tunable"));
    }

    @Test
    void knowsTransitionsAndEvents() {
        EventFilter filter = EventFilter.parse("stopped,agent.gap");

        assertTrue(filter.accepts(Examples.after("started/booted stopped/failed")));
        assertFalse(filter.accepts(Examples.after("started/booted")));
        assertTrue(filter.accepts(events("gap")));
        assertFalse(filter.accepts(events("stopped")), "the agent's stop is not a domain's");
        assertEquals("stopped,agent.gap", filter.toString());
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
        assertThrows(IllegalArgumentException.class, () -> EventFilter.parse(text));
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

        assertEquals(EnumSet.complementOf(EnumSet.copyOf(off)), EventFilter.kinds("default"));
        assertEquals(EnumSet.allOf(EventKind.class), EventFilter.kinds("all"));
    }

    @Test
    void registersEveryIdOfAName() {
        assertEquals(
                EnumSet.of(EventKind.LIFECYCLE, EventKind.IO_ERROR, EventKind.IO_ERROR_REASON),
                EventFilter.kinds("io_error"));
        assertEquals(EnumSet.of(EventKind.LIFECYCLE, EventKind.IO_ERROR_REASON), EventFilter.kinds("io_error_reason"));
        assertFalse(EventFilter.kinds("-block_job").contains(EventKind.BLOCK_JOB_2));
        assertTrue(EventFilter.kinds("+graphics").contains(EventKind.GRAPHICS));
    }

    @Test
    void alwaysRegistersLifecycle() {
        assertTrue(EventFilter.kinds("all,-lifecycle").contains(EventKind.LIFECYCLE));
        assertThrows(IllegalArgumentException.class, () -> EventFilter.kinds("stopped"));
    }

    private static AgentEvent events(String name) {
        return new AgentEvent(name, false, HostClock.at(ExampleEvents.START), Map.of());
    }

    private static String message(String text) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, () -> EventFilter.parse(text))
                .getMessage());
    }
}
