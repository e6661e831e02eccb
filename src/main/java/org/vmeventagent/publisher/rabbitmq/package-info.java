/**
 * RabbitMQ: connection, topology, confirms; the only user of the AMQP client.
 *
 * <p>Knows exchanges, queues and the broker's error texts. Knows nothing of rows or ack positions. Blocking sockets only, and the
 * client's own recovery is off: the publisher decides when to connect again.
 */
@NullMarked
package org.vmeventagent.publisher.rabbitmq;

import org.jspecify.annotations.NullMarked;
