package org.vmeventagent.publisher.rabbitmq;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How oslo.messaging would declare exchange and queue with the same options. Whoever declares the same name must use the
 * same.
 *
 * @param durableQueues {@code amqp_durable_queues}
 * @param autoDelete {@code amqp_auto_delete}
 * @param quorum {@code rabbit_quorum_queue}; makes everything durable
 * @param deliveryLimit {@code rabbit_quorum_delivery_limit}; 0 = none, as the next two
 * @param maxMemoryLength {@code rabbit_quorum_max_memory_length}
 * @param maxMemoryBytes {@code rabbit_quorum_max_memory_bytes}
 * @param mirrored {@code rabbit_ha_queues}
 */
public record QueueArguments(
        boolean durableQueues,
        boolean autoDelete,
        boolean quorum,
        int deliveryLimit,
        int maxMemoryLength,
        long maxMemoryBytes,
        boolean mirrored) {
    /** oslo.messaging's default. */
    public static final QueueArguments TRANSIENT = new QueueArguments(false, false, false, 0, 0, 0, false);

    /** Refuses what oslo.messaging refuses. */
    public QueueArguments {
        if (quorum && mirrored) {
            throw new IllegalArgumentException("rabbit_quorum_queue and rabbit_ha_queues exclude each other");
        }
    }

    /** Whether exchange and queue survive a restart of the broker. */
    public boolean durable() {
        return durableQueues || quorum;
    }

    /** The arguments of the queue. */
    Map<String, Object> arguments() {
        Map<String, Object> arguments = new LinkedHashMap<>();
        if (mirrored) {
            arguments.put("x-ha-policy", "all");
        }
        if (quorum) {
            arguments.put("x-queue-type", "quorum");
            put(arguments, "x-delivery-limit", deliveryLimit);
            put(arguments, "x-max-in-memory-length", maxMemoryLength);
            put(arguments, "x-max-in-memory-bytes", maxMemoryBytes);
        }
        return arguments;
    }

    /** A number of 32 bits where it fits, as oslo.messaging sends it. */
    private static void put(Map<String, Object> arguments, String name, long value) {
        if (value > 0) {
            arguments.put(name, value > Integer.MAX_VALUE ? (Object) value : (Object) (int) value);
        }
    }
}
