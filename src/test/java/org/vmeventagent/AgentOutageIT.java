package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.Storm;
import org.vmeventagent.rig.TestLives;

/** The broker, the agent, libvirtd: each goes away, and nothing that was recorded is missing afterwards. */
@Timeout(180)
class AgentOutageIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static LibvirtDaemon daemon;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startDaemon() {
        daemon = new LibvirtDaemon();
    }

    @AfterAll
    static void end() {
        daemon.close();
    }

    @Test
    void outboxHoldsWhatHappensWhileTheBrokerIsAway() throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        AgentFiles files = durable(broker.url(virtualHost));
        UUID last = UUID.randomUUID();
        broker.stop();
        try (RunningAgent agent = RunningAgent.run(files);
                TestLives lives = new TestLives(daemon)) {
            try {
                agent.awaitReady();
                agent.awaitErr("Can't connect to the broker; notifications wait in the outbox");
                lives.live(UUID.randomUUID(), "web");
            } finally {
                broker.start();
            }
            agent.awaitErr("Connected to");
            DrainedQueue queue = new DrainedQueue(broker, virtualHost);
            UUID between = UUID.randomUUID();
            lives.live(between, "web");
            queue.until(undefined(between));
            broker.kill9();
            try {
                agent.awaitErr("Lost the connection to the broker");
                lives.live(last, "web");
            } finally {
                broker.start();
            }
            assertComplete(queue.until(undefined(last)));
            assertEquals(0, agent.terminate(), agent::said);
            List<JsonNode> all = queue.until(named("libvirt.agent.stopped"));
            assertComplete(all);
            assertEquals(List.of(6L, 6L, 6L), steps(all));
            assertOneLineEach(agent);
        }
    }

    @Test
    void killedAgentGoesOnWhereItsDatabaseEnds() throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        AgentFiles files = durable(broker.url(virtualHost));
        DrainedQueue queue = new DrainedQueue(broker, virtualHost);
        try (Storm storm =
                Storm.start(daemon, directory.resolve("storm.log"), "--cycles", "100000", "--pause-ms", "5")) {
            for (int i = 0; i < 3; i++) {
                try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                    String connected = agent.awaitErr("Connected to");
                    assertFalse(connected.isEmpty());
                    storm.assertGoesOn();
                    queue.until(
                            reported -> reported.at("/payload/event").asText().equals("undefined"));
                    agent.kill9();
                }
            }
        }
        try (RunningAgent agent = RunningAgent.run(files).awaitReady();
                TestLives lives = new TestLives(daemon)) {
            UUID last = UUID.randomUUID();
            lives.live(last, "web");
            queue.until(undefined(last));
            assertEquals(0, agent.terminate(), agent::said);
        }

        List<JsonNode> all = queue.until(named("libvirt.agent.stopped"));
        assertComplete(all);
        assertEquals(
                4,
                all.stream()
                        .filter(named("libvirt.agent.started"))
                        .map(reported -> reported.get("message_id").asText())
                        .distinct()
                        .count());
    }

    @Test
    void libvirtdMayComeLaterAndGoAndComeBack() throws Exception {
        daemon.terminate();
        AgentFiles files =
                AgentFiles.of(directory, daemon.readOnly(daemon.testUri())).withLogDriver();
        try (RunningAgent agent = RunningAgent.run(files)) {
            agent.awaitErr("Ready: 0 of 1");
            daemon.start();
            await(agent, named("libvirt.agent.connected"), 1);
            UUID first = UUID.randomUUID();
            try (TestLives lives = new TestLives(daemon)) {
                lives.live(first, "web");
                await(agent, undefined(first), 1);
            }
            daemon.kill9();
            await(agent, named("libvirt.agent.disconnected"), 1);
            daemon.start();
            await(agent, named("libvirt.agent.connected"), 2);
            UUID second = UUID.randomUUID();
            try (TestLives lives = new TestLives(daemon)) {
                lives.live(second, "web");
                await(agent, undefined(second), 1);
            }
            assertEquals(0, agent.terminate(), agent::said);
            assertOneLineEach(agent);
            assertComplete(agent.notifications());
        }
    }

    private AgentFiles durable(String url) {
        return AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                .withBroker(url)
                .add("[oslo_messaging_rabbit]\namqp_durable_queues = true\n[notifications]\ndeclare = full\n");
    }

    private static Predicate<JsonNode> undefined(UUID uuid) {
        return named("libvirt.domain.undefined")
                .and(reported -> reported.at("/payload/instance_id").asText().equals(uuid.toString()));
    }

    private static Predicate<JsonNode> named(String eventType) {
        return reported -> reported.get("event_type").asText().equals(eventType);
    }

    private static void await(RunningAgent agent, Predicate<JsonNode> wanted, long count) {
        Awaitility.await()
                .atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> agent.notifications().stream().filter(wanted).count() == count);
    }

    /**
     * One stream, every number, in order of first arrival, and what came twice is the same in everything but {@code
     * _unique_id}. That one may be the same as well: a broker that was killed gives again what it hadn't noted as taken.
     */
    private static void assertComplete(List<JsonNode> all) {
        Set<String> streams = new HashSet<>();
        Map<Long, JsonNode> bySequence = new HashMap<>();
        for (JsonNode reported : all) {
            streams.add(reported.at("/payload/stream").asText());
            ObjectNode kept = reported.deepCopy();
            kept.remove("_unique_id");
            JsonNode before =
                    bySequence.putIfAbsent(reported.at("/payload/sequence").asLong(), kept);
            assertEquals(before == null ? kept : before, kept);
        }
        assertEquals(1, streams.size());
        List<Long> numbers = all.stream()
                .map(reported -> reported.at("/payload/sequence").asLong())
                .distinct()
                .toList();
        assertEquals(LongStream.rangeClosed(1, numbers.size()).boxed().toList(), numbers);
    }

    /** How many steps of each instance's life were reported, repetitions not counted. */
    private static List<Long> steps(List<JsonNode> all) {
        Map<String, Set<Long>> steps = new HashMap<>();
        for (JsonNode reported : all) {
            if (reported.at("/payload/origin").asText().equals("event")
                    && reported.at("/payload/kind").asText().equals("state")) {
                steps.computeIfAbsent(reported.at("/payload/instance_id").asText(), id -> new HashSet<>())
                        .add(reported.at("/payload/sequence").asLong());
            }
        }
        return steps.values().stream().map(Set::size).map(Long::valueOf).toList();
    }

    /** An outage is one WARN, not one for each attempt, and never a stack trace. */
    private static void assertOneLineEach(RunningAgent agent) throws IOException {
        List<String> warned =
                agent.err().stream().filter(line -> !line.contains(" INFO ")).toList();
        assertEquals(2, warned.size(), agent::said);
        warned.forEach(line -> assertEquals(true, line.contains(" WARN "), line));
    }
}
