package org.vmeventagent.inventory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.simulator.ExampleEvents;

/** What is over, and how long it was, by words of {@link ExampleEvents}: two seconds lie between two of them. */
class InterruptionTest {
    private static final String BOOT = "defined/added resumed/unpaused started/booted+3 ";

    private final Inventory inventory = new Inventory();
    private final ExampleEvents events = new ExampleEvents();
    private final List<String> ended = new ArrayList<>();

    private void report(String words) {
        for (ExampleEvents.Example example : events.reportAll(words)) {
            for (Transition transition : inventory.apply(example.event(), example.look())) {
                inventory.summaries(transition).forEach(this::note);
            }
        }
    }

    private void note(Transition transition) {
        Interruption.Summary summary = transition.summary();
        if (summary != null) {
            long millis = summary.until() == null
                    ? -1
                    : summary.until().since(summary.since().at()).toMillis();
            ended.add(summary.name() + " " + summary.since().cause().text() + " " + millis + " "
                    + transition.origin().text());
        }
    }

    private KnownDomain domain() {
        return inventory.domains().iterator().next();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            power-off and start      | shutdown/guest stopped/shutdown resumed/unpaused started/booted+3              | restarted guest_shutdown 2003 event
            Nova's hard reboot       | stopped/destroyed undefined/removed defined/added resumed/unpaused started/booted+3 | restarted destroyed 6003 event
            a killed QEMU            | stopped/failed resumed/unpaused started/booted+3   | restarted process_died 2003 event,outage process_died 2003 event
            a panic, destroyed       | crashed/panicked stopped/crashed resumed/unpaused started/booted+3 | restarted guest_panic 2003 event,outage guest_panic 4003 event
            a panic, restarted       | crashed/panicked resumed/unpaused                  | outage guest_panic 2000 event
            a full disk              | suspended/ioerror resumed/unpaused                 | outage io_error 2000 event
            two faults               | suspended/ioerror stopped/failed resumed/unpaused started/booted+3 | restarted process_died 2003 event,outage io_error 4003 event
            a start that waits       | stopped/destroyed started/booted suspended/paused+5 resumed/unpaused+3000 | restarted destroyed 5005 event
            a start without a pause, then more | stopped/destroyed started/booted defined/updated+9000 | restarted destroyed 2000 event
            it fails again           | stopped/failed started/booted stopped/failed+9000  | restarted process_died 2000 event,outage process_died 2000 event
            a reboot by itself       | reboot                                             | ''
            a pause                  | suspended/paused resumed/unpaused                  | ''
            a save                   | stopped/saved started/restored resumed/from_snapshot | ''
            a snapshot               | stopped/from_snapshot started/from_snapshot        | ''
            a start that fails       | stopped/destroyed stopped/failed resumed/unpaused started/booted+3 | restarted destroyed 4003 event
            going elsewhere          | suspended/migrated stopped/migrated?no_domain      | ''
            a missed stop            | stopped/destroyed started/booted+0 started/booted+1 | restarted destroyed 0 event
            """)
    void isOverWhenItRunsAgain(String what, String words, String expected) {
        report(BOOT + words);

        assertEquals(expected, String.join(",", ended), what);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            pre-copy      | started/migrated defined/added resumed/migrated+90000                   | migrated migrating_in 92000 event
            post-copy     | started/migrated resumed/postcopy resumed/migrated                      | migrated migrating_in 4000 event
            left at once  | started/migrated resumed/migrated suspended/migrated                    | migrated migrating_in 2000 event
            failed        | started/migrated stopped/failed started/migrated resumed/migrated       | migrated migrating_in 2000 event
            arrived paused | started/migrated suspended/paused stopped/destroyed started/booted+9000 suspended/paused+1 resumed/unpaused | restarted destroyed 11001 event
            """)
    void hasArrivedWhenTheMigrationEnds(String what, String words, String expected) {
        report(words);
        inventory
                .settled(domain().key(), HostClock.at(ExampleEvents.START.plus(Duration.ofMinutes(10))))
                .forEach(this::note);

        assertEquals(expected, String.join(",", ended), what);
    }

    @Test
    void anArrivalWaitsForWhatLibvirtAnswersAboutIt() {
        report("started/migrated resumed/migrated defined/updated");
        DomainKey key = domain().key();
        assertEquals(List.of(), ended);
        assertEquals(List.of(), inventory.settled(key, HostClock.at(ExampleEvents.START.plusMillis(3_000))));

        List<Transition> moved = inventory.moved(key, Map.of("downtime", 64L));
        moved.forEach(this::note);

        assertEquals(List.of("migrated migrating_in 2000 event"), ended);
        assertEquals(Map.of("downtime", 64L), moved.get(0).job());
        assertEquals(List.of(), inventory.moved(key, Map.of("downtime", 64L)));
        assertEquals(null, domain().interruption());
    }

    @Test
    void aStartThatNothingFollowsIsSettledAfterAWhile() {
        report(BOOT + "stopped/failed started/booted");
        DomainKey key = domain().key();
        assertEquals(List.of(), ended);

        assertEquals(List.of(), inventory.settled(key, HostClock.at(ExampleEvents.START.plusMillis(6_004))));
        inventory
                .settled(key, HostClock.at(ExampleEvents.START.plus(Duration.ofMinutes(1))))
                .forEach(this::note);

        assertEquals(List.of("restarted process_died 2000 event", "outage process_died 2000 event"), ended);
        assertEquals(List.of(), inventory.settled(key, HostClock.at(ExampleEvents.START.plus(Duration.ofMinutes(2)))));
        assertEquals(null, domain().interruption());
    }

    @Test
    void whatIsRemovedIsNotRestarted() {
        report(BOOT + "stopped/failed undefined/removed");
        inventory
                .removed(Duration.ofMinutes(10), HostClock.at(ExampleEvents.START.plus(Duration.ofMinutes(11))))
                .forEach(transition -> inventory.summaries(transition).forEach(this::note));
        report("defined/added+900000 resumed/unpaused started/booted+3");

        assertEquals(List.of(), ended);
    }

    @Test
    void whatWaitsIsKeptWithTheDomain() {
        report(BOOT + "stopped/failed");
        Interruption waits = Objects.requireNonNull(domain().interruption());
        Interruption.Since down = Objects.requireNonNull(waits.down());

        assertEquals(Cause.PROCESS_DIED, down.cause());
        assertEquals(down, waits.outage());
        assertEquals(domain().lastObservation().certainAt(), down.at());
    }
}
