package org.vmeventagent.recorder;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.recorder.ListedHost.RUNNING;
import static org.vmeventagent.recorder.ListedHost.SHUTOFF;
import static org.vmeventagent.recorder.ListedHost.awaitTold;
import static org.vmeventagent.recorder.ListedHost.beginOfGap;
import static org.vmeventagent.recorder.ListedHost.told;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.Look;
import org.vmeventagent.time.Moment;

/** When a gap is told, and what it says: against answers as libvirt would give them. */
class GapTest {
    private ListedHost host;

    @BeforeEach
    void begin(@TempDir Path directory) {
        host = new ListedHost(directory);
    }

    @Test
    void firstRunTellsTheWholeTruthAndNoGap() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (Recording first = host.begin()) {
            host.connect(first);
            assertEquals(List.of("started first_run", "connected start", "exists audit"), told(first));
        }
    }

    @Test
    void whatHappenedWhileTheAgentWasDownIsFound() throws Exception {
        host.is(1, RUNNING, 1, 4);
        host.is(2, RUNNING, 1, 5);
        try (Recording first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.is(1, SHUTOFF, 3, -1);
        host.truth.remove(Events.uuid(2));
        try (Recording second = host.begin()) {
            host.connect(second);
            awaitTold(second, "gap agent_down 3");
            assertEquals(
                    List.of("stopped running->defined crashed resync", "gap agent_down 3", "removed unknown resync"),
                    told(second).stream()
                            .filter(text -> text.contains("crashed") || text.matches("(gap|removed).*"))
                            .toList());
        }
    }

    @Test
    void aDomainThatCannotBeAskedIsNeitherGoneNorGuessedAndHoldsUpNoGap() throws Exception {
        host.is(1, RUNNING, 1, 4);
        host.is(2, RUNNING, 1, 5);
        try (Recording first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.is(1, SHUTOFF, 3, -1);
        host.is(2, SHUTOFF, 3, -1);
        host.locked.add(Events.uuid(2));
        try (Recording second = host.begin()) {
            host.connect(second);
            awaitTold(second, "gap agent_down 1");
            assertFalse(host.asked.contains(Events.uuid(2)), "it is known not to answer");
            host.locked.clear();
            second.hears(host.listing());
            await().until(() -> resynced(second).size() == 2);
            assertEquals(
                    List.of("stopped running->defined crashed resync", "stopped running->defined crashed resync"),
                    resynced(second));
        }
    }

    @Test
    void whileNothingIsListedWhatIsKnownIsAskedAboutAndTheGapStaysOpen() throws Exception {
        host.is(1, RUNNING, 1, 4);
        host.is(2, RUNNING, 1, 5);
        try (Recording first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.is(1, SHUTOFF, 3, -1);
        host.is(2, SHUTOFF, 3, -1);
        host.locked.add(Events.uuid(2));
        try (Recording second = host.begin()) {
            host.subscribe(second);
            second.hears(new Heard.ListingLate(Events.URI, host.generation()));
            awaitTold(second, "stopped running->defined crashed resync");
            assertEquals(1, resynced(second).size(), "nothing is guessed of the other");
            assertFalse(told(second).stream().anyMatch(text -> text.startsWith("gap ")));
            host.locked.clear();
            second.hears(host.listing());
            awaitTold(second, "gap agent_down 2");
            assertEquals(2, resynced(second).size());
        }
    }

    private static List<String> resynced(Recording run) throws Exception {
        return told(run).stream().filter(text -> text.endsWith(" resync")).toList();
    }

    @Test
    void whatARunToldBeforeItsFirstListingIsComparedByTheNext() throws Exception {
        try (Recording first = host.begin()) {
            host.subscribe(first);
            first.hears(Events.defined(1, null));
            first.hears(Events.started(1));
            awaitTold(first, "started defined->running booted");
        }
        host.is(1, SHUTOFF, 2, -1);
        host.is(2, RUNNING, 1, 5);
        try (Recording second = host.begin()) {
            host.connect(second);
            awaitTold(second, "gap agent_down 1");
            assertEquals(
                    List.of("exists audit", "stopped running->defined destroyed resync"),
                    told(second).stream()
                            .filter(text -> text.matches("exists.*|.*resync"))
                            .toList());
        }
    }

    @Test
    void anEventBeforeTheFirstListingIsThatOfADomainThatExists() throws Exception {
        host.is(1, SHUTOFF, 2, -1);
        host.is(2, RUNNING, 1, 5);
        try (Recording first = host.begin()) {
            host.subscribe(first);
            first.hears(Events.stopped(1), host.listing());
            awaitTold(first, "metadata_change resync"); // the event had no look-up
            assertEquals(
                    List.of("exists audit", "stopped running->defined destroyed", "exists audit"),
                    told(first).subList(2, 5));
            assertTrue(first.domain(1).life().persistent());
        }
    }

    @Test
    void whatCameToExistInAGapIsDefinedFirst() throws Exception {
        try (Recording first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.answers = false;
        host.is(2, SHUTOFF, 0, -1);
        try (Recording second = host.begin()) {
            host.subscribe(second);
            second.hears(Events.started(1), host.listing(), Events.started(2)); // one before it is listed, one after
            List<String> told = told(second);
            assertEquals(
                    List.of(
                            "defined undefined->defined unknown resync",
                            "started defined->running booted",
                            "defined undefined->defined unknown resync",
                            "started defined->running booted"),
                    told.subList(told.size() - 4, told.size()));
            assertTrue(second.domain(1).life().persistent());
            assertTrue(second.domain(2).life().persistent());
        }
    }

    @Test
    void whatWasDefinedWhileAGapIsOpenIsNotDefinedTwice() throws Exception {
        try (Recording first = host.begin()) {
            host.connect(first);
            host.answers = false;
            first.hears(
                    new Heard.Overflow(1),
                    Events.defined(1, null),
                    Events.lifecycle(1, Events.name(1), 1, 0, null, Events.CLOCK.now()),
                    Events.started(1));
            List<String> told = told(first);
            assertEquals(
                    List.of(
                            "defined undefined->defined defined",
                            "undefined defined->undefined undefined",
                            "started undefined->running booted"),
                    told.subList(told.size() - 3, told.size()));
        }
    }

    @Test
    void aLostConnectionIsAGapEvenWhereNothingWasMissed() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (Recording first = host.begin()) {
            host.connect(first);
            first.hears(new Heard.ConnectionLost(Events.URI, host.generation(), "keepalive", Events.CLOCK.now()));
            host.connect(first);
            awaitTold(first, "gap keepalive 0");
            assertFalse(told(first).toString().contains("resync"));
        }
    }

    @Test
    void anOverflowIsAGap() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (Recording first = host.begin()) {
            host.connect(first);
            host.is(1, SHUTOFF, 2, -1);
            first.hears(new Heard.Overflow(7));
            awaitTold(first, "gap overflow 1");
            assertEquals(
                    1,
                    told(first).stream()
                            .filter("stopped running->defined destroyed resync"::equals)
                            .count());
        }
    }

    @Test
    void aListingOnRequestTellsOnlyWhatIsNew() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (Recording first = host.begin()) {
            host.connect(first);
            first.hears(host.listing());
            host.is(1, SHUTOFF, 1, -1);
            first.hears(host.listing());
            awaitTold(first, "stopped running->defined shutdown resync");
            assertFalse(told(first).toString().contains("gap"));
        }
    }

    @Test
    void aRebootOfTheHostStopsEveryDomainFirst() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (Recording first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.bootId = "22222222-2222-2222-2222-222222222222";
        host.is(1, SHUTOFF, 0, -1);
        try (Recording second = host.begin()) {
            host.connect(second);
            awaitTold(second, "gap host_reboot 1");
            assertEquals(
                    1,
                    told(second).stream()
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
        try (Recording first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        Instant died = diesSecondsAgo(100);
        try (Recording unconnected = host.begin()) {
            unconnected.settle();
        }
        diesSecondsAgo(50);
        try (Recording third = host.begin()) {
            host.connect(third);
            awaitTold(third, "gap agent_down 0");
            assertEquals(died, Instant.parse(beginOfGap(third, "agent_down")));
        }
        diesSecondsAgo(25);
        try (Recording fourth = host.begin()) {
            host.connect(fourth);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> told(fourth).stream()
                                    .filter("gap agent_down 0"::equals)
                                    .count()
                            == 2);
        }
    }

    @Test
    void anOverflowThatARunDidNotGetOverIsInTheNextOnesGap() throws Exception {
        Instant listed;
        host.is(1, RUNNING, 1, 4);
        try (Recording first = host.begin()) {
            host.connect(first);
            host.answers = false;
            first.hears(new Heard.Overflow(7)).settle();
            listed = Events.CLOCK.instant();
        }
        host.answers = true;
        host.agentDied(Events.START.plusSeconds(60));
        try (Recording second = host.begin()) {
            host.connect(second);
            awaitTold(second, "gap agent_down 0");
            assertFalse(Instant.parse(beginOfGap(second, "agent_down")).isAfter(listed));
        }
    }

    @Test
    void aRebootIsNotForgottenByARunThatComparedNothing() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (Recording first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.bootId = "22222222-2222-2222-2222-222222222222";
        host.is(1, SHUTOFF, 0, -1);
        try (Recording unconnected = host.begin()) {
            unconnected.settle();
        }
        try (Recording third = host.begin()) {
            host.connect(third);
            awaitTold(third, "gap host_reboot 1");
        }
    }

    @Test
    void anOrderlyEndIsCertainToItsMoment() throws Exception {
        host.is(1, RUNNING, 1, 4);
        Instant end = Events.START.minusSeconds(7);
        try (Recording first = host.begin()) {
            host.connect(first);
            first.hears(new Heard.ConnectionLost(
                            Events.URI, host.generation(), "closed", new Moment(end, System.nanoTime())))
                    .settle();
        }
        try (Recording second = host.begin()) {
            host.connect(second);
            awaitTold(second, "gap agent_down 0");
            assertEquals(end, Instant.parse(beginOfGap(second, "agent_down")));
        }
    }

    @Test
    void anAnswerThatComesTooLateIsAMetadataChange() throws Exception {
        try (Recording first = host.begin()) {
            host.connect(first);
            CompletableFuture<Look> look = Events.unanswered();
            first.hears(Events.defined(1, look));
            awaitTold(first, "defined undefined->defined defined");
            look.complete(Events.metadata(1));
            awaitTold(first, "metadata_change resync");
        }
    }

    @Test
    void anAuditTellsEveryDomain() throws Exception {
        try (Recording first = host.begin()) {
            host.connect(first);
            first.hears(Events.defined(1, null), Events.defined(2, null));
            first.recorder.audit();
            assertEquals(2, told(first).stream().filter("exists audit"::equals).count());
        }
    }

    @Test
    void aSecondRunWithoutDomainsStillComparesLater() throws Exception {
        try (Recording first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.is(1, RUNNING, 1, 4);
        try (Recording second = host.begin()) {
            host.connect(second);
            awaitTold(second, "gap agent_down 2");
        }
    }
}
