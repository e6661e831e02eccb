package org.vmeventagent.publisher.rabbitmq;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.publisher.BrokerException;
import org.vmeventagent.publisher.BrokerProblem;

/**
 * What the agent would find at a broker: logs in, looks whether exchange and queues are there, and declares nothing. What
 * the user may configure, write and read doesn't show without doing it.
 *
 * @param text who logged in where; empty where there is a problem
 * @param problem why nobody could; null where that is none
 * @param parts the exchange, then each queue; none where there is a problem
 */
public record BrokerProbe(String text, @Nullable BrokerProblem problem, List<Part> parts) {
    /**
     * An exchange or a queue.
     *
     * @param text that it is there, or that the agent makes it; empty where there is a problem
     * @param problem why the agent waits; null where it doesn't
     */
    public record Part(String text, @Nullable BrokerProblem problem) {}

    public BrokerProbe {
        parts = List.copyOf(parts);
    }

    /** Whether somebody could log in. */
    public boolean isUsable() {
        return problem == null;
    }

    /**
     * Looks.
     *
     * @param keys routing keys
     */
    public static BrokerProbe of(RabbitConfig config, List<String> keys) throws InterruptedException {
        try (RabbitConnection connection = new RabbitClient(config).connect(new ReadingListener(), () -> {})) {
            return new BrokerProbe(connection.description(), null, connection.look(keys));
        } catch (BrokerException e) {
            return new BrokerProbe("", e.problem(), List.of());
        }
    }
}
