package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TestLives;

/** An agent whose configuration is changed while notifications wait. */
@Timeout(120)
class ChangedConfigurationIT {
    @TempDir
    private Path directory;

    private RabbitBroker broker;
    private String virtualHost;

    @BeforeEach
    void makeQueue() throws Exception {
        broker = RabbitBroker.shared();
        virtualHost = broker.newVirtualHost();
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port());
        factory.setVirtualHost(virtualHost);
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            channel.queueDeclare("notifications.info", true, false, false, Map.of());
        }
    }

    @Test
    void whatWaitedAsAnErrorIsSentAsInfoOnceThatIsConfigured() throws Exception {
        DrainedQueue queue = new DrainedQueue(broker, virtualHost);
        try (LibvirtDaemon daemon = new LibvirtDaemon();
                TestLives lives = new TestLives(daemon)) {
            AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                    .withBroker(broker.url(virtualHost))
                    .add("[notifications]\nerror_priority = ERROR\n");
            UUID uuid = UUID.randomUUID();
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                queue.until(named("libvirt.agent.started"));
                assertEquals(0, agent.terminate(), agent::said);
            }
            lives.define(uuid, "unheard").free();
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                agent.awaitErr("notifications.error waits");
                agent.awaitErr("1 transitions were missed");
                queue.until(named("libvirt.domain.defined"));
                assertEquals(0, agent.terminate(), agent::said);
            }
            files.add("[notifications]\nerror_priority = INFO\n");
            try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
                agent.awaitErr("1 notifications that waited with the priority error are sent with info now");
                List<JsonNode> all = queue.until(named("libvirt.agent.gap")
                        .and(gap -> gap.at("/payload/transitions_found").asInt() == 1));

                JsonNode gap = all.stream()
                        .filter(reported ->
                                reported.at("/payload/transitions_found").asInt() == 1)
                        .findFirst()
                        .orElseThrow();
                assertEquals("INFO", gap.get("priority").asText());
                assertEquals("error", gap.at("/payload/severity").asText());
                assertEquals(0, agent.terminate(), agent::said);
            }
        }
    }

    @Test
    void aBrokerThatComesAfterTheDriverLogGetsTheCurrentStateOfEveryDomain() throws Exception {
        DrainedQueue queue = new DrainedQueue(broker, virtualHost);
        AgentFiles files = AgentFiles.of(directory, "test:///default").withLogDriver();
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            agent.awaitOut(line -> line.contains("libvirt.domain.exists"));
            assertEquals(0, agent.terminate(), agent::said);
        }
        String text = files.text().replace("driver = log\n", "");
        files.write(text).withBroker(broker.url(virtualHost));
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            List<JsonNode> all = queue.until(named("libvirt.domain.exists"));

            assertTrue(all.stream().noneMatch(named("libvirt.agent.overflow")), all::toString);
            assertEquals(0, agent.terminate(), agent::said);
        }
        files.write(text).withLogDriver();
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            agent.awaitOut(line -> line.contains("libvirt.agent.started"));
            assertEquals(0, agent.terminate(), agent::said);
        }
        files.write(text).withBroker(broker.url(virtualHost));
        try (RunningAgent agent = RunningAgent.run(files).awaitReady()) {
            List<JsonNode> all = queue.until(named("libvirt.agent.overflow"));

            JsonNode overflow = all.get(all.size() - 1);
            for (JsonNode reported : all) {
                overflow = named("libvirt.agent.overflow").test(reported) ? reported : overflow;
            }
            JsonNode range = overflow.at("/payload/ranges/0");
            long last = all.stream()
                    .mapToLong(reported -> reported.at("/payload/sequence").asLong())
                    .filter(number -> number < range.get("first").asLong())
                    .max()
                    .orElseThrow();
            assertEquals(last + 1, range.get("first").asLong(), "what the broker got last, before the driver log");
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    private static Predicate<JsonNode> named(String eventType) {
        return reported -> reported.get("event_type").asText().equals(eventType);
    }
}
