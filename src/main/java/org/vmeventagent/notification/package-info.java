/**
 * Transitions and the agent's own events as notifications: names, severity, bytes.
 *
 * <p>Pure. Knows what a consumer sees; must not know where a notification is kept or how it is sent.
 */
@NullMarked
package org.vmeventagent.notification;

import org.jspecify.annotations.NullMarked;
