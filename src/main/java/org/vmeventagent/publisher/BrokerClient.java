package org.vmeventagent.publisher;

/** Opens connections to the broker. Used by the publisher's thread only. */
public interface BrokerClient {
    /**
     * Tries every host once. Takes a bounded time per host, whatever its name server or the host itself does.
     *
     * @param listener told about everything that happens on the connection, from its own thread, until it is closed
     * @param turned called between two hosts: it goes on
     */
    BrokerConnection open(BrokerListener listener, Runnable turned) throws BrokerException, InterruptedException;
}
