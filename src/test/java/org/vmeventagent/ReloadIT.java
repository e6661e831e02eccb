package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;

/** What the broker's refusal says is done, and the running agent takes it over. */
@Timeout(60)
class ReloadIT {
    @Test
    void optionThatTheBrokersRefusalNamesCountsAfterAHangUp(@TempDir Path directory) throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        makeDurableQueue(broker, virtualHost);
        AgentFiles files = AgentFiles.of(directory, "test:///default")
                .withBroker(broker.url(virtualHost))
                .add("[notifications]\ndeclare = full\n");
        try (RunningAgent agent = RunningAgent.run(files)) {
            String refused = agent.awaitErr("PRECONDITION_FAILED");
            assertTrue(refused.contains("set [oslo_messaging_rabbit] amqp_durable_queues = true"), refused);
            files.add("[oslo_messaging_rabbit]\namqp_durable_queues = true\n");
            agent.signal("HUP");
            agent.awaitErr("notifications.info goes on");
            List<JsonNode> came = new DrainedQueue(broker, virtualHost)
                    .until(reported -> reported.get("event_type").asText().equals("libvirt.agent.started"));
            assertFalse(came.isEmpty());
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    private static void makeDurableQueue(RabbitBroker broker, String virtualHost) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port());
        factory.setVirtualHost(virtualHost);
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            channel.queueDeclare("notifications.info", true, false, false, Map.of());
        }
    }
}
