package org.vmeventagent.publisher;

/** Told what the publisher does, on the publisher's thread; must return at once. For readiness and metrics. */
public interface PublisherListener {
    /** Hears nothing. */
    PublisherListener NONE = new PublisherListener() {};

    /** A connection is open. */
    default void connected(String broker) {}

    /** It is gone. */
    default void disconnected(BrokerProblem problem) {}

    /** A message went to the broker. */
    default void sent(String routingKey) {}

    /** The broker answers for so many more rows. */
    default void confirmed(String routingKey, int rows) {}

    /** Messages came back or were refused; they are sent again. */
    default void failed(String routingKey, int rows) {}

    /** Rows waited too long for a queue of this key and are given up. */
    default void dropped(String routingKey, int rows) {}

    /** Nothing takes messages of this key, or something does again. */
    default void waiting(String routingKey, boolean waits) {}
}
