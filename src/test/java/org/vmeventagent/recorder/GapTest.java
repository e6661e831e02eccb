package org.vmeventagent.recorder;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.recorder.SimulatedHost.RUNNING;
import static org.vmeventagent.recorder.SimulatedHost.SHUTOFF;
import static org.vmeventagent.recorder.SimulatedHost.awaitReported;
import static org.vmeventagent.recorder.SimulatedHost.beginOfGap;
import static org.vmeventagent.recorder.SimulatedHost.reported;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.time.Moment;

/** When a gap is reported, and what it says: against answers as libvirt would give them. */
class GapTest {
    private SimulatedHost host;

    @BeforeEach
    void begin(@TempDir Path directory) {
        host = new SimulatedHost(directory);
    }

    @Test
    void firstRunReportsTheCurrentStateAndNoGap() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            assertEquals(List.of("started first_run", "connected start", "exists audit"), reported(first));
        }
    }

    @Test
    void whatHappenedWhileTheAgentWasDownIsFound() throws Exception {
        host.is(1, RUNNING, 1, 4);
        host.is(2, RUNNING, 1, 5);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.is(1, SHUTOFF, 3, -1);
        host.currentState.remove(Events.uuid(2));
        try (TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap agent_down 3");
            assertEquals(
                    List.of("stopped running->defined crashed resync", "gap agent_down 3", "removed unknown resync"),
                    reported(second).stream()
                            .filter(text -> text.contains("crashed") || text.matches("(gap|removed).*"))
                            .toList());
            assertEquals(Set.of("agent_down"), second.metrics.gaps.keySet());
        }
    }

    @Test
    void anImageThatOnlyAComparisonSawIsNotForgottenWithTheAgent() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.receives(Events.lifecycle(1, Events.name(1), 5, 4, null, first.clock.now(), host.generation()));
            host.hasManagedSave(1);
            first.receives(host.listing());
            await().until(() -> first.domain(1).lastObservation().managedSaveSeen());
        }
        host.is(1, SHUTOFF, 0, -1); // libvirtd lost the image, and the domain was defined again
        try (TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap agent_down 1");
            assertTrue(reported(second).contains("defined saved->defined defined resync"), () -> "" + host.queried);
        }
    }

    @Test
    void aDomainThatCannotBeQueriedIsNeitherGoneNorGuessedAndHoldsUpNoGap() throws Exception {
        host.is(1, RUNNING, 1, 4);
        host.is(2, RUNNING, 1, 5);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.is(1, SHUTOFF, 3, -1);
        host.is(2, SHUTOFF, 3, -1);
        host.locked.add(Events.uuid(2));
        try (TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap agent_down 1");
            assertFalse(host.queried.contains(Events.uuid(2)), "it is known not to answer");
            host.locked.clear();
            second.receives(host.listing());
            await().until(() -> resynced(second).size() == 2);
            assertEquals(
                    List.of("stopped running->defined crashed resync", "stopped running->defined crashed resync"),
                    resynced(second));
        }
    }

    @Test
    void whileNothingIsListedKnownDomainsAreQueriedAndTheGapStaysOpen() throws Exception {
        host.is(1, RUNNING, 1, 4);
        host.is(2, RUNNING, 1, 5);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.is(1, SHUTOFF, 3, -1);
        host.is(2, SHUTOFF, 3, -1);
        host.locked.add(Events.uuid(2));
        try (TestRecorder second = host.begin()) {
            host.subscribe(second);
            second.receives(new LibvirtInput.ListingLate(Events.URI, host.generation()));
            awaitReported(second, "stopped running->defined crashed resync");
            assertEquals(1, resynced(second).size(), "nothing is guessed of the other");
            assertFalse(reported(second).stream().anyMatch(text -> text.startsWith("gap ")));
            host.locked.clear();
            second.receives(host.listing());
            awaitReported(second, "gap agent_down 2");
            assertEquals(2, resynced(second).size());
        }
    }

    private static List<String> resynced(TestRecorder run) throws Exception {
        return reported(run).stream().filter(text -> text.endsWith(" resync")).toList();
    }

    @Test
    void whatARunReportedBeforeItsFirstListingIsComparedByTheNext() throws Exception {
        try (TestRecorder first = host.begin()) {
            host.subscribe(first);
            first.receives(Events.defined(1, null));
            first.receives(Events.started(1));
            awaitReported(first, "started defined->running booted");
        }
        host.is(1, SHUTOFF, 2, -1);
        host.is(2, RUNNING, 1, 5);
        try (TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap agent_down 1");
            assertEquals(
                    List.of("exists audit", "stopped running->defined destroyed resync"),
                    reported(second).stream()
                            .filter(text -> text.matches("exists.*|.*resync"))
                            .toList());
        }
    }

    @Test
    void anEventBeforeTheFirstListingIsThatOfADomainThatExists() throws Exception {
        host.is(1, SHUTOFF, 2, -1);
        host.is(2, RUNNING, 1, 5);
        try (TestRecorder first = host.begin()) {
            host.subscribe(first);
            first.receives(Events.stopped(1), host.listing());
            awaitReported(first, "metadata_change resync"); // the event had no look-up
            assertEquals(
                    List.of("exists audit", "stopped running->defined destroyed", "exists audit"),
                    reported(first).subList(2, 5));
            assertTrue(first.domain(1).lifecycle().persistent());
        }
    }

    @Test
    void whatCameToExistInAGapIsDefinedFirst() throws Exception {
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.answers = false;
        host.is(2, SHUTOFF, 0, -1);
        try (TestRecorder second = host.begin()) {
            host.subscribe(second);
            second.receives(Events.started(1), host.listing(), Events.started(2)); // one before it is listed, one after
            List<String> reported = reported(second);
            assertEquals(
                    List.of(
                            "defined undefined->defined unknown resync",
                            "started defined->running booted",
                            "defined undefined->defined unknown resync",
                            "started defined->running booted"),
                    reported.subList(reported.size() - 4, reported.size()));
            assertTrue(second.domain(1).lifecycle().persistent());
            assertTrue(second.domain(2).lifecycle().persistent());
        }
    }

    @Test
    void whatWasDefinedWhileAGapIsOpenIsNotDefinedTwice() throws Exception {
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            host.answers = false;
            first.receives(
                    new LibvirtInput.Overflow(1),
                    Events.defined(1, null),
                    Events.lifecycle(1, Events.name(1), 1, 0, null, Events.CLOCK.now()),
                    Events.started(1));
            List<String> reported = reported(first);
            assertEquals(
                    List.of(
                            "defined undefined->defined defined",
                            "undefined defined->undefined undefined",
                            "started undefined->running booted"),
                    reported.subList(reported.size() - 3, reported.size()));
        }
    }

    @Test
    void aLostConnectionIsAGapEvenWhereNothingWasMissed() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.receives(
                    new LibvirtInput.ConnectionLost(Events.URI, host.generation(), "keepalive", Events.CLOCK.now()));
            host.connect(first);
            awaitReported(first, "gap keepalive 0");
            assertFalse(reported(first).toString().contains("resync"));
        }
    }

    @Test
    void anOverflowIsAGap() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            host.is(1, SHUTOFF, 2, -1);
            first.receives(new LibvirtInput.Overflow(7));
            awaitReported(first, "gap overflow 1");
            assertEquals(
                    1,
                    reported(first).stream()
                            .filter("stopped running->defined destroyed resync"::equals)
                            .count());
        }
    }

    @Test
    void aListingOnRequestReportsOnlyWhatIsNew() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.receives(host.listing());
            host.is(1, SHUTOFF, 1, -1);
            first.receives(host.listing());
            awaitReported(first, "stopped running->defined shutdown resync");
            assertFalse(reported(first).toString().contains("gap"));
        }
    }

    @Test
    void aRebootOfTheHostStopsEveryDomainFirst() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.bootId = "22222222-2222-2222-2222-222222222222";
        host.is(1, SHUTOFF, 0, -1);
        try (TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap host_reboot 1");
            assertEquals(
                    1,
                    reported(second).stream()
                            .filter("stopped running->defined host_rebooted resync"::equals)
                            .count());
        }
    }

    private Instant diesSecondsAgo(long seconds) {
        Instant moment = Events.START.minusSeconds(seconds);
        host.agentDied(moment);
        return moment;
    }

    @Test
    void aGapThatTheNextRunDidNotCloseBeganAtTheFirstEnd() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        Instant died = diesSecondsAgo(100);
        try (TestRecorder unconnected = host.begin()) {
            unconnected.settle();
        }
        diesSecondsAgo(50);
        try (TestRecorder third = host.begin()) {
            host.connect(third);
            awaitReported(third, "gap agent_down 0");
            assertEquals(died, Instant.parse(beginOfGap(third, "agent_down")));
            Duration length = Objects.requireNonNull(third.metrics.gaps.get("agent_down"));
            assertTrue(length.compareTo(Duration.ofSeconds(100)) >= 0, length::toString);
        }
        diesSecondsAgo(25);
        try (TestRecorder fourth = host.begin()) {
            host.connect(fourth);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> reported(fourth).stream()
                                    .filter("gap agent_down 0"::equals)
                                    .count()
                            == 2);
        }
    }

    @Test
    void anOverflowThatARunDidNotGetOverIsInTheNextOnesGap() throws Exception {
        Instant listed;
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            host.answers = false;
            first.receives(new LibvirtInput.Overflow(7)).settle();
            listed = Events.CLOCK.instant();
        }
        host.answers = true;
        host.agentDied(Events.START.plusSeconds(60));
        try (TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap agent_down 0");
            assertFalse(Instant.parse(beginOfGap(second, "agent_down")).isAfter(listed));
        }
    }

    @Test
    void aRebootIsNotForgottenByARunThatComparedNothing() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.bootId = "22222222-2222-2222-2222-222222222222";
        host.is(1, SHUTOFF, 0, -1);
        try (TestRecorder unconnected = host.begin()) {
            unconnected.settle();
        }
        try (TestRecorder third = host.begin()) {
            host.connect(third);
            awaitReported(third, "gap host_reboot 1");
        }
    }

    @Test
    void anOrderlyEndIsCertainToItsMoment() throws Exception {
        host.is(1, RUNNING, 1, 4);
        Instant end = Events.START.minusSeconds(7);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.receives(new LibvirtInput.ConnectionLost(
                            Events.URI, host.generation(), "closed", new Moment(end, System.nanoTime())))
                    .settle();
        }
        try (TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap agent_down 0");
            assertEquals(end, Instant.parse(beginOfGap(second, "agent_down")));
        }
    }

    @Test
    void anAnswerThatComesTooLateIsAMetadataChange() throws Exception {
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            CompletableFuture<LookupResult> lookup = Events.unanswered();
            first.receives(Events.defined(1, lookup));
            awaitReported(first, "defined undefined->defined defined");
            lookup.complete(Events.metadata(1));
            awaitReported(first, "metadata_change resync");
        }
    }

    @Test
    void anAuditReportsEveryDomain() throws Exception {
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.receives(Events.defined(1, null), Events.defined(2, null));
            first.recorder.audit();
            assertEquals(
                    2, reported(first).stream().filter("exists audit"::equals).count());
        }
    }

    @Test
    void aSecondRunWithoutDomainsStillComparesLater() throws Exception {
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap agent_down 2");
        }
    }
}
