package org.vmeventagent.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LifecycleEvent;
import org.vmeventagent.simulator.ExampleEvents;

/**
 * The table of states and causes in {@code docs/notifications.md}, row by row: events as {@link ExampleEvents} writes
 * them, then what each is to give, {@code state:cause}, with {@code !} for a fault.
 */
class StateTableTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            defined                               | defined/added                                   | defined:defined
            defined while running                 | started/booted defined/added                    | running:booted running:defined
            redefined                             | defined/added defined/updated                   | defined:defined defined:redefined
            redefined while running               | defined/added started/booted defined/updated    | defined:defined running:booted running:redefined
            saved stays saved when redefined      | defined/added started/booted stopped/saved defined/updated | defined:defined running:booted saved:saved saved:redefined
            saved stays saved when defined        | defined/added started/booted stopped/saved defined/added   | defined:defined running:booted saved:saved saved:defined
            definition from a snapshot            | defined/added defined/from_snapshot             | defined:defined defined:snapshot_reverted
            renamed                               | defined/added undefined/renamed defined/renamed | defined:defined defined:renamed defined:renamed
            undefined                             | defined/added undefined/removed                 | defined:defined undefined:undefined
            undefined while running               | defined/added started/booted undefined/removed  | defined:defined running:booted running:undefined
            undefined while saved                 | defined/added started/booted stopped/saved undefined/removed | defined:defined running:booted saved:saved undefined:undefined
            early resumed                         | defined/added resumed/unpaused                  | defined:defined defined:booting
            early resumed of a transient domain   | resumed/unpaused started/booted+3               | undefined:booting running:booted
            early resumed of a saved domain       | defined/added started/booted stopped/saved resumed/unpaused | defined:defined running:booted saved:saved saved:booting
            booted                                | defined/added started/booted                    | defined:defined running:booted
            start paused for a port               | started/booted suspended/paused+1               | running:booted paused:start_paused
            resumed after a start paused          | started/booted suspended/paused+1 resumed/unpaused | running:booted paused:start_paused running:booted
            paused a second after the start       | started/booted suspended/paused+1000            | running:booted paused:paused
            paused right after an early resumed   | resumed/unpaused started/booted+3 suspended/paused+3 | undefined:booting running:booted paused:paused
            paused                                | started/booted suspended/paused                 | running:booted paused:paused
            paused a second time after the start  | started/booted suspended/paused+1 resumed/unpaused+1 suspended/paused+1 | running:booted paused:start_paused running:booted paused:paused
            unpaused                              | started/booted suspended/paused resumed/unpaused | running:booted paused:paused running:unpaused
            unpaused after a crash                | started/booted crashed/panicked resumed/unpaused | running:booted crashed:guest_panic! running:crash_restarted
            restored                              | started/restored                                | running:restored
            restored and resumed                  | started/restored resumed/from_snapshot+1        | running:restored running:restored
            restored while paused                 | started/restored suspended/restored+1           | running:restored paused:restored
            snapshot reverted while running       | started/booted resumed/from_snapshot            | running:booted running:snapshot_reverted
            started from a snapshot               | started/from_snapshot                           | running:snapshot_reverted
            paused by a snapshot                  | started/booted suspended/from_snapshot          | running:booted paused:snapshot_reverted
            stopped by a snapshot                 | defined/added started/booted stopped/from_snapshot | defined:defined running:booted defined:snapshot_reverted
            guest shuts down                      | started/booted shutdown/guest                   | running:booted running:shutdown_by_guest
            host ends the process                 | started/booted shutdown/host                    | running:booted running:stopping
            shutdown of an old libvirt            | started/booted shutdown/finished                | running:booted running:shutdown
            guest shutdown, persistent            | defined/added started/booted shutdown/guest stopped/shutdown | defined:defined running:booted running:shutdown_by_guest defined:guest_shutdown
            guest shutdown, transient             | started/booted shutdown/guest stopped/shutdown  | running:booted running:shutdown_by_guest undefined:guest_shutdown
            terminated                            | defined/added started/booted shutdown/host stopped/shutdown | defined:defined running:booted running:stopping defined:terminated
            shutdown without a word of who        | defined/added started/booted shutdown/finished stopped/shutdown | defined:defined running:booted running:shutdown defined:shutdown
            shutdown without SHUTDOWN             | started/booted stopped/shutdown                 | running:booted undefined:shutdown
            who shut down is forgotten at a start | started/booted shutdown/guest stopped/shutdown started/booted stopped/shutdown | running:booted running:shutdown_by_guest undefined:guest_shutdown running:booted undefined:shutdown
            destroyed, persistent                 | defined/added started/booted stopped/destroyed  | defined:defined running:booted defined:destroyed
            destroyed, transient                  | started/booted stopped/destroyed                | running:booted undefined:destroyed
            destroyed while it was undefined      | defined/added started/booted undefined/removed stopped/destroyed | defined:defined running:booted running:undefined undefined:destroyed
            process died                          | defined/added started/booted stopped/failed     | defined:defined running:booted defined:process_died!
            process died while paused             | defined/added started/booted suspended/paused stopped/failed | defined:defined running:booted paused:paused defined:process_died!
            process died after the restore        | started/restored resumed/from_snapshot+1 stopped/failed | running:restored running:restored undefined:process_died!
            watchdog powers off                   | started/booted watchdog:poweroff stopped/failed+4999 | running:booted running undefined:watchdog!
            watchdog long before                  | started/booted watchdog:poweroff stopped/failed+5000 | running:booted running undefined:process_died!
            watchdog that pauses                  | started/booted watchdog:pause suspended/watchdog+1 | running:booted running paused:watchdog!
            watchdog that only tells              | started/booted watchdog:none stopped/failed+1   | running:booted running undefined:process_died!
            watchdog of the incarnation before    | started/booted watchdog:poweroff stopped/destroyed+1 started/booted+1 stopped/failed+1 | running:booted running undefined:destroyed running:booted undefined:process_died!
            arriving migration fails              | started/migrated stopped/failed                 | paused:migrating_in undefined:migration_failed
            arriving migration fails when defined | started/migrated defined/added stopped/failed   | paused:migrating_in paused:defined defined:migration_failed
            restore fails                         | defined/added started/restored stopped/failed   | defined:defined running:restored defined:start_failed!
            start fails                           | defined/added stopped/failed                    | defined:defined defined:start_failed!
            start of an unknown domain fails      | stopped/failed                                  | undefined:start_failed!
            saved                                 | defined/added started/booted stopped/saved      | defined:defined running:booted saved:saved
            saved, transient                      | started/booted stopped/saved                    | running:booted undefined:saved
            panicked                              | started/booted crashed/panicked                 | running:booted crashed:guest_panic!
            crash dump loaded                     | started/booted crashed/crashloaded              | running:booted crashed:guest_panic!
            crashed in a new way                  | started/booted 8/9                              | running:booted crashed:guest_panic!
            stopped by a crash                    | defined/added started/booted stopped/crashed    | defined:defined running:booted defined:guest_panic!
            a panic is a fault once               | started/booted crashed/panicked resumed/unpaused crashed/panicked | running:booted crashed:guest_panic! running:crash_restarted crashed:guest_panic
            and again in the next incarnation     | started/booted crashed/panicked stopped/destroyed started/booted crashed/panicked | running:booted crashed:guest_panic! undefined:destroyed running:booted crashed:guest_panic!
            migrating in                          | started/migrated                                | paused:migrating_in
            migrating out                         | started/booted suspended/migrated               | running:booted paused:migrating_out
            migrated in                           | started/migrated resumed/migrated               | paused:migrating_in running:migrated_in
            migration cancelled                   | started/booted suspended/migrated resumed/migrated | running:booted paused:migrating_out running:migration_cancelled
            migrated out and gone                 | defined/added started/booted stopped/migrated?no_domain | defined:defined running:booted undefined:migrated_out
            migrated out and still defined        | defined/added started/booted stopped/migrated?metadata | defined:defined running:booted defined:migrated_out
            migrated out, no answer               | defined/added started/booted stopped/migrated   | defined:defined running:booted defined:migrated_out
            migrated out, answer failed           | defined/added started/booted stopped/migrated?failed | defined:defined running:booted defined:migrated_out
            migrated out, transient               | started/booted stopped/migrated                 | running:booted undefined:migrated_out
            post-copy on the source               | started/booted suspended/postcopy               | running:booted paused:post_copy
            post-copy on the destination          | started/migrated resumed/postcopy resumed/migrated | paused:migrating_in running:post_copy running:migrated_in
            post-copy failed                      | started/booted suspended/postcopy suspended/postcopy_failed | running:booted paused:post_copy paused:post_copy_failed!
            post-copy failed on the destination   | started/migrated resumed/postcopy resumed/postcopy_failed | paused:migrating_in running:post_copy running:post_copy_failed!
            paused by an I/O error                | started/booted suspended/ioerror                | running:booted paused:io_error!
            paused by a watchdog                  | started/booted suspended/watchdog               | running:booted paused:watchdog!
            paused by an API error                | started/booted suspended/api_error              | running:booted paused:api_error!
            unpaused after an I/O error           | started/booted suspended/ioerror+1 resumed/unpaused | running:booted paused:io_error! running:unpaused
            guest shutdown held                   | started/booted suspended/guest_shutdown         | running:booted paused:guest_shutdown_held
            guest suspended to memory             | started/booted pmsuspended/memory               | running:booted pmsuspended:guest_suspended
            guest suspended to disk               | started/booted pmsuspended/disk                 | running:booted pmsuspended:guest_suspended
            guest suspended in a new way          | started/booted 7/5                              | running:booted pmsuspended:guest_suspended
            woken                                 | started/booted pmsuspended/memory started/wakeup | running:booted pmsuspended:guest_suspended running:woken
            recreated                             | started/booted stopped/recreated started/recreated | running:booted undefined:recreated running:recreated
            recreated, persistent                 | defined/added started/booted stopped/recreated  | defined:defined running:booted defined:recreated
            unknown type                          | started/booted 9/0                              | running:booted running:unknown
            unknown detail of defined             | 0/4                                             | undefined:unknown
            unknown detail of undefined           | defined/added 1/2                               | defined:defined defined:unknown
            unknown detail of started             | defined/added 2/6                               | defined:defined defined:unknown
            unknown detail of suspended           | started/booted 3/10                             | running:booted running:unknown
            unknown detail of resumed             | started/booted suspended/paused 4/5             | running:booted paused:paused paused:unknown
            unknown detail of stopped             | started/booted 5/8                              | running:booted running:unknown
            unknown detail of shutdown            | started/booted 6/3                              | running:booted running:unknown
            """)
    void givesStateAndCause(String row, String events, String expected) {
        assertEquals(expected, reported(events), row);
    }

    /** As observed with a real Nova 26.2 on libvirt 9.0 and QEMU 7.2. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            boot, Nova waits for a port    | defined/added started/booted suspended/paused+0 resumed/unpaused+230 | defined:defined running:booted paused:start_paused running:booted
            boot, no port to wait for      | defined/added resumed/unpaused started/booted+1 | defined:defined defined:booting running:booted
            hard reboot                    | defined/added resumed/unpaused started/booted+1 shutdown/host stopped/destroyed+1 undefined/removed+4 defined/added resumed/unpaused started/booted+0 | defined:defined defined:booting running:booted running:stopping defined:destroyed undefined:undefined defined:defined defined:booting running:booted
            soft reboot                    | defined/added started/booted shutdown/guest stopped/shutdown resumed/unpaused started/booted+0 | defined:defined running:booted running:shutdown_by_guest defined:guest_shutdown defined:booting running:booted
            guest reboot                   | defined/added started/booted reboot reboot+31 | defined:defined running:booted running running
            virsh destroy                  | defined/added started/booted shutdown/host stopped/destroyed+1 | defined:defined running:booted running:stopping defined:destroyed
            guest poweroff                 | defined/added started/booted shutdown/guest stopped/shutdown+1400 | defined:defined running:booted running:shutdown_by_guest defined:guest_shutdown
            SIGTERM                        | defined/added started/booted shutdown/host stopped/shutdown | defined:defined running:booted running:stopping defined:terminated
            kill -9                        | defined/added started/booted stopped/failed | defined:defined running:booted defined:process_died!
            managed save and resume        | defined/added started/booted suspended/paused migration_iteration migration_iteration job_completed stopped/saved defined/updated started/restored resumed/from_snapshot+0 | defined:defined running:booted paused:paused paused paused paused saved:saved saved:redefined running:restored running:restored
            saved paused and resumed       | defined/added started/booted suspended/paused stopped/saved started/restored suspended/restored+0 resumed/unpaused | defined:defined running:booted paused:paused saved:saved running:restored paused:restored running:unpaused
            migration, source              | defined/added started/booted migration_iteration suspended/migrated stopped/migrated?no_domain job_completed | defined:defined running:booted running paused:migrating_out undefined:migrated_out undefined
            migration, destination         | started/migrated defined/added resumed/migrated+0 | paused:migrating_in paused:defined running:migrated_in
            migration cancelled            | defined/added started/booted suspended/migrated resumed/migrated | defined:defined running:booted paused:migrating_out running:migration_cancelled
            migration failed, destination  | started/migrated stopped/failed | paused:migrating_in undefined:migration_failed
            panic, destroy                 | defined/added started/booted crashed/panicked stopped/crashed+1 | defined:defined running:booted crashed:guest_panic! defined:guest_panic
            panic, restart                 | defined/added started/booted crashed/panicked reboot+1 resumed/unpaused+1 | defined:defined running:booted crashed:guest_panic! crashed running:crash_restarted
            panic, preserve                | defined/added started/booted crashed/panicked | defined:defined running:booted crashed:guest_panic!
            live snapshot                  | defined/added started/booted undefined/removed block_job_2+10 block_job_2+10 defined/updated+1 | defined:defined running:booted running:undefined running running running:redefined
            snapshot revert, running       | defined/added started/booted resumed/from_snapshot | defined:defined running:booted running:snapshot_reverted
            snapshot revert, to offline    | defined/added started/booted stopped/from_snapshot defined/from_snapshot | defined:defined running:booted defined:snapshot_reverted defined:snapshot_reverted
            snapshot revert, from offline  | defined/added started/from_snapshot | defined:defined running:snapshot_reverted
            PM suspend and wakeup          | defined/added started/booted pmsuspend pmsuspended/memory pmwakeup started/wakeup | defined:defined running:booted running pmsuspended:guest_suspended pmsuspended running:woken
            rename while stopped           | defined/added undefined/renamed defined/renamed | defined:defined defined:renamed defined:renamed
            delete                         | defined/added started/booted shutdown/host stopped/destroyed+0 undefined/removed+40 | defined:defined running:booted running:stopping defined:destroyed undefined:undefined
            transient guest                | resumed/unpaused started/booted+0 shutdown/host stopped/destroyed | undefined:booting running:booted running:stopping undefined:destroyed
            """)
    void followsRealSequences(String name, String events, String expected) {
        assertEquals(expected, reported(events), name);
    }

    /** As observed with Nova 31 on libvirt 11.3 and Nova 33 on 12.8, which report SHUTDOWN/HOST before more of the ends. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            suspend              | defined/added started/booted suspended/paused shutdown/host job_completed stopped/saved | defined:defined running:booted paused:paused paused:stopping paused saved:saved
            migration, source    | defined/added started/booted suspended/migrated shutdown/host stopped/migrated?no_domain | defined:defined running:booted paused:migrating_out paused:stopping undefined:migrated_out
            panic, destroy       | defined/added started/booted crashed/panicked shutdown/host stopped/crashed | defined:defined running:booted crashed:guest_panic! crashed:stopping defined:guest_panic
            snapshot revert      | defined/added started/booted shutdown/host stopped/from_snapshot | defined:defined running:booted running:stopping defined:snapshot_reverted
            guest poweroff       | defined/added started/booted shutdown/guest stopped/shutdown | defined:defined running:booted running:shutdown_by_guest defined:guest_shutdown
            SIGTERM              | defined/added started/booted shutdown/host stopped/shutdown | defined:defined running:booted running:stopping defined:terminated
            """)
    void followsSequencesOfNewerLibvirt(String name, String events, String expected) {
        assertEquals(expected, reported(events), name);
    }

    @Test
    void keepsTheChainOfOldAndNewUnbroken() {
        List<Transition> transitions = apply("defined/added resumed/unpaused started/booted+3 suspended/ioerror"
                + " resumed/unpaused shutdown/guest stopped/shutdown undefined/removed");

        DomainState state = DomainState.UNDEFINED;
        for (Transition transition : transitions) {
            assertEquals(state, transition.oldState());
            state = transition.domain().lifecycle().state();
        }
    }

    @Test
    void countsIncarnationsAndNotWakeups() {
        assertEquals(0, last("defined/added").lifecycle().incarnation().number());
        assertEquals(
                1,
                last("started/booted pmsuspended/memory started/wakeup")
                        .lifecycle()
                        .incarnation()
                        .number());
        assertEquals(
                2,
                last("started/booted stopped/destroyed started/booted")
                        .lifecycle()
                        .incarnation()
                        .number());
        assertEquals(
                1,
                last("started/restored resumed/from_snapshot")
                        .lifecycle()
                        .incarnation()
                        .number());
    }

    @Test
    void knowsTheIdWhileActive() {
        assertEquals(7, last("started/booted").lifecycle().domainId());
        assertEquals(-1, last("started/booted stopped/destroyed").lifecycle().domainId());
        assertEquals(7, last("suspended/paused shutdown/guest").lifecycle().domainId(), "a start that was missed");
    }

    @Test
    void knowsWhetherTheDomainIsPersistent() {
        assertTrue(last("defined/added started/booted").lifecycle().persistent());
        assertFalse(last("started/booted").lifecycle().persistent());
        assertFalse(last("defined/added started/booted undefined/removed")
                .lifecycle()
                .persistent());
        assertTrue(last("defined/added started/booted undefined/removed defined/updated")
                .lifecycle()
                .persistent());
        assertTrue(last("defined/added undefined/renamed").lifecycle().persistent());
        assertFalse(last("defined/added started/booted stopped/migrated?no_domain")
                .lifecycle()
                .persistent());
    }

    @Test
    void keepsTheIdentityOfADomainThatIsGone() {
        List<Transition> transitions =
                apply("defined/added?metadata started/booted stopped/destroyed undefined/removed");

        Transition gone = transitions.get(3);
        assertEquals(MetadataSource.LIVE, transitions.get(0).identified().source());
        assertEquals(MetadataSource.CACHED, gone.identified().source());
        assertEquals(transitions.get(0).domain().instance(), gone.domain().instance());
    }

    @Test
    void takesNothingAwayWhenALookupFails() {
        assertEquals(
                MetadataSource.CACHED,
                apply("defined/added?metadata started/booted?failed")
                        .get(1)
                        .identified()
                        .source());
        assertEquals(
                MetadataSource.CACHED,
                apply("defined/added?metadata stopped/failed?no_domain")
                        .get(1)
                        .identified()
                        .source());
        assertEquals(
                MetadataSource.NONE,
                apply("defined/added?no_metadata").get(0).identified().source());
        assertEquals(
                MetadataSource.NONE, apply("defined/added").get(0).identified().source());
    }

    @Test
    void reportsNoCauseOfWhatIsNoTransition() {
        Transition reboot = apply("started/booted reboot").get(1);

        assertNull(reboot.cause());
        assertNull(reboot.oldState());
        assertEquals(EventKind.Group.GUEST, reboot.group());
    }

    /** Whatever libvirt says in whatever state: an answer, and the id exactly while the domain is active. */
    @Test
    void answersEveryEventInEveryState() {
        for (String before : List.of(
                "",
                "defined/added ",
                "started/booted ",
                "started/booted suspended/paused ",
                "started/migrated ",
                "defined/added started/booted stopped/saved ",
                "started/booted crashed/panicked ",
                "started/booted pmsuspended/memory ")) {
            for (int type = 0; type <= LifecycleEvent.TYPES.known().size(); type++) {
                for (int detail = 0; detail < 12; detail++) {
                    String events = before + type + "/" + detail;
                    Lifecycle lifecycle = last(events).lifecycle();
                    assertTrue(lifecycle.state().isActive() || lifecycle.domainId() == -1, events);
                }
            }
        }
    }

    private static String reported(String events) {
        List<String> reported = new ArrayList<>();
        for (Transition transition : apply(events)) {
            reported.add(transition.domain().lifecycle().state().text()
                    + (transition.cause() == null
                            ? ""
                            : ":" + transition.cause().text())
                    + (transition.isError() ? "!" : ""));
        }
        return String.join(" ", reported);
    }

    private static KnownDomain last(String events) {
        List<Transition> transitions = apply(events);
        return transitions.get(transitions.size() - 1).domain();
    }

    private static List<Transition> apply(String events) {
        Inventory inventory = new Inventory();
        return new ExampleEvents()
                .reportAll(events).stream()
                        .flatMap(example -> inventory.apply(example.event(), example.look()).stream())
                        .toList();
    }
}
