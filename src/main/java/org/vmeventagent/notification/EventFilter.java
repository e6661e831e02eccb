package org.vmeventagent.notification;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.inventory.Transition;

/**
 * Which notifications are published. The grammar of {@code events} in a configuration file: {@code default},
 * {@code all}, a list of names, or {@code +name,-name} on top of what stands before, by default the default.
 * {@code lifecycle} stands for its nine types, {@code agent} for all of the agent's own.
 */
public final class EventFilter {
    private final Set<String> names;

    private EventFilter(Set<String> names) {
        this.names = Collections.unmodifiableSet(new LinkedHashSet<>(names));
    }

    /**
     * The filter of a text over {@link EventNames}.
     *
     * @throws IllegalArgumentException naming the word that is none, what it might have been, and what is allowed
     */
    public static EventFilter parse(String text) {
        return new EventFilter(
                new NameSelection(EventNames.all(), EventNames.byDefault(), EventNames.groups()).parse(text));
    }

    /**
     * What to register at libvirt, in the same grammar over libvirt's names. A name on the bus stands for each event
     * that bears it: {@code io_error} for IO_ERROR and IO_ERROR_REASON. LIFECYCLE is always among them, since the
     * states are made of it.
     *
     * @throws IllegalArgumentException as {@link #parse}
     */
    public static Set<EventKind> kinds(String text) {
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
        for (EventKind kind : EventKind.values()) {
            if (chosen.contains(kind.libvirtName())) {
                kinds.add(kind);
            }
        }
        return Collections.unmodifiableSet(kinds);
    }

    public boolean accepts(Transition transition) {
        return accepts(transition.name());
    }

    public boolean accepts(AgentEvent event) {
        return accepts(EventNames.ofAgent(event.name()));
    }

    /** Whether the name, as in {@link EventNames}, is published. */
    public boolean accepts(String name) {
        return names.contains(name);
    }

    public Set<String> names() {
        return names;
    }

    @Override
    public String toString() {
        return String.join(",", names);
    }
}
