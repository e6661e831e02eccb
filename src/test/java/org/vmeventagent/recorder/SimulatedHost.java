package org.vmeventagent.recorder;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.notification.EventNames;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreConfig;
import org.vmeventagent.time.Moment;

/** A hypervisor as its answers tell it, and the runs of an agent that asks it. Used by one thread. */
final class SimulatedHost {
    static final int RUNNING = 1;
    static final int SHUTOFF = 5;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ResyncConfig QUICK =
            ResyncConfig.DEFAULTS.withSettle(Duration.ofMillis(30)).withRemovedGrace(Duration.ZERO);

    final Map<UUID, DomainListing.ListedDomain> currentState = new ConcurrentHashMap<>();
    private final AtomicLong generations = new AtomicLong();
    /** What it was asked about. */
    final List<UUID> queried = new CopyOnWriteArrayList<>();
    /** Whether it answers when it is asked. */
    volatile boolean answers = true;

    /** The domains it answers nothing about. */
    final Set<UUID> locked = ConcurrentHashMap.newKeySet();

    String bootId = "11111111-1111-1111-1111-111111111111";
    String name = "node";
    /** How many event ids it knows; 0 for a driver that is polled. */
    int registered = 27;
    /** How often the recorder looks at the clock of itself. */
    Duration tick = Duration.ofMillis(20);

    private final Path directory;
    private @Nullable TestRecorder run;

    SimulatedHost(Path directory) {
        this.directory = directory;
    }

    /** A run on the database that the last one left. */
    TestRecorder begin() {
        RecorderConfig config = new RecorderConfig(
                Duration.ofMillis(50),
                Duration.ofSeconds(5),
                true,
                256,
                tick,
                Duration.ofSeconds(5),
                QUICK,
                RateLimitConfig.NONE);
        LibvirtQueries queries = new LibvirtQueries() {
            @Override
            public void list(String connectionUri) {
                if (answers) {
                    answer(listing());
                }
            }

            @Override
            public void query(String connectionUri, UUID uuid) {
                queried.add(uuid);
                if (answers && !locked.contains(uuid)) {
                    answer(answerOn(uuid));
                }
            }
        };
        TestRecorder begun = new TestRecorder(
                StoreConfig.at(database()),
                config,
                List.of(),
                new PublishFilter(EventNames.byDefault(), true),
                queries,
                bootId);
        run = begun;
        return begun;
    }

    private Moment now() {
        return run == null ? Events.CLOCK.now() : run.clock.now();
    }

    private void answer(LibvirtInput input) {
        if (run != null) {
            run.receives(input);
        }
    }

    /** Of the present connection. */
    long generation() {
        return generations.get();
    }

    LibvirtInput.DomainRecheck answerOn(UUID uuid) {
        return new LibvirtInput.DomainRecheck(Events.URI, generation(), uuid, currentState.get(uuid));
    }

    DomainListing listing() {
        List<DomainListing.ListedDomain> answered = currentState.values().stream()
                .filter(listedDomain -> !locked.contains(listedDomain.uuid()))
                .toList();
        return new DomainListing(Events.URI, generation(), now(), answered, locked);
    }

    /** Subscribed and listed. */
    void connect(TestRecorder testRecorder) {
        subscribe(testRecorder);
        testRecorder.receives(listing());
    }

    /** Subscribed, and not listed yet. */
    void subscribe(TestRecorder testRecorder) {
        generations.incrementAndGet();
        testRecorder.receives(new LibvirtInput.ConnectionUp(Events.URI, generation(), "QEMU", name, registered));
    }

    void is(int domain, int state, int reason, int id) {
        currentState.put(
                Events.uuid(domain),
                new DomainListing.ListedDomain(
                        Events.uuid(domain),
                        Events.name(domain),
                        id,
                        state,
                        reason,
                        true,
                        false,
                        0,
                        Events.metadataText(domain),
                        now()));
    }

    /** Off, with a managed save image. */
    void hasManagedSave(int domain) {
        currentState.put(
                Events.uuid(domain),
                new DomainListing.ListedDomain(
                        Events.uuid(domain),
                        Events.name(domain),
                        -1,
                        SHUTOFF,
                        5,
                        true,
                        true,
                        0,
                        Events.metadataText(domain),
                        now()));
    }

    /** {@code "stopped running->defined crashed resync"}, {@code "gap agent_down 1"}. */
    static List<String> reported(TestRecorder testRecorder) throws InterruptedException, IOException {
        List<String> reported = new ArrayList<>();
        for (OutboxRow row : testRecorder.kept()) {
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
            reported.add(text.toString());
        }
        return reported;
    }

    static void awaitReported(TestRecorder testRecorder, String last) {
        await().atMost(Duration.ofSeconds(10))
                .until(() -> reported(testRecorder).contains(last));
    }

    /** When the only gap for this reason began; empty where it doesn't say. */
    static String beginOfGap(TestRecorder testRecorder, String reason) throws InterruptedException, IOException {
        List<String> from = new ArrayList<>();
        for (OutboxRow row : testRecorder.kept()) {
            JsonNode payload = JSON.readTree(row.body()).get("payload");
            if (payload.has("to") && payload.get("reason").asText().equals(reason)) {
                from.add(payload.path("from").asText(""));
            }
        }
        assertEquals(1, from.size(), from::toString);
        return from.get(0);
    }

    /** The agent was last alive then. */
    void agentDied(Instant moment) {
        try (Store store = Store.open(StoreConfig.at(database()))) {
            store.alive(moment);
        }
    }

    Path database() {
        return directory.resolve("agent.db");
    }
}
