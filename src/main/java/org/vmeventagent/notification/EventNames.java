package org.vmeventagent.notification;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LifecycleEvent;

/**
 * Every name a notification can have, the last part of its event_type, and whether it is published by default. The
 * agent's own are written {@code agent.started} here, so that they differ from a domain's.
 */
public final class EventNames {
    /** Word for all nine lifecycle types. */
    public static final String LIFECYCLE = "lifecycle";
    /** Word for all of the agent's own, and what their names begin with before the dot. */
    public static final String AGENT = "agent";

    /** Of the agent itself, without {@code agent.}. */
    static final List<String> OF_AGENT =
            List.of("started", "stopped", "connected", "disconnected", "gap", "overflow", "heartbeat");
    /** Of domains, but from no event id: a type of a newer libvirt, and what the agent found itself. */
    static final List<String> OF_NO_EVENT = List.of(EnumValue.UNKNOWN, "exists", "removed");

    private static final Set<String> LIFECYCLE_TYPES = unmodifiable(
            LifecycleEvent.TYPES.known().stream().map(EnumValue::name).toList());
    private static final Set<String> AGENTS =
            unmodifiable(OF_AGENT.stream().map(EventNames::ofAgent).toList());
    private static final Set<String> ALL = inOrder();

    private EventNames() {}

    /** Every name, in the order of {@code docs/notifications.md}. */
    public static Set<String> all() {
        return ALL;
    }

    /** The names published by default. */
    public static Set<String> byDefault() {
        Set<String> names = new LinkedHashSet<>(ALL);
        Arrays.stream(EventKind.values())
                .filter(kind -> !kind.defaultOn())
                .map(EventKind::wireName)
                .forEach(names::remove);
        names.remove(ofAgent("heartbeat"));
        return Collections.unmodifiableSet(names);
    }

    /** The name of a notification of the agent, {@code agent.gap} for {@code gap}. */
    public static String ofAgent(String name) {
        return AGENT + "." + name;
    }

    /** One word for several names. */
    static Map<String, Set<String>> groups() {
        return Map.of(LIFECYCLE, LIFECYCLE_TYPES, AGENT, AGENTS);
    }

    private static Set<String> inOrder() {
        Set<String> names = new LinkedHashSet<>(LIFECYCLE_TYPES);
        Arrays.stream(EventKind.values())
                .filter(kind -> kind != EventKind.LIFECYCLE)
                .map(EventKind::wireName)
                .forEach(names::add);
        names.addAll(OF_NO_EVENT);
        names.addAll(AGENTS);
        return Collections.unmodifiableSet(names);
    }

    private static Set<String> unmodifiable(List<String> names) {
        return Collections.unmodifiableSet(new LinkedHashSet<>(names));
    }
}
