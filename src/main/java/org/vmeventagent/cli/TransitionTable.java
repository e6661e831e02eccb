package org.vmeventagent.cli;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.inventory.Cause;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.nova.Instance;

/** One transition as one line for a person: time, event, states, cause, instance, project, UUID. */
final class TransitionTable {
    static final String HEADER = String.format(
            "%-12s  %-30s  %-22s  %-18s  %-20s  %-14s  %s",
            "TIME", "EVENT", "STATE", "CAUSE", "INSTANCE", "PROJECT", "UUID");

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
    private static final String RED = "\u001b[31m";
    private static final String GREEN = "\u001b[32m";
    private static final String YELLOW = "\u001b[33m";
    private static final String PLAIN = "\u001b[0m";

    private final boolean colours;
    private final ZoneId zone;

    TransitionTable(boolean colours, ZoneId zone) {
        this.colours = colours;
        this.zone = zone;
    }

    String of(Transition transition) {
        KnownDomain domain = transition.domain();
        Optional<Instance> instance = Optional.ofNullable(domain.instance());
        String line = String.format(
                "%-12s  %-30s  %-22s  %-18s  %-20s  %-14s  %s",
                TIME.format(transition.observedAt().wall().atZone(zone)),
                LogText.of(event(transition)),
                states(transition),
                Optional.ofNullable(transition.cause()).map(Cause::text).orElse(""),
                LogText.of(instance.map(Instance::displayName).orElseGet(() -> "(" + domain.name() + ")")),
                LogText.of(instance.map(Instance::project)
                        .map(TransitionTable::ownerName)
                        .orElse("")),
                domain.key().uuid());
        return colours
                ? coloured(
                        line,
                        transition.isError(),
                        transition.oldState() == null
                                ? ""
                                : transition.oldState().text(),
                        domain.lifecycle().state().text())
                : line;
    }

    /** One line of what befalls the view: {@code agent.disconnected  qemu:///system: eof}. */
    String of(AgentEvent event) {
        Object found = event.fields().get("transitions_found");
        String line = String.format(
                "%-12s  %-30s  %s: %s%s",
                TIME.format(event.observedAt().wall().atZone(zone)),
                "agent." + event.name(),
                LogText.of(String.valueOf(event.fields().get("connection_uri"))),
                LogText.of(String.valueOf(event.fields().get("reason"))),
                found == null ? "" : ", " + found + " transitions were missed");
        return colours ? YELLOW + line + PLAIN : line;
    }

    private static @Nullable String ownerName(Instance.Owner owner) {
        return owner.name() == null ? owner.id() : owner.name();
    }

    private static String event(Transition transition) {
        DomainEvent event = transition.event();
        if (event == null) {
            return transition.name();
        }
        EnumValue detail = event.detail();
        if (detail != null) {
            return transition.name() + " " + text(detail);
        }
        return transition.name() + attributes(event);
    }

    private static String attributes(DomainEvent event) {
        return event.kind() == EventKind.JOB_COMPLETED || event.kind() == EventKind.TUNABLE
                ? ""
                : event.attributes().entrySet().stream()
                        .map(Map.Entry::getValue)
                        .map(value -> " " + (value instanceof EnumValue enumValue ? text(enumValue) : value))
                        .collect(Collectors.joining());
    }

    private static String text(EnumValue enumValue) {
        return enumValue.isUnknown() ? enumValue.name() + "(" + enumValue.number() + ")" : enumValue.name();
    }

    private static String states(Transition transition) {
        String now = transition.domain().lifecycle().state().text();
        return transition.oldState() == null ? now : transition.oldState().text() + " -> " + now;
    }

    /** A line in the colour of what happened: a fault, or the new state. */
    static String coloured(String line, boolean error, String oldState, String state) {
        String colour = error ? RED : oldState.isEmpty() || oldState.equals(state) ? "" : colour(state);
        return colour.isEmpty() ? line : colour + line + PLAIN;
    }

    private static String colour(String state) {
        return switch (state) {
            case "running" -> GREEN;
            case "paused", "pmsuspended", "crashed" -> YELLOW;
            default -> "";
        };
    }
}
