package org.vmeventagent.notification;

import java.util.UUID;

/**
 * What makes one notification this one, fixed when it is recorded.
 *
 * @param stream of the database
 * @param sequence number in the stream, from 1
 * @param previousSequence the number of the domain's notification before; 0 for none
 * @param clockStepped whether the host's clock was set by more than a second since the notification before
 */
public record NotificationIds(
        UUID stream, long sequence, long previousSequence, UUID messageId, UUID requestId, boolean clockStepped) {}
