package org.vmeventagent.notification;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LifecycleEvent;
import org.vmeventagent.inventory.Transition;

/**
 * Every name a notification can have, the last part of its event_type, and whether it is published by default. The
 * agent's own are written {@code agent.started} here, so that they differ from a domain's.
 */
public final class EventNames {
    /** Word for all nine lifecycle types. */
    public static final String LIFECYCLE = "lifecycle";
    /** Word for all of the agent's own, and what their names begin with before the dot. */
    public static final String AGENT = "agent";

    /** Of the agent itself, without {@code agent.}: says nothing but that it arrives. */
    public static final String TEST = "test";

    /** Of the agent itself, without {@code agent.}. */
    static final List<String> OF_AGENT =
            List.of("started", "stopped", "connected", "disconnected", "gap", "overflow", "heartbeat", TEST);
    /** Of domains, but from no event id: a type of a newer libvirt, and what the agent found itself. */
    static final List<String> OF_NO_EVENT = List.of(EnumValue.UNKNOWN, "exists", "removed");

    /** Of domains: what several events together mean, published beside them. */
    private static final List<String> SUMMARIES = List.of("restarted", "outage", "migrated");

    /** Of domains: what libvirt is queried about where somebody wants it, at the events of another name. */
    private static final Map<String, EventKind> QUERIED =
            Map.of(Transition.MIGRATION_PROGRESS, EventKind.MIGRATION_ITERATION);

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
        SUMMARIES.forEach(names::remove);
        names.removeAll(QUERIED.keySet());
        return Collections.unmodifiableSet(names);
    }

    /** The names that several events together make. */
    public static List<String> summaries() {
        return SUMMARIES;
    }

    /** The name of a notification of the agent, {@code agent.gap} for {@code gap}. */
    public static String ofAgent(String name) {
        return AGENT + "." + name;
    }

    /**
     * What a consumer filters by: the text of the group of a name of {@link #all}.
     */
    public static String kindOf(String name) {
        if (AGENTS.contains(name)) {
            return AGENT;
        }
        return Stream.concat(
                        Stream.ofNullable(QUERIED.get(name)),
                        Arrays.stream(EventKind.values())
                                .filter(kind -> kind.wireName().equals(name)))
                .findFirst()
                .map(EventKind::group)
                .orElse(EventKind.Group.STATE)
                .text();
    }

    /**
     * The names that a text selects. The grammar of {@code events} in a configuration file: {@code default}, {@code all}, a
     * list of names, or {@code +name,-name} on top of what is before, by default the default. {@code lifecycle} is
     * for its nine types, {@code agent} for all of the agent's own.
     *
     * @throws IllegalArgumentException naming the word that is none, what it might have been, and what is allowed
     */
    public static Set<String> selected(String text) {
        return Collections.unmodifiableSet(
                new NameSelection(ALL, byDefault(), Map.of(LIFECYCLE, LIFECYCLE_TYPES, AGENT, AGENTS)).parse(text));
    }

    /**
     * What to register at libvirt, in the same grammar over libvirt's names. A name in notifications stands for each event
     * that bears it: {@code io_error} for IO_ERROR and IO_ERROR_REASON. LIFECYCLE is always among them, since the
     * states are made of it.
     *
     * @param published as {@link #selected} gives them: what some of these are queried at is among the events, too
     * @throws IllegalArgumentException as {@link #selected}
     */
    public static Set<EventKind> kinds(String text, Set<String> published) {
        Map<String, Set<String>> groups = new LinkedHashMap<>();
        for (EventKind kind : EventKind.values()) {
            groups.computeIfAbsent(kind.wireName(), name -> new LinkedHashSet<>())
                    .add(kind.libvirtName());
        }
        Set<String> all =
                Arrays.stream(EventKind.values()).map(EventKind::libvirtName).collect(Collectors.toSet());
        Set<String> standard = Arrays.stream(EventKind.values())
                .filter(EventKind::defaultOn)
                .map(EventKind::libvirtName)
                .collect(Collectors.toSet());
        Set<String> chosen = new NameSelection(all, standard, groups).parse(text);
        EnumSet<EventKind> kinds = EnumSet.of(EventKind.LIFECYCLE);
        QUERIED.forEach((name, kind) -> {
            if (published.contains(name)) {
                kinds.add(kind);
            }
        });
        for (EventKind kind : EventKind.values()) {
            if (chosen.contains(kind.libvirtName())) {
                kinds.add(kind);
            }
        }
        return Collections.unmodifiableSet(kinds);
    }

    private static Set<String> inOrder() {
        Set<String> names = new LinkedHashSet<>(LIFECYCLE_TYPES);
        Arrays.stream(EventKind.values())
                .filter(kind -> kind != EventKind.LIFECYCLE)
                .map(EventKind::wireName)
                .forEach(names::add);
        names.addAll(OF_NO_EVENT);
        names.addAll(QUERIED.keySet());
        names.addAll(SUMMARIES);
        names.addAll(AGENTS);
        return Collections.unmodifiableSet(names);
    }

    private static Set<String> unmodifiable(List<String> names) {
        return Collections.unmodifiableSet(new LinkedHashSet<>(names));
    }
}
