package org.vmeventagent.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeoutException;
import org.vmeventagent.rig.RabbitBroker;

/** Reads the agent's notifications as they come, duplicates too, by a thread of the client's. */
public final class BrokerConsumer extends NotificationLog implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String QUEUE = "notifications.info";

    private final Connection connection;

    /** The collector's queue. */
    public BrokerConsumer(RabbitBroker broker, String virtualHost) throws IOException, TimeoutException {
        connection = connect(broker, virtualHost);
        Channel channel = connection.createChannel();
        channel.queueDeclare(QUEUE, false, false, false, null);
        listen(channel, QUEUE);
    }

    /** A queue of its own beside the collector's. */
    BrokerConsumer(RabbitBroker broker, String virtualHost, String exchange) throws IOException, TimeoutException {
        connection = connect(broker, virtualHost);
        Channel channel = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        channel.queueBind(queue, exchange, QUEUE);
        listen(channel, queue);
    }

    private static Connection connect(RabbitBroker broker, String virtualHost) throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port());
        factory.setVirtualHost(virtualHost);
        // a broker may stand still for long: what it has sent by then would be lost with the connection. Both sides
        // have to say 0
        broker.eval("application:set_env(rabbit, heartbeat, 0).");
        factory.setRequestedHeartbeat(0);
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    private void listen(Channel channel, String queue) throws IOException {
        channel.basicConsume(queue, true, (tag, message) -> accept(inner(message.getBody())), tag -> {});
    }

    /** Whether more can come. */
    public boolean isConnected() {
        return connection.isOpen();
    }

    private static byte[] inner(byte[] body) throws IOException {
        return JSON.readTree(body).get("oslo.message").asText().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        connection.abort(2000);
    }
}
