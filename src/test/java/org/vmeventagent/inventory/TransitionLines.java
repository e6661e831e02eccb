package org.vmeventagent.inventory;

import java.util.List;
import java.util.stream.Collectors;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EnumValue;

/** Transitions as golden files hold them. */
final class TransitionLines {
    private TransitionLines() {}

    /** {@code running -> defined  process_died E}; only the state where it is no transition. */
    static String states(Transition transition) {
        String now = transition.domain().lifecycle().state().text();
        if (transition.oldState() == null || transition.cause() == null) {
            return now;
        }
        return "%s -> %s  %s%s%s"
                .formatted(
                        transition.oldState().text(),
                        now,
                        transition.cause().text(),
                        transition.isError() ? " E" : "",
                        transition.origin() == Origin.EVENT ? "" : " " + transition.origin());
    }

    /** What one event gave, the bridged transitions first. */
    static String states(List<Transition> transitions) {
        return transitions.stream().map(TransitionLines::states).collect(Collectors.joining(" ; "));
    }

    /** {@code stopped failed}, or {@code device_added device=net1} with at most three attributes. */
    static String event(DomainEvent event) {
        if (event.type() != null && event.detail() != null) {
            return event.type().name() + " " + event.detail().name();
        }
        String attributes = event.attributes().entrySet().stream()
                .limit(3)
                .map(entry -> " " + entry.getKey() + "="
                        + (entry.getValue() instanceof EnumValue enumValue ? enumValue.name() : entry.getValue()))
                .collect(Collectors.joining());
        return event.wireName() + attributes;
    }
}
