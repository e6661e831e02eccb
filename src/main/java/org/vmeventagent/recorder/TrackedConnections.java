package org.vmeventagent.recorder;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.store.ConnectionRow;

/** The connections that were up in this run, in the order in which they came up first. Used by one thread. */
public final class TrackedConnections {
    private final Map<String, ConnectionRow> kept = new HashMap<>();
    private final Map<String, TrackedConnection> connections = new LinkedHashMap<>();

    /** @param kept what an earlier run kept */
    public TrackedConnections(List<ConnectionRow> kept) {
        kept.forEach(row -> this.kept.put(row.uri(), row));
    }

    /** Replaces what an earlier run kept of a connection, which was not up in this one yet. */
    void keep(ConnectionRow row) {
        kept.put(row.uri(), row);
    }

    public TrackedConnection up(LibvirtInput.ConnectionUp up) {
        TrackedConnection connection = connections.computeIfAbsent(
                up.connectionUri(), uri -> new TrackedConnection(kept.getOrDefault(uri, ConnectionRow.unknown(uri))));
        connection.up(up);
        return connection;
    }

    /** Null for one that was not up in this run. */
    public @Nullable TrackedConnection get(String uri) {
        return connections.get(uri);
    }

    /** {@link #get}, if what libvirt answered to this generation is still about the hypervisor as it is now; else null. */
    public @Nullable TrackedConnection current(String uri, long generation) {
        TrackedConnection connection = connections.get(uri);
        return connection != null && connection.isCurrent(generation) ? connection : null;
    }

    public Collection<TrackedConnection> all() {
        return connections.values();
    }

    /** Stays known while the connection is down. */
    public Hypervisor hypervisor(String uri) {
        TrackedConnection connection = connections.get(uri);
        return connection == null ? Hypervisor.UNKNOWN : connection.hypervisor();
    }

    /** Of the connection the event is about; for an event of the agent as a whole, of its only one. */
    public Hypervisor hypervisor(AgentEvent event) {
        if (event.fields().get(TrackedConnection.URI) instanceof String uri) {
            return hypervisor(uri);
        }
        return connections.size() == 1
                ? hypervisor(connections.keySet().iterator().next())
                : Hypervisor.UNKNOWN;
    }
}
