package org.vmeventagent.publisher.rabbitmq;

/** How much of the topology we make: {@code [notifications] declare}. */
public enum DeclareMode {
    /** Our exchange, if it is missing, and a binding for each queue that exists. Never a queue. */
    BIND,
    /** The queue too, like an oslo.messaging publisher. */
    FULL,
    /** Nothing: exchange and queue must be there, and are looked at. */
    PASSIVE,
    /** Nothing, and nothing is looked at. */
    NONE
}
