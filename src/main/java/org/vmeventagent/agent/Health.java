package org.vmeventagent.agent;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.agent.Status.Connection;
import org.vmeventagent.agent.Status.State;
import org.vmeventagent.libvirt.ConnectionListener;

/**
 * The state of the connections to libvirt: for the command {@code status}, for systemd's status line, and for readiness. The
 * agent is ready once the first attempt on every connection is over. Any thread.
 */
final class Health implements ConnectionListener {
    private static final Logger log = LoggerFactory.getLogger(Health.class);

    private final Map<String, Connection> connections = new TreeMap<>();
    private final Runnable onReady;
    private boolean ready;

    /** @param onReady called once, by the thread of the connection that was last */
    Health(Runnable onReady) {
        this.onReady = onReady;
    }

    /** All of them, before the first is started. */
    synchronized void expect(String shownUri) {
        connections.put(shownUri, new Connection(shownUri, State.CONNECTING, 0, ""));
    }

    @Override
    public void subscribed(String uri, int registered, OptionalInt domains) {
        note(new Connection(uri, registered == 0 ? State.POLLED : State.SUBSCRIBED, registered, ""));
    }

    @Override
    public void failed(String uri, String reason) {
        note(new Connection(uri, State.AWAY, 0, reason));
    }

    @Override
    public void lost(String uri, String reason) {
        note(new Connection(uri, State.LOST, 0, reason));
    }

    private void note(Connection connection) {
        if (noteAndCheck(connection)) {
            onReady.run();
        }
    }

    /** Whether the agent is ready by that. */
    private synchronized boolean noteAndCheck(Connection connection) {
        connections.put(connection.uri(), connection);
        if (ready || connections.values().stream().anyMatch(other -> other.state() == State.CONNECTING)) {
            return false;
        }
        ready = true;
        long up = connections.values().stream().filter(Connection::isUp).count();
        log.info("Ready: {} of {} connections subscribed", up, connections.size());
        return true;
    }

    /** Everything that the command {@code status} shows; the parameters are those of {@link Status}. */
    synchronized Status status(String version, String broker, long lastSequence, OptionalLong waiting) {
        return new Status(version, List.copyOf(connections.values()), broker, lastSequence, waiting);
    }
}
