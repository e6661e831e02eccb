package org.vmeventagent.bus;

/** Opens connections to the broker. Used by the publisher's thread only. */
public interface Dialer {
    /**
     * Tries every host once. Takes a bounded time per host.
     *
     * @param signals told about everything that happens on the connection, from its own thread, until it is closed
     */
    Link open(Signals signals) throws TroubleException;
}
