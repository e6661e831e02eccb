/**
 * The publisher: takes notifications from the store in order, and hands them to the broker until it has confirmed them.
 *
 * <p>Knows rows, routing keys and confirms. Knows nothing of AMQP (that is {@code bus.amqp}, behind {@link
 * org.vmeventagent.bus.Dialer}), nor of what is in a notification.
 */
@NullMarked
package org.vmeventagent.bus;

import org.jspecify.annotations.NullMarked;
