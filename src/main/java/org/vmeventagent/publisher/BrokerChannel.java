package org.vmeventagent.publisher;

/** The way of one routing key through a connection, with confirms. Used by the publisher's thread. */
public interface BrokerChannel extends AutoCloseable {
    /**
     * Sends one message, mandatory and persistent.
     *
     * @return its delivery tag: counts from 1 on each route
     */
    long publish(byte[] body) throws BrokerException;

    /** Ends this route alone; what was not confirmed counts as not sent. */
    @Override
    void close();
}
