package org.vmeventagent.libvirt;

import java.util.OptionalInt;

/**
 * Called when a connection comes up or goes, for readiness and the status. On the connection's thread, so it must return
 * soon. URIs are without credentials.
 *
 * <p>The first call for a URI, subscribed or failed, is the end of the first attempt.
 */
public interface ConnectionListener {
    ConnectionListener NONE = new ConnectionListener() {};

    /**
     * Registered, and the first listing is in the queue, or late.
     *
     * @param registered event ids; 0 for a driver that is polled
     * @param domains in the first listing; empty while the daemon doesn't list them
     */
    default void subscribed(String uri, int registered, OptionalInt domains) {}

    /** An attempt to open or subscribe failed; another follows. Called for every attempt. */
    default void failed(String uri, String reason) {}

    /** A subscribed connection ended, other than by our own close. */
    default void lost(String uri, String reason) {}
}
