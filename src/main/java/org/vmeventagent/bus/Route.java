package org.vmeventagent.bus;

/** The way of one routing key through a connection, with confirms. Used by the publisher's thread. */
public interface Route extends AutoCloseable {
    /**
     * Sends one message, mandatory and persistent.
     *
     * @return its delivery tag: counts from 1 on each route
     */
    long publish(byte[] body) throws TroubleException;

    /** Ends this route alone; what was not confirmed counts as not sent. */
    @Override
    void close();
}
