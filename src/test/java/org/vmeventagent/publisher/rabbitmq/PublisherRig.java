package org.vmeventagent.publisher.rabbitmq;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.publisher.BrokerClient;
import org.vmeventagent.publisher.MemoryOutbox;
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.PublisherConfig;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.WaitingMessages;
import org.vmeventagent.time.AgentClock;

/** A virtual host of the real broker, an outbox, a publisher between them, and what it logs. One test's thread. */
final class PublisherRig implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(20);
    static final String KEY = "notifications.info";
    static final String EXCHANGE = "vm-event-agent";
    static final QueueArguments DURABLE = new QueueArguments(true, false, false, 0, 0, 0, false);

    final RabbitBroker broker;
    final String virtualHost;
    final MemoryOutbox outbox = new MemoryOutbox();
    final CapturedLog log = CapturedLog.open();

    private final List<Publisher> publishers = new ArrayList<>();
    private @Nullable Connection connection;

    /** In a virtual host of its own at the shared broker. */
    PublisherRig() {
        this(RabbitBroker.shared());
    }

    /** In a virtual host of its own. */
    PublisherRig(RabbitBroker broker) {
        this.broker = broker;
        this.virtualHost = broker.newVirtualHost();
    }

    RabbitConfig config(DeclareMode declare, QueueArguments queueArguments) {
        return config("guest", "guest", virtualHost, declare, queueArguments, Duration.ofSeconds(10));
    }

    RabbitConfig config(
            String user,
            String password,
            String vhost,
            DeclareMode declare,
            QueueArguments queueArguments,
            Duration heartbeat) {
        return new RabbitConfig(
                List.of(new TransportUrl.Host("127.0.0.1", broker.port(), user, password)),
                vhost,
                EXCHANGE,
                declare,
                queueArguments,
                SaslLogin.AMQPLAIN,
                heartbeat,
                Duration.ofSeconds(3),
                "test",
                null);
    }

    Publisher publish(RabbitConfig config) {
        return publish(config, OsloEnvelope.MESSAGINGV2, List.of("info"));
    }

    Publisher publish(RabbitConfig config, OsloEnvelope envelope, List<String> priorities) {
        return publish(new RabbitClient(config), envelope, priorities);
    }

    Publisher publish(BrokerClient client, OsloEnvelope envelope, List<String> priorities) {
        Publisher publisher = new Publisher(
                new PublisherConfig(
                        envelope,
                        List.of("notifications"),
                        List.of(),
                        priorities,
                        256,
                        Duration.ZERO,
                        Duration.ofMillis(500),
                        0,
                        Duration.ofMillis(300),
                        Duration.ofDays(1),
                        Duration.ofSeconds(60)),
                outbox,
                client,
                AgentMetrics.NONE,
                AgentClock.system(0));
        publishers.add(publisher);
        publisher.start();
        return publisher;
    }

    /** A channel of the administrator; a new connection if the last one is gone. */
    Channel channel() throws IOException, TimeoutException {
        if (connection == null || !connection.isOpen()) {
            ConnectionFactory factory = new ConnectionFactory();
            factory.setHost("127.0.0.1");
            factory.setPort(broker.port());
            factory.setVirtualHost(virtualHost);
            factory.setAutomaticRecoveryEnabled(false);
            connection = factory.newConnection();
        }
        return connection.createChannel();
    }

    /** Takes everything that is in a queue now. */
    List<GetResponse> drain(String queue) throws IOException, TimeoutException {
        Channel channel = channel();
        List<GetResponse> messages = WaitingMessages.take(channel, queue);
        channel.close();
        return messages;
    }

    /** Whether every row that was added is acknowledged under this key. */
    boolean publishedAll(String key) {
        return outbox.acknowledged(key) == outbox.last();
    }

    /** The names of all queues of the virtual host. */
    String queues() {
        return broker.rabbitmqctl("list_queues", "-p", virtualHost, "name").strip();
    }

    @Override
    public void close() {
        publishers.forEach(Publisher::close);
        if (connection != null) {
            connection.abort(2000);
        }
        log.close();
    }
}
