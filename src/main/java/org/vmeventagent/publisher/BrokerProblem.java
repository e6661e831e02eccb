package org.vmeventagent.publisher;

/**
 * Why the broker doesn't take something, in words for an operator. Never holds a password.
 *
 * @param text one line: what, where, and what helps
 */
public record BrokerProblem(Kind kind, String text) {
    /** What it asks for. */
    public enum Kind {
        /** The broker can't be reached, or the connection ended: the next attempt may succeed. */
        UNREACHABLE,
        /** The exchange or the queue of a routing key is missing, or no binding leads there: a collector that starts cures it. */
        UNROUTABLE,
        /** The broker answered a message with {@code basic.nack}: its queue is full, or without a leader. */
        NACKED,
        /** Login, rights, TLS or a flag of exchange or queue: an operator must change a setting, here or at the broker. */
        MISCONFIGURED
    }

    /** As something to throw. */
    public BrokerException asException() {
        return new BrokerException(this);
    }
}
