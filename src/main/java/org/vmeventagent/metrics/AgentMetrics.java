package org.vmeventagent.metrics;

/**
 * What happens in an agent, one call each time. By default nothing is done with it.
 *
 * <p>Threads: each part calls on its own, as the headings say. An implementation is thread-safe, returns at once and throws
 * nothing. Nothing here decides what the agent does next.
 *
 * <p>Arguments are few words each, so that they can be labels: no text of tenants, no credentials.
 */
public interface AgentMetrics {
    /** Counts nothing. */
    AgentMetrics NONE = new AgentMetrics() {};

    // The publisher's thread.

    /** A connection to the broker is open. */
    default void brokerUp(String broker) {}

    /**
     * It is gone.
     *
     * @param kind of problem, one word
     */
    default void brokerDown(String kind) {}

    /**
     * A message went to the broker.
     *
     * @param again whether it did before on the same routing key, as far as this process knows
     */
    default void published(String routingKey, boolean again) {}

    /** The broker has confirmed so many more rows. */
    default void confirmed(String routingKey, int rows) {}

    /** The broker has returned a message that no queue takes; it is sent again. */
    default void returned(String routingKey) {}

    /** The broker has refused messages (basic.nack); they are sent again. */
    default void nacked(String routingKey, int messages) {}

    /** Nothing takes messages of this key, or something does again. */
    default void waiting(String routingKey, boolean waits) {}

    /** Rows waited too long for a queue of this key and are dropped. */
    default void unroutableDropped(String routingKey, int rows) {}
}
