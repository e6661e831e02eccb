package org.vmeventagent.notification;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.time.Moment;

/**
 * Something to publish about the agent itself.
 *
 * @param name {@code started}, {@code connected}, {@code gap}...: the last part of {@code libvirt.agent.*}
 * @param error whether an operator should see it as a fault
 * @param fields further payload keys in order: String, Integer, Long, Boolean, Moment not after {@code observedAt}, List
 *     or Map of these
 */
public record AgentEvent(String name, boolean error, Moment observedAt, Map<String, Object> fields) {
    public AgentEvent {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /**
     * For a time nobody listened to a connection, and its domains were compared since.
     *
     * @param from null where nobody knows
     */
    public static AgentEvent gap(
            String connectionUri,
            @Nullable Moment from,
            Moment to,
            String reason,
            int compared,
            int found,
            boolean massChange) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("connection_uri", connectionUri);
        if (from != null) {
            fields.put("from", from);
        }
        fields.put("to", to);
        fields.put("reason", reason);
        fields.put("domains_compared", compared);
        fields.put("transitions_found", found);
        fields.put("mass_change", massChange);
        return new AgentEvent("gap", found > 0, to, fields);
    }
}
