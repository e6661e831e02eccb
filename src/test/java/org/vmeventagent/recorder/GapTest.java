package org.vmeventagent.recorder;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.Look;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.notification.EventNames;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.store.AliveFile;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.StoreConfig;

/** When a gap is told, and what it says: against answers as libvirt would give them. */
class GapTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int RUNNING = 1;
    private static final int SHUTOFF = 5;
    private static final ResyncConfig QUICK =
            ResyncConfig.DEFAULTS.withSettle(Duration.ofMillis(30)).withRemovedGrace(Duration.ZERO);

    @TempDir
    Path directory;

    private final Map<UUID, Snapshot.Seen> truth = new LinkedHashMap<>();
    private @Nullable Recording run;
    private long generation;
    private boolean answers = true;
    private String bootId = "11111111-1111-1111-1111-111111111111";

    private Recording begin() {
        RecorderConfig config = new RecorderConfig(
                Duration.ofMillis(50),
                Duration.ofSeconds(5),
                true,
                256,
                Duration.ofMillis(20),
                Duration.ofSeconds(5),
                QUICK,
                BudgetConfig.NONE);
        Questions questions = new Questions() {
            @Override
            public void list(String connectionUri) {
                if (answers) {
                    answer(listing());
                }
            }

            @Override
            public void ask(String connectionUri, UUID uuid) {
                answer(new Heard.Answer(connectionUri, generation, uuid, truth.get(uuid)));
            }
        };
        Recording begun = new Recording(
                StoreConfig.at(directory.resolve("agent.db")),
                config,
                List.of(),
                new PublishFilter(EventNames.byDefault(), true),
                questions,
                bootId);
        run = begun;
        return begun;
    }

    private void answer(Heard heard) {
        if (run != null) {
            run.hears(heard);
        }
    }

    private Snapshot listing() {
        return new Snapshot(Events.URI, generation, Events.START, List.copyOf(truth.values()));
    }

    private void connect(Recording recording) {
        generation++;
        recording.hears(new Heard.ConnectionUp(Events.URI, generation, "QEMU", "node", 27), listing());
    }

    private void is(int domain, int state, int reason, int id) {
        truth.put(
                Events.uuid(domain),
                new Snapshot.Seen(
                        Events.uuid(domain),
                        Events.name(domain),
                        id,
                        state,
                        reason,
                        true,
                        false,
                        0,
                        Events.metadataText(domain),
                        Events.START));
    }

    /** {@code "stopped running->defined crashed resync"}, {@code "gap agent_down 1"}. */
    private static List<String> told(Recording recording) throws InterruptedException, IOException {
        List<String> told = new ArrayList<>();
        for (OutboxRow row : recording.kept()) {
            NotificationSchema.assertValid(row.body());
            JsonNode body = JSON.readTree(row.body());
            JsonNode payload = body.get("payload");
            String type = body.get("event_type").asText();
            StringBuilder text = new StringBuilder(type.substring(type.lastIndexOf('.') + 1));
            if (payload.has("old_domain_state")) {
                text.append(' ').append(payload.get("old_domain_state").asText());
                text.append("->").append(payload.get("domain_state").asText());
            }
            for (String key : List.of("cause", "reason", "transitions_found", "removal", "origin")) {
                if (payload.has(key) && !payload.get(key).asText().equals("event")) {
                    text.append(' ').append(payload.get(key).asText());
                }
            }
            told.add(text.toString());
        }
        return told;
    }

    private static void awaitTold(Recording recording, String last) {
        await().atMost(Duration.ofSeconds(10)).until(() -> told(recording).contains(last));
    }

    @Test
    void firstRunTellsTheWholeTruthAndNoGap() throws Exception {
        is(1, RUNNING, 1, 4);
        try (Recording first = begin()) {
            connect(first);
            assertEquals(List.of("started first_run", "connected", "exists audit"), told(first));
        }
    }

    @Test
    void whatHappenedWhileTheAgentWasDownIsFound() throws Exception {
        is(1, RUNNING, 1, 4);
        is(2, RUNNING, 1, 5);
        try (Recording first = begin()) {
            connect(first);
            first.settle();
        }
        is(1, SHUTOFF, 3, -1);
        truth.remove(Events.uuid(2));
        try (Recording second = begin()) {
            connect(second);
            awaitTold(second, "gap agent_down 3");
            assertEquals(
                    List.of("stopped running->defined crashed resync", "gap agent_down 3", "removed deleted resync"),
                    told(second).stream()
                            .filter(text -> text.contains("crashed") || text.matches("(gap|removed).*"))
                            .toList());
        }
    }

    @Test
    void aLostConnectionIsAGapEvenWhereNothingWasMissed() throws Exception {
        is(1, RUNNING, 1, 4);
        try (Recording first = begin()) {
            connect(first);
            first.hears(new Heard.ConnectionLost(Events.URI, generation, "keepalive", Instant.EPOCH));
            connect(first);
            awaitTold(first, "gap keepalive 0");
            assertFalse(told(first).toString().contains("resync"));
        }
    }

    @Test
    void anOverflowIsAGap() throws Exception {
        is(1, RUNNING, 1, 4);
        try (Recording first = begin()) {
            connect(first);
            is(1, SHUTOFF, 2, -1);
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
        is(1, RUNNING, 1, 4);
        try (Recording first = begin()) {
            connect(first);
            first.hears(listing());
            is(1, SHUTOFF, 1, -1);
            first.hears(listing());
            awaitTold(first, "stopped running->defined shutdown resync");
            assertFalse(told(first).toString().contains("gap"));
        }
    }

    @Test
    void aRebootOfTheHostStopsEveryDomainFirst() throws Exception {
        is(1, RUNNING, 1, 4);
        try (Recording first = begin()) {
            connect(first);
            first.settle();
        }
        bootId = "22222222-2222-2222-2222-222222222222";
        is(1, SHUTOFF, 0, -1);
        try (Recording second = begin()) {
            connect(second);
            awaitTold(second, "gap host_reboot 1");
            assertEquals(
                    1,
                    told(second).stream()
                            .filter("stopped running->defined host_rebooted resync"::equals)
                            .count());
        }
    }

    /** When the only gap for this reason began. */
    private static String from(Recording recording, String reason) throws InterruptedException, IOException {
        List<String> from = new ArrayList<>();
        for (OutboxRow row : recording.kept()) {
            JsonNode payload = JSON.readTree(row.body()).get("payload");
            if (payload.has("to") && payload.get("reason").asText().equals(reason)) {
                from.add(payload.get("from").asText());
            }
        }
        assertEquals(1, from.size(), from::toString);
        return from.get(0);
    }

    private Instant diesSecondsAgo(long seconds) {
        Instant moment = Events.START.minusSeconds(seconds);
        new AliveFile(directory.resolve("agent.db")).write(moment);
        return moment;
    }

    @Test
    void aGapThatTheNextRunDidNotCloseBeganAtTheFirstEnd() throws Exception {
        is(1, RUNNING, 1, 4);
        try (Recording first = begin()) {
            connect(first);
            first.settle();
        }
        Instant died = diesSecondsAgo(100);
        try (Recording unconnected = begin()) {
            unconnected.settle();
        }
        diesSecondsAgo(50);
        try (Recording third = begin()) {
            connect(third);
            awaitTold(third, "gap agent_down 0");
            assertEquals(died, Instant.parse(from(third, "agent_down")));
        }
        diesSecondsAgo(25);
        try (Recording fourth = begin()) {
            connect(fourth);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> told(fourth).stream()
                                    .filter("gap agent_down 0"::equals)
                                    .count()
                            == 2);
        }
    }

    @Test
    void anOverflowThatARunDidNotGetOverIsInTheNextOnesGap() throws Exception {
        is(1, RUNNING, 1, 4);
        try (Recording first = begin()) {
            connect(first);
            answers = false;
            first.hears(new Heard.Overflow(7)).settle();
        }
        answers = true;
        new AliveFile(directory.resolve("agent.db")).write(Events.START.plusSeconds(60));
        try (Recording second = begin()) {
            connect(second);
            awaitTold(second, "gap agent_down 0");
            assertEquals(Events.START, Instant.parse(from(second, "agent_down")));
        }
    }

    @Test
    void aRebootIsNotForgottenByARunThatComparedNothing() throws Exception {
        is(1, RUNNING, 1, 4);
        try (Recording first = begin()) {
            connect(first);
            first.settle();
        }
        bootId = "22222222-2222-2222-2222-222222222222";
        is(1, SHUTOFF, 0, -1);
        try (Recording unconnected = begin()) {
            unconnected.settle();
        }
        try (Recording third = begin()) {
            connect(third);
            awaitTold(third, "gap host_reboot 1");
        }
    }

    @Test
    void anOrderlyEndIsCertainToItsMoment() throws Exception {
        is(1, RUNNING, 1, 4);
        Instant end = Events.START.minusSeconds(7);
        try (Recording first = begin()) {
            connect(first);
            first.hears(new Heard.ConnectionLost(Events.URI, generation, "closed", end))
                    .settle();
        }
        try (Recording second = begin()) {
            connect(second);
            awaitTold(second, "gap agent_down 0");
            assertEquals(end, Instant.parse(from(second, "agent_down")));
        }
    }

    @Test
    void anAnswerThatComesTooLateIsAMetadataChange() throws Exception {
        try (Recording first = begin()) {
            connect(first);
            CompletableFuture<Look> look = Events.unanswered();
            first.hears(Events.defined(1, look));
            awaitTold(first, "defined undefined->defined defined");
            look.complete(Events.metadata(1));
            awaitTold(first, "metadata_change resync");
        }
    }

    @Test
    void anAuditTellsEveryDomain() throws Exception {
        try (Recording first = begin()) {
            connect(first);
            first.hears(Events.defined(1, null), Events.defined(2, null));
            first.recorder.audit();
            assertEquals(2, told(first).stream().filter("exists audit"::equals).count());
        }
    }

    @Test
    void aSecondRunWithoutDomainsStillComparesLater() throws Exception {
        try (Recording first = begin()) {
            connect(first);
            first.settle();
        }
        is(1, RUNNING, 1, 4);
        try (Recording second = begin()) {
            connect(second);
            awaitTold(second, "gap agent_down 2");
        }
    }
}
