/**
 * The publisher: takes notifications from the store in order, and hands them to the broker until it has confirmed them.
 *
 * <p>Knows rows, routing keys and confirms. Knows nothing of AMQP (that is {@code publisher.rabbitmq}, behind {@link
 * org.vmeventagent.publisher.BrokerClient}), nor of what is in a notification.
 */
@NullMarked
package org.vmeventagent.publisher;

import org.jspecify.annotations.NullMarked;
