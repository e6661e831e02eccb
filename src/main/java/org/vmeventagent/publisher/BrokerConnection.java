package org.vmeventagent.publisher;

/**
 * An open connection to the broker. Used by the publisher's thread; {@link #cut} and {@link #isOutdated} may be called by
 * others.
 */
public interface BrokerConnection extends AutoCloseable {
    /** The broker and the exchange, for a log line. */
    String name();

    /** Whether it still lives, as far as this side knows. */
    boolean isOpen();

    /** Whether another configuration than the one it was opened with counts by now. Any thread. */
    boolean isOutdated();

    /**
     * Makes sure that a message with this key reaches a queue, as far as the configuration lets us, and opens a route.
     * Called again after a return or a refusal, too.
     */
    BrokerChannel openChannel(String key) throws BrokerException;

    /** Ends it politely; waits for the broker a bounded time. */
    @Override
    void close();

    /** Ends it at once, whatever another thread waits for on it. Thread-safe. */
    void cut();
}
