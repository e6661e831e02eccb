package org.vmeventagent.notification;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.vmeventagent.time.Moment;

/**
 * Something to tell about the agent itself.
 *
 * @param name {@code started}, {@code connected}, {@code gap}...: the last part of {@code libvirt.agent.*}
 * @param error whether an operator should see it as a fault
 * @param fields further payload keys in order: String, Integer, Long, Boolean, Moment not after {@code observedAt}, List
 *     or Map of these
 */
public record AgentNews(String name, boolean error, Moment observedAt, Map<String, Object> fields) {
    public AgentNews {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }
}
