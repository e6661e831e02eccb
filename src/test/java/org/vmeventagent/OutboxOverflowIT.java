package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Domain;
import org.vmeventagent.chaos.FoldedView;
import org.vmeventagent.chaos.ReceivedNotification;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TestLives;

/** An outbox that is too small for a long outage of the broker, and an agent that is killed meanwhile. */
@Timeout(120)
class OutboxOverflowIT {
    private static final int PAIRS = 400;
    private static final int REDEFINED = 100;

    /** Messages that one routing key may have unconfirmed; as many again where a second drop comes before their confirms. */
    private static final int WINDOW = 256;

    @TempDir
    private Path directory;

    @Test
    void whatHadToGoIsNamedAndEveryViewRepaired() throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        Map<UUID, String> expected = new HashMap<>();
        UUID quiet = UUID.randomUUID();
        expected.put(quiet, "defined");
        List<JsonNode> all;
        String uri;
        try (LibvirtDaemon daemon = new LibvirtDaemon();
                TestLives lives = new TestLives(daemon)) {
            uri = daemon.readOnly(daemon.testUri());
            AgentFiles files = AgentFiles.of(directory, uri)
                    .withBroker(broker.url(virtualHost))
                    .add("""
                            [oslo_messaging_rabbit]
                            amqp_durable_queues = true
                            [outbox]
                            max_bytes = 1048576
                            [notifications]
                            declare = full
                            budget_state = 0
                            budget_other = 0
                            removed_grace = 1
                            """);
            broker.stop();
            try {
                try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                    lives.define(quiet, "quiet").free();
                    for (int i = 0; i < REDEFINED; i++) {
                        lives.define(quiet, "quiet").free();
                    }
                    expected.put(busy(lives, true), "paused");
                    expected.put(busy(lives, false), "running");
                    UUID gone = UUID.randomUUID();
                    lives.live(gone, "gone");
                    expected.put(gone, "undefined");
                    agent.awaitErr(" unsent notifications (outbox full");
                    // or the second agent has much to drop while it sends: each time, what is unconfirmed arrives, too
                    Awaitility.await().until(() -> isRecorded(files, "undefined"));
                    agent.kill9();
                }
            } finally {
                broker.start();
            }
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                DrainedQueue queue = new DrainedQueue(broker, virtualHost);
                queue.until(named("libvirt.agent.overflow"));
                assertEquals(0, agent.terminate(), agent::said);
                all = queue.until(named("libvirt.agent.stopped"));
            }
        }

        assertEquals(expected, view(all, uri, expected.keySet()));
        Set<Long> missing = missing(all);
        long dropped = 0;
        long redefined = 0;
        for (JsonNode overflow :
                all.stream().filter(named("libvirt.agent.overflow")).toList()) {
            missing.removeIf(number -> isIn(overflow.at("/payload/ranges"), number));
            for (JsonNode count : overflow.at("/payload/dropped")) {
                dropped += count.asLong();
            }
            redefined += overflow.at("/payload/dropped/defined").asLong();
        }
        assertEquals(Set.of(), missing);
        long unconfirmed = dropped - missing(all).size();
        assertTrue(
                unconfirmed >= 0 && unconfirmed <= 2 * WINDOW, "arrived, though dropped unconfirmed: " + unconfirmed);
        assertTrue(redefined >= REDEFINED, "what changed no state goes first: " + redefined);
        assertEquals(1, all.stream().filter(named("libvirt.agent.overflow")).count());
        assertEquals(
                1,
                all.stream()
                        .filter(named("libvirt.domain.exists"))
                        .filter(reported ->
                                reported.at("/payload/instance_id").asText().equals(quiet.toString()))
                        .count());
    }

    private static boolean isRecorded(AgentFiles files, String event) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + files.database());
                PreparedStatement select = connection.prepareStatement("SELECT 1 FROM outbox WHERE event = ?")) {
            select.setString(1, event);
            try (ResultSet row = select.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Suspends and resumes a domain many times. */
    private static UUID busy(TestLives lives, boolean paused) throws Exception {
        UUID uuid = UUID.randomUUID();
        Domain domain = lives.define(uuid, "busy");
        domain.create();
        for (int i = 0; i < PAIRS; i++) {
            domain.suspend();
            domain.resume();
        }
        if (paused) {
            domain.suspend();
        }
        domain.free();
        return uuid;
    }

    /** A consumer's: the newest state of each. */
    private static Map<UUID, String> view(List<JsonNode> all, String uri, Set<UUID> of) {
        List<String> calls = new ArrayList<>();
        FoldedView folded = new FoldedView(calls::add, Duration.ZERO, Duration.ZERO);
        all.forEach(reported -> folded.take(new ReceivedNotification(reported), Duration.ZERO));
        assertEquals(
                List.of(),
                calls.stream().filter(call -> call.startsWith("missing")).toList());
        assertTrue(folded.hosts().get(0).contains(" behind=0 missing=0"), folded.hosts()::toString);
        Map<UUID, String> view = new HashMap<>();
        folded.instances(uri).forEach((instance, known) -> view.put(UUID.fromString(instance), known.state()));
        view.keySet().retainAll(of);
        return view;
    }

    private static Set<Long> missing(List<JsonNode> all) {
        Set<Long> came = new HashSet<>();
        all.forEach(reported -> came.add(reported.at("/payload/sequence").asLong()));
        List<Long> missing = new ArrayList<>();
        long last = came.stream().mapToLong(Long::longValue).max().orElseThrow();
        for (long number = 1; number < last; number++) {
            if (!came.contains(number)) {
                missing.add(number);
            }
        }
        return new HashSet<>(missing);
    }

    private static boolean isIn(JsonNode ranges, long number) {
        for (JsonNode range : ranges) {
            if (range.get("first").asLong() <= number
                    && number <= range.get("last").asLong()) {
                return true;
            }
        }
        return false;
    }

    private static Predicate<JsonNode> named(String eventType) {
        return reported -> reported.get("event_type").asText().equals(eventType);
    }
}
