package org.vmeventagent.bus.amqp;

import java.time.Duration;
import java.util.List;
import org.vmeventagent.bus.Envelope;
import org.vmeventagent.bus.MemoryOutbox;
import org.vmeventagent.bus.Publisher;
import org.vmeventagent.bus.PublisherConfig;
import org.vmeventagent.bus.PublisherListener;
import org.vmeventagent.time.AgentClock;

/** A publisher that tries to connect again and again, with nothing to send. */
final class Attempts implements AutoCloseable {
    private final Publisher publisher;

    Attempts(AmqpConfig config) {
        PublisherConfig often = new PublisherConfig(
                Envelope.MESSAGINGV2,
                List.of("notifications"),
                List.of("info"),
                8,
                Duration.ZERO,
                Duration.ofMillis(200),
                0,
                Duration.ofMillis(300),
                Duration.ofDays(1),
                Duration.ofSeconds(60));
        publisher = new Publisher(
                often, new MemoryOutbox(), new AmqpDialer(config), PublisherListener.NONE, AgentClock.system(0));
    }

    void start() {
        publisher.start();
    }

    @Override
    public void close() {
        publisher.close();
    }
}
