package org.vmeventagent.recorder;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.store.InventoryRow;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreConfig;

class RecorderTest {
    private static final LibvirtInput.ConnectionUp UP =
            new LibvirtInput.ConnectionUp(Events.URI, 1, "QEMU", "node", 22);

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void path() {
        path = directory.resolve("agent.db");
    }

    @Test
    void recordsEventsInTheirOrder() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.defined(1, null), Events.started(1), Events.reboot(2), Events.stopped(1));

            // The first number is the news that the agent started.
            assertEquals(List.of(1L, 2L, 3L, 4L, 5L), run.keptNumbers());
            assertEquals(run.kept(), run.recorded());
            assertEquals(DomainState.DEFINED, run.domain(1).lifecycle().state());
        }
    }

    @Test
    void givesEveryNotificationAnIdOfItsOwn() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.started(1), Events.started(2), Events.stopped(1));
            Set<UUID> ids = new HashSet<>();
            run.kept().forEach(row -> ids.add(UUID.fromString(row.messageId())));

            assertEquals(4, ids.size());
            assertTrue(run.kept().get(0).observedAt() < 60_000, "counts from the first run's beginning");
        }
    }

    @Test
    void chainsTheNumbersOfEachDomain() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.started(1), Events.started(2), Events.reboot(1), Events.reboot(1));

            assertEquals(5, run.domain(1).lastSequence());
            assertEquals(3, run.domain(2).lastSequence());
        }
    }

    @Test
    void goesOnAfterARestart() throws Exception {
        UUID stream;
        try (TestRecorder run = new TestRecorder(path)) {
            stream = run.store.stream();
            run.receives(Events.started(1, Events.answered(Events.metadata(1)), Events.CLOCK.now()));
            run.settle();
        }
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.stopped(1));

            assertEquals(List.of(1L, 2L, 3L, 4L), run.keptNumbers());
            assertEquals(stream, run.store.stream());
            assertEquals(4, run.domain(1).lastSequence());
            assertEquals(1, run.domain(1).lifecycle().incarnation().number());
            assertEquals(
                    Events.metadataText(1),
                    run.row(1).map(InventoryRow::metadata).orElseThrow());
        }
    }

    @Test
    void countsEventsLookupsAndWhatIsRecorded() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(
                    Events.started(1, Events.answered(Events.metadata(1)), Events.CLOCK.now()),
                    Events.reboot(1),
                    Events.stopped(1));
            run.settle();

            assertEquals(Set.of("started booted", "reboot ", "stopped destroyed"), run.metrics.events.keySet());
            assertEquals(Map.of("metadata", 1), run.metrics.lookups);
            assertEquals(
                    Set.of("started booted event", "reboot  event", "stopped destroyed event"),
                    run.metrics.transitions.keySet());
        }
    }

    @Test
    void whatIsFilteredIsKnownButTakesNoNumber() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.recorder.filter(new PublishFilter(Set.of("stopped"), true));
            run.receives(Events.started(1), Events.reboot(1), Events.stopped(1), Events.started(1));

            assertEquals(List.of(1L, 2L), run.keptNumbers());
            assertEquals(2, run.domain(1).lastSequence());
            assertEquals(DomainState.RUNNING, run.domain(1).lifecycle().state());
            assertEquals(3, run.metrics.filtered.get());
        }
    }

    @Test
    void aSummaryFollowsWhatItSumsUp() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.recorder.filter(new PublishFilter(Set.of("started", "stopped", "restarted"), true));
            run.receives(Events.started(1), Events.stopped(1), Events.started(1));
            assertEquals(4, run.kept().size(), "perhaps it is paused yet, until its ports are there");
            run.clock.pass(Duration.ofSeconds(2));
            Awaitility.await().until(() -> run.kept().size() == 5);

            assertEquals(
                    List.of("agent.started", "domain.started", "domain.stopped", "domain.started", "domain.restarted"),
                    run.kept().stream()
                            .map(row -> new String(row.body(), StandardCharsets.US_ASCII))
                            .map(body -> body.replaceAll(".*\"event_type\":\"libvirt.([a-z.]+)\".*", "$1"))
                            .toList());
            assertEquals(null, run.domain(1).interruption());
        }
    }

    @Test
    void whatIsNotSummedUpIsNotKept() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.started(1), Events.stopped(1));
            assertEquals(null, run.domain(1).interruption());
            run.recorder.filter(new PublishFilter(Set.of("stopped", "restarted"), true));
            run.receives(Events.started(1), Events.stopped(1));
            assertNotNull(run.domain(1).interruption());
            run.recorder.filter(TestRecorder.EVERYTHING);
            run.receives(Events.started(1));
            assertEquals(null, run.domain(1).interruption());
        }
    }

    @Test
    void aSectionDropsAndTheRestIsUnbroken() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.recorder.filter(filter("[filter:x]\nevent = suspended\nproject = p1\naction = drop\n"));
            run.receives(
                    Events.started(1, Events.answered(Events.metadata(1)), Events.CLOCK.now()),
                    Events.lifecycle(1, Events.name(1), 3, 0, null, Events.CLOCK.now()),
                    Events.lifecycle(1, Events.name(1), 4, 0, null, Events.CLOCK.now()));

            List<OutboxRow> rows = run.kept();
            assertEquals(
                    List.of(1L, 2L, 3L), rows.stream().map(OutboxRow::sequence).toList());
            String resumed = new String(rows.get(2).body(), StandardCharsets.US_ASCII);
            assertTrue(resumed.contains("\"old_domain_state\":\"paused\",\"cause\":"), resumed);
            assertTrue(resumed.contains("\"previous_sequence\":2"), resumed);
            assertEquals(1, run.metrics.filtered.get());
        }
    }

    @Test
    void aSectionSetsTheTopic() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.recorder.filter(filter("[filter:x]\nevent = stopped,agent.connected\ntopic = alarms\n"));
            run.receives(UP, Events.started(1), Events.stopped(1));

            assertEquals(
                    Arrays.asList(null, "alarms", null, "alarms"),
                    run.kept().stream().map(OutboxRow::topic).toList());
        }
    }

    @Test
    void aSectionSetsTheSeverity() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.recorder.filter(filter("[filter:x]\nevent = stopped,agent.connected\nseverity = error\n"));
            run.receives(UP, Events.started(1), Events.stopped(1));

            assertEquals(
                    List.of("info", "error", "info", "error"),
                    run.kept().stream()
                            .map(row -> new String(row.body(), StandardCharsets.US_ASCII))
                            .map(body -> body.replaceAll(".*\"severity\":\"([a-z]+)\".*", "$1"))
                            .toList());
        }
    }

    private static PublishFilter filter(String text) {
        return PublishFilter.from(Configuration.ofText(text), TestRecorder.EVENTS);
    }

    @Test
    void theFilterHoldsForTheAgentsOwnEventsToo() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.recorder.filter(new PublishFilter(Set.of("started"), true));
            run.receives(UP, Events.started(1));

            assertEquals(List.of(1L, 2L), run.keptNumbers());
            assertEquals(2, run.domain(1).lastSequence());
        }
    }

    @Test
    void ignoresDomainsWithoutNovaMetadataIfConfigured() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.recorder.filter(new PublishFilter(TestRecorder.EVENTS, false));
            run.receives(Events.started(1));

            assertEquals(List.of(1L), run.keptNumbers());
            assertEquals(DomainState.RUNNING, run.domain(1).lifecycle().state());
        }
    }

    /** Appliances of libguestfs, and the host itself under Xen. */
    @ParameterizedTest
    @CsvSource({"1, guestfs-hl0ixnbk6hk9e8y3, false", "0, Domain-0, false", "1, Domain-0, true", "0, guest, true"})
    void knowsGuestsOnly(int domain, String name, boolean guest) throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(UP);
            run.receives(Events.lifecycle(domain, name, 2, 0, null, Events.CLOCK.now()));
            run.receives(new DomainListing(Events.URI, 1, Events.CLOCK.now(), List.of(seen(domain, name, null))));

            assertEquals(guest ? List.of(1L, 2L, 3L) : List.of(1L, 2L), run.keptNumbers());
            assertEquals(guest, run.row(domain).isPresent());
        }
    }

    @Test
    void takesOverAListingWithoutPublishingIt() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(
                    UP,
                    new DomainListing(
                            Events.URI,
                            1,
                            Events.CLOCK.now(),
                            List.of(seen(1, Events.name(1), Events.metadataText(1)))));

            assertEquals(List.of(1L, 2L), run.keptNumbers());
            assertEquals(DomainState.RUNNING, run.domain(1).lifecycle().state());
            assertEquals(
                    Events.metadataText(1),
                    run.row(1).map(InventoryRow::metadata).orElseThrow());
        }
    }

    @Test
    void ignoresAListingThatOutlivedItsConnection() throws Exception {
        DomainListing listing =
                new DomainListing(Events.URI, 1, Events.CLOCK.now(), List.of(seen(1, Events.name(1), null)));
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(UP, new LibvirtInput.ConnectionLost(Events.URI, 1, "eof", Events.CLOCK.now()), listing);
            run.receives(new LibvirtInput.ConnectionUp(Events.URI, 2, "QEMU", "node", 22), listing);

            assertTrue(run.row(1).isEmpty());
        }
    }

    @Test
    void reportsConnectionsAndWhatEachReceives() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(UP, new LibvirtInput.ConnectionLost(Events.URI, 1, "keepalive", Events.CLOCK.now()));
            run.recorder.publish(new AgentEvent("started", false, Events.CLOCK.now(), Map.of("reason", "restart")));

            assertEquals(List.of(1L, 2L, 3L, 4L), run.keptNumbers());
        }
    }

    @Test
    void runsCommandsInOrderWithTheEvents() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            Thread[] ran = new Thread[1];
            run.receives(Events.started(1), new LibvirtInput.Command(() -> ran[0] = Thread.currentThread()));
            run.settle();

            assertEquals("recorder", ran[0].getName());
        }
    }

    @Test
    void whatCannotBeRecordedIsCountedAndLeftOut() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            LibvirtInput.Command broken = new LibvirtInput.Command(() -> {
                throw new IllegalStateException("broken");
            });
            run.receives(broken, Events.started(1), broken);

            assertEquals(List.of(1L, 2L), run.keptNumbers());
            assertEquals(2, run.metrics.malformed.get());
        }
    }

    @Test
    void aTapThatFailsStopsNothing() throws Exception {
        RecorderConfig config = RecorderConfig.DEFAULTS;
        try (TestRecorder run = new TestRecorder(path, config, List.of(row -> {
            throw new IllegalStateException("full pipe");
        }))) {
            run.receives(Events.started(1), Events.stopped(1));

            assertEquals(3, run.recorded().size());
        }
    }

    @Test
    void numbersWhatNobodyAcknowledgesWithoutKeepingIt() throws Exception {
        RecorderConfig config = RecorderConfig.DEFAULTS.withKeepOutbox(false);
        try (TestRecorder run = new TestRecorder(path, config, List.of())) {
            run.receives(Events.started(1), Events.stopped(1));

            assertEquals(
                    List.of(1L, 2L, 3L),
                    run.recorded().stream().map(OutboxRow::sequence).toList());
            assertEquals(0, run.store.depth());
            assertEquals(3, run.store.lastSequence());
        }
    }

    @Test
    void remembersSinceWhenNobodyAcknowledges() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.started(1));
            run.settle();
        }
        RecorderConfig config = RecorderConfig.DEFAULTS.withKeepOutbox(false);
        for (int start = 1; start <= 2; start++) {
            try (TestRecorder run = new TestRecorder(path, config, List.of())) {
                run.receives(Events.stopped(1));
                run.settle();

                assertEquals(3, run.store.counter(Store.UNKEPT));
                assertEquals(2, run.store.depth(), "what waits is kept");
            }
        }
    }

    @Test
    void reportsDropsWhereNobodyAcknowledges() throws Exception {
        StoreConfig everythingIsTooOld = StoreConfig.at(path).withBounds(1 << 20, Duration.ofDays(-1));
        PublishFilter filter = new PublishFilter(Set.of("defined", "exists", "agent.overflow"), true);
        try (TestRecorder run = recording(everythingIsTooOld, RecorderConfig.DEFAULTS, filter, new ArrayList<>())) {
            run.receives(Events.defined(1, null));
            await().atMost(Duration.ofSeconds(20)).until(() -> run.metrics.droppedRows.get() == 1);
        }
        List<OutboxRow> shown = new CopyOnWriteArrayList<>();
        RecorderConfig log = RecorderConfig.DEFAULTS.withKeepOutbox(false);
        try (TestRecorder run = recording(StoreConfig.at(path), log, filter, shown)) {
            await().atMost(Duration.ofSeconds(20)).until(() -> shown.size() == 2);

            assertEquals(1, payload(shown.get(0)).at("/dropped/defined").asLong());
            assertTrue(new String(shown.get(1).body(), StandardCharsets.US_ASCII).contains("libvirt.domain.exists"));
            run.settle();
            assertFalse(run.store.hasUnreportedDrops(), "or what is known of removed domains is kept for ever");
        }
    }

    @Test
    void whatWaitsIsDroppedAtItsAgeAlsoWhereNobodyAcknowledges() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(Events.started(1));
            run.settle();
            assertEquals(2, run.store.depth());
        }
        StoreConfig everythingIsTooOld = StoreConfig.at(path).withBounds(1 << 20, Duration.ofDays(-1));
        try (TestRecorder run =
                new TestRecorder(everythingIsTooOld, RecorderConfig.DEFAULTS.withKeepOutbox(false), List.of())) {
            await().atMost(Duration.ofSeconds(20)).until(() -> run.store.depth() == 0);
            assertEquals(2, run.metrics.droppedRows.get());
        }
    }

    @Test
    void countsWhatTheQueueDropped() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.receives(new LibvirtInput.Overflow(7));
            run.settle();

            assertEquals(7, run.metrics.dropped.get());
            assertFalse(run.kept().isEmpty());
        }
    }

    @Test
    void keepsDropsUnreportedUntilTheBrokerTakesAgain() throws Exception {
        StoreConfig small = StoreConfig.at(path).withBounds(300 << 10, Duration.ofDays(1));
        PublishFilter filter = new PublishFilter(Set.of("reboot", "exists", "defined", "agent.overflow"), true);
        TestRecorder full = recording(small, RecorderConfig.DEFAULTS, filter, new CopyOnWriteArrayList<>());
        try (full) {
            full.receives(Events.defined(1, null), Events.defined(2, null), Events.defined(3, null));
            for (int event = 0; event < 1_000; event++) {
                full.receives(Events.reboot(1 + event % 2));
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> full.metrics.droppedRows.get() > 0);
        }
        long lost = full.metrics.droppedRows.get();
        List<OutboxRow> shown = new CopyOnWriteArrayList<>();
        try (TestRecorder run = recording(small, RecorderConfig.DEFAULTS, filter, shown)) {
            run.settle();
            assertEquals(List.of(), List.copyOf(shown));

            run.store.acknowledge("notifications.info", run.store.lastSequence());
            run.store.release("info", run.store.lastSequence());
            await().atMost(Duration.ofSeconds(20)).until(() -> shown.size() == 3);
            run.store.acknowledge("notifications.info", run.store.lastSequence());
            run.settle();

            lost += run.metrics.droppedRows.get();
            JsonNode overflow = payload(shown.get(0));
            assertEquals(lost, overflow.at("/dropped/reboot").asLong());
            assertEquals(1, overflow.get("dropped").size());
            assertEquals(4, overflow.at("/ranges/0/first").asLong());
            assertEquals(3 + lost, overflow.at("/ranges/0/last").asLong());
            Set<String> repaired = new HashSet<>();
            shown.subList(1, 3)
                    .forEach(row -> repaired.add(payload(row).get("instance_id").asText()));
            assertEquals(
                    Set.of(Events.uuid(1).toString(), Events.uuid(2).toString()),
                    repaired,
                    "only the domains affected");
            assertEquals(3, shown.size());
        }
    }

    @Test
    void seesThatTheBrokerTakesAgainWhereTheBoundsAreKeptFirst() throws Exception {
        RecorderConfig always = new RecorderConfig(
                Duration.ZERO,
                Duration.ZERO,
                true,
                256,
                Duration.ofNanos(1),
                Duration.ofSeconds(5),
                ResyncConfig.DEFAULTS,
                RateLimitConfig.NONE);
        StoreConfig everythingIsTooOld = StoreConfig.at(path).withBounds(1 << 20, Duration.ofDays(-1));
        PublishFilter filter = new PublishFilter(Set.of("defined", "agent.overflow"), true);
        AtomicBoolean brokerTakes = new AtomicBoolean();
        AtomicReference<@Nullable Store> store = new AtomicReference<>();
        Consumer<OutboxRow> broker = row -> {
            if (brokerTakes.getAndSet(false)) {
                Store outbox = Objects.requireNonNull(store.get());
                outbox.acknowledge("notifications.info", row.sequence());
                outbox.release("info", row.sequence());
            }
        };
        try (TestRecorder run =
                new TestRecorder(everythingIsTooOld, always, List.of(broker), filter, LibvirtQueries.NONE, "")) {
            store.set(run.store);
            run.receives(Events.defined(1, null));
            await().atMost(Duration.ofSeconds(20)).until(() -> run.metrics.droppedRows.get() == 1);

            brokerTakes.set(true);
            run.receives(Events.defined(2, null));

            await().atMost(Duration.ofSeconds(20)).until(() -> run.recorded().size() == 3);
            assertEquals(
                    1, payload(run.recorded().get(2)).at("/dropped/defined").asLong());
        }
    }

    @Test
    void aRemovedDomainOfWhichRowsWereDroppedIsReportedAsRemovedAgain() throws Exception {
        RecorderConfig config =
                RecorderConfig.DEFAULTS.withResync(ResyncConfig.DEFAULTS.withRemovedGrace(Duration.ZERO));
        StoreConfig everythingIsTooOld = StoreConfig.at(path).withBounds(1 << 20, Duration.ofDays(-1));
        PublishFilter filter = new PublishFilter(Set.of("defined", "undefined", "exists", "removed"), true);
        List<OutboxRow> shown = new CopyOnWriteArrayList<>();
        try (TestRecorder run = recording(everythingIsTooOld, config, filter, shown)) {
            run.receives(Events.defined(1, null), Events.lifecycle(1, Events.name(1), 1, 0, null, Events.CLOCK.now()));
            await().atMost(Duration.ofSeconds(20)).until(() -> run.metrics.droppedRows.get() == 3);

            run.store.acknowledge("notifications.info", run.store.lastSequence());
            await().atMost(Duration.ofSeconds(20)).until(() -> shown.size() > 3);
            assertEquals("deleted", payload(shown.get(3)).path("removal").asText());
        }
    }

    private static TestRecorder recording(
            StoreConfig place, RecorderConfig config, PublishFilter filter, List<OutboxRow> shown) {
        return new TestRecorder(place, config, List.of(shown::add), filter, LibvirtQueries.NONE, "");
    }

    private static JsonNode payload(OutboxRow row) {
        try {
            return new ObjectMapper().readTree(row.body()).get("payload");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static DomainListing.ListedDomain seen(int domain, String name, @Nullable String metadata) {
        return new DomainListing.ListedDomain(
                Events.uuid(domain), name, domain, 1, 1, true, false, 5, metadata, Events.CLOCK.now());
    }
}
