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

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.store.OutboxRow;

/**
 * The rules of resync, in docs/rationale.md, that the recorder keeps: those about one comparison are in
 * {@code ResyncTest}.
 */
class ResyncRulesTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int DOMAINS = 5;

    private SimulatedHost host;

    @BeforeEach
    void begin(@TempDir Path directory) {
        host = new SimulatedHost(directory);
    }

    @Test
    void rule01WhatIsKnownIsCommittedWithWhatIsReported() throws Exception {
        try (TestRecorder run = host.begin()) {
            for (LibvirtInput event : List.of(Events.defined(1, null), Events.started(1), Events.stopped(1))) {
                run.receives(event);
                KnownDomain kept = run.domain(1);
                List<OutboxRow> rows = run.kept();
                OutboxRow last = rows.get(rows.size() - 1);
                assertEquals(last.sequence(), kept.lastSequence());
                assertTrue(reported(run)
                        .get(rows.size() - 1)
                        .contains("->" + kept.lifecycle().state().text()));
            }
        }
    }

    @Test
    void rule02LiveEventsAreAllReportedInTheirOrder() throws Exception {
        List<String> expected = new ArrayList<>(List.of("started first_run"));
        try (TestRecorder run = host.begin()) {
            for (int domain = 1; domain <= DOMAINS; domain++) {
                run.receives(Events.defined(domain, null));
                expected.add("defined undefined->defined defined");
            }
            for (int i = 0; i < 300; i++) {
                run.receives(Events.started(1 + i % DOMAINS), Events.stopped(1 + i % DOMAINS));
                expected.add("started defined->running booted");
                expected.add("stopped running->defined destroyed");
            }
            assertEquals(expected, reported(run));
        }
    }

    @Test
    void rule05TheSecondQuestionIsPutInItsTime() throws Exception {
        host.tick = Duration.ofMinutes(1);
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder run = host.begin()) {
            host.connect(run);
            host.is(1, SHUTOFF, 2, -1);
            run.receives(host.listing());
            await().atMost(SOON).until(() -> host.queried.contains(Events.uuid(1)));
        }
    }

    private void connectOnce() throws Exception {
        for (int domain = 1; domain <= DOMAINS; domain++) {
            host.is(domain, RUNNING, 1, domain);
        }
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.settle();
        }
    }

    @Test
    void rule07AnotherHostStartsAfreshAndDeletesNothing() throws Exception {
        connectOnce();
        host.name = "other.example.org";
        host.currentState.clear();
        host.is(9, RUNNING, 1, 1);
        try (TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap database 0");
            List<String> reported = reported(second);
            assertEquals(
                    DOMAINS + 1,
                    reported.stream().filter("exists audit"::equals).count());
            assertFalse(reported.toString().matches(".*(stopped running|undefined|removed).*"), reported::toString);
            assertEquals("", beginOfGap(second, "database"));
            assertTrue(second.row(1).isEmpty());
        }
        try (TestRecorder third = host.begin()) {
            host.connect(third);
            awaitReported(third, "gap agent_down 0");
        }
    }

    @Test
    void rule07AnotherHostIsFoundWithinOneRun() throws Exception {
        host.is(1, RUNNING, 1, 1);
        try (TestRecorder run = host.begin()) {
            host.connect(run);
            run.receives(new LibvirtInput.ConnectionLost(Events.URI, host.generation(), "eof", Events.CLOCK.now()));
            host.name = "other";
            host.currentState.clear();
            host.subscribe(run);
            host.is(8, RUNNING, 1, 8); // and its event comes before the listing
            run.receives(
                    Events.lifecycle(8, Events.name(8), 2, 0, null, Events.CLOCK.now(), host.generation()),
                    host.listing());
            awaitReported(run, "gap database 1"); // its metadata
            assertTrue(run.row(1).isEmpty());
            assertTrue(run.row(8).isPresent());
        }
    }

    @Test
    void rule07ARenamedHostKeepsItsDomains() throws Exception {
        connectOnce();
        host.name = "renamed";
        host.is(1, SHUTOFF, 2, -1);
        try (TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap agent_down 1");
            awaitReported(second, "stopped running->defined destroyed resync");
        }
    }

    @Test
    void rule07ANameServiceThatIsAwayMakesNoOtherHost() throws Exception {
        host.name = "node.example.org";
        host.is(1, RUNNING, 1, 1);
        try (TestRecorder first = host.begin()) {
            host.connect(first);
            first.settle();
        }
        host.name = "node";
        host.currentState.clear();
        try (TestRecorder second = host.begin()) {
            host.connect(second);
            awaitReported(second, "gap agent_down 2");
        }
    }

    @Test
    void rule09ADropVoidsWhatIsPending() throws Exception {
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder run = host.begin()) {
            host.connect(run);
            host.answers = false;
            host.is(1, SHUTOFF, 2, -1);
            run.receives(host.listing());
            await().atMost(SOON).until(() -> host.queried.contains(Events.uuid(1)));
            run.receives(new LibvirtInput.Overflow(3), host.answerOn(Events.uuid(1)));
            assertFalse(reported(run).toString().contains("resync"));
            host.answers = true;
            run.receives(host.listing());
            awaitReported(run, "gap overflow 1");
        }
    }

    @Test
    void rule10WhatAnEndedConnectionAnswersIsIgnored() throws Exception {
        host.is(1, RUNNING, 1, 1);
        try (TestRecorder run = host.begin()) {
            host.connect(run);
            DomainListing late = host.listing();
            run.receives(
                    Events.stopped(1), // received before the end: it counts
                    new LibvirtInput.ConnectionLost(Events.URI, host.generation(), "eof", Events.CLOCK.now()),
                    late,
                    host.answerOn(Events.uuid(1)));
            assertTrue(reported(run).contains("stopped running->defined destroyed"), reported(run)::toString);
            host.is(1, SHUTOFF, 2, -1);
            host.connect(run);
            awaitReported(run, "gap eof 0");
        }
    }

    @Test
    void rule11WhatWasCommittedIsSentAsItWas() throws Exception {
        List<OutboxRow> committed;
        try (TestRecorder first = host.begin()) {
            first.receives(Events.defined(1, null), Events.started(1));
            committed = first.kept();
        }
        try (TestRecorder second = host.begin()) {
            List<OutboxRow> found = second.kept();
            for (int i = 0; i < committed.size(); i++) {
                assertEquals(committed.get(i).messageId(), found.get(i).messageId());
                assertEquals(
                        new String(committed.get(i).body(), StandardCharsets.UTF_8),
                        new String(found.get(i).body(), StandardCharsets.UTF_8));
            }
        }
    }

    @Test
    void rule14APolledDriverIsComparedWithoutSettling() throws Exception {
        host.registered = 0;
        host.is(1, RUNNING, 1, 4);
        try (TestRecorder run = host.begin()) {
            host.connect(run);
            host.is(1, SHUTOFF, 1, -1);
            run.receives(host.listing());
            awaitReported(run, "stopped running->defined shutdown poll");
        }
    }

    /** Of another inode: a copy. */
    private void copyDatabase() throws IOException {
        Path copy = host.database().resolveSibling("copy");
        Files.copy(host.database(), copy);
        Files.move(copy, host.database(), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void rule15ACopiedDatabaseStartsAfreshWithAGap() throws Exception {
        connectOnce();
        copyDatabase();
        host.currentState.remove(Events.uuid(1));
        try (TestRecorder copy = host.begin()) {
            host.connect(copy);
            awaitReported(copy, "gap database 0");
            assertEquals("", beginOfGap(copy, "database"));
            assertEquals(
                    List.of("started first_run", "connected start", "exists audit"),
                    reported(copy).subList(0, 3));
        }
    }

    @Test
    void rule15ALostDatabaseIsReportedByALaterRunIfNotByTheFirst() throws Exception {
        connectOnce();
        copyDatabase();
        try (TestRecorder unconnected = host.begin()) {
            unconnected.settle();
        }
        host.answers = false;
        try (TestRecorder unfinished = host.begin()) { // listed, with a doubt that nobody answers
            host.subscribe(unfinished);
            unfinished.receives(
                    Events.lifecycle(8, Events.name(8), 0, 0, null, Events.CLOCK.now(), host.generation()),
                    host.listing());
            await().atMost(SOON).until(() -> host.queried.contains(Events.uuid(8)));
            assertFalse(reported(unfinished).toString().contains("gap"));
        }
        host.answers = true;
        try (TestRecorder last = host.begin()) {
            host.connect(last);
            awaitReported(last, "gap database 1");
            assertEquals("", beginOfGap(last, "database"));
        }
    }

    /** Its start was published; what became of it no run can know. */
    @Test
    void rule15ADomainThatAnOlderDatabaseDoesNotKnowIsDeniedByAGap() throws Exception {
        connectOnce();
        Path backup = host.database().resolveSibling("backup");
        Files.copy(host.database(), backup);
        host.is(9, RUNNING, 1, 1);
        connectOnce();
        Files.write(host.database(), Files.readAllBytes(backup));
        host.currentState.remove(Events.uuid(9));
        try (TestRecorder older = host.begin()) {
            host.connect(older);
            awaitReported(older, "gap database 0");
            assertEquals("", beginOfGap(older, "database"));
            List<String> reported = reported(older);
            assertEquals(
                    Collections.nCopies(DOMAINS, "exists audit"),
                    reported.subList(reported.lastIndexOf("connected start") + 1, reported.indexOf("gap database 0")),
                    "what it knows counts, all the rest does not");
        }
        try (TestRecorder next = host.begin()) {
            host.connect(next);
            awaitReported(next, "gap agent_down 0");
        }
    }
}
