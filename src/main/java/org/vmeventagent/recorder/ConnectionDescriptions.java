package org.vmeventagent.recorder;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.Hypervisor;

/** What each connection said of itself when it came up last. Used by one thread. */
public final class ConnectionDescriptions {
    private static final String URI = "connection_uri";

    private final Map<String, LibvirtInput.ConnectionUp> last = new HashMap<>();
    private final Map<String, Long> generations = new HashMap<>();

    public void up(LibvirtInput.ConnectionUp up) {
        last.put(up.connectionUri(), up);
        generations.put(up.connectionUri(), up.generation());
    }

    public void lost(LibvirtInput.ConnectionLost lost) {
        generations.remove(lost.connectionUri(), lost.generation());
    }

    /** Whether an answer of this generation is still about the hypervisor as it is now. */
    public boolean isCurrent(String connectionUri, long generation) {
        return generations.getOrDefault(connectionUri, 0L) == generation;
    }

    /** Stays known while the connection is away. */
    public Hypervisor hypervisor(String connectionUri) {
        LibvirtInput.ConnectionUp up = last.get(connectionUri);
        return up == null ? Hypervisor.UNKNOWN : new Hypervisor(up.hypervisor(), up.node());
    }

    /** Of the connection the news is about; for news of the agent as a whole, of its only one. */
    public Hypervisor hypervisor(AgentEvent event) {
        if (event.fields().get(URI) instanceof String connectionUri) {
            return hypervisor(connectionUri);
        }
        return last.size() == 1 ? hypervisor(last.keySet().iterator().next()) : Hypervisor.UNKNOWN;
    }

    /** What to tell of a connection that comes up; ask before it is {@link #up}. */
    public Map<String, Object> fields(LibvirtInput.ConnectionUp up) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(URI, up.connectionUri());
        fields.put("reason", last.containsKey(up.connectionUri()) ? "reconnect" : "start");
        fields.put("events_registered", up.registered());
        return fields;
    }

    public static Map<String, Object> fields(LibvirtInput.ConnectionLost lost) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put(URI, lost.connectionUri());
        fields.put("reason", lost.reason());
        return fields;
    }
}
