package org.vmeventagent.publisher.rabbitmq;

import java.time.Duration;
import java.util.List;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.publisher.MemoryOutbox;
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.PublisherConfig;
import org.vmeventagent.time.AgentClock;

/** A publisher that tries to connect again and again, with nothing to send. */
final class ConnectAttempts implements AutoCloseable {
    private final Publisher publisher;

    ConnectAttempts(RabbitConfig config) {
        PublisherConfig often = new PublisherConfig(
                OsloEnvelope.MESSAGINGV2,
                List.of("notifications"),
                List.of(),
                List.of("info"),
                8,
                Duration.ZERO,
                Duration.ofMillis(200),
                0,
                Duration.ofMillis(300),
                Duration.ofDays(1),
                Duration.ofSeconds(60));
        publisher = new Publisher(
                often, new MemoryOutbox(), new RabbitClient(config), AgentMetrics.NONE, AgentClock.system(0));
    }

    void start() {
        publisher.start();
    }

    @Override
    public void close() {
        publisher.close();
    }
}
