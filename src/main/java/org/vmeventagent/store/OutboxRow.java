package org.vmeventagent.store;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A notification on its way to the broker.
 *
 * @param sequence its number in this stream, from 1, never reused
 * @param priority {@code info} or {@code error}: with a topic it makes the routing key
 * @param topic the only one that gets it; null for every topic of the configuration
 * @param messageId the notification's message_id, a UUID's text
 * @param observedAt how many milliseconds all runs of the agent had taken when it was observed: no setting of the host's
 *     clock makes a row older
 * @param body the notification as JSON text in ASCII, without the fields a driver adds
 */
@SuppressWarnings("ArrayRecordComponent") // handed on as it is, never compared
public record OutboxRow(
        long sequence, String priority, @Nullable String topic, String messageId, long observedAt, byte[] body) {

    @Override
    public String toString() {
        return "OutboxRow[" + sequence + " " + priority + " " + messageId + " " + body.length + " bytes]";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OutboxRow row && row.sequence == sequence && Arrays.equals(row.body, body);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(sequence);
    }
}
