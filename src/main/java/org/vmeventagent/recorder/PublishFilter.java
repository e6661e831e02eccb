package org.vmeventagent.recorder;

import java.util.Set;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.NotificationOptions;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.EventNames;

/**
 * What the operator wants published. What is not is kept in the inventory all the same, but takes no number.
 *
 * @param events the last parts of the event types; the agent's own with {@code agent.} before them
 * @param nonNovaDomains whether domains without Nova metadata are published
 */
public record PublishFilter(Set<String> events, boolean nonNovaDomains) {
    public PublishFilter {
        events = Set.copyOf(events);
    }

    /** What the configuration says, with the names that its {@code events} mean. */
    public static PublishFilter from(Configuration configuration, Set<String> events) {
        return new PublishFilter(
                events, configuration.get(NotificationOptions.NON_NOVA_DOMAINS).equals("publish"));
    }

    boolean accepts(Transition transition) {
        return events.contains(transition.name())
                && (nonNovaDomains || transition.domain().instance() != null);
    }

    /** A test is published whatever is wanted: somebody waits for it. */
    boolean accepts(AgentEvent event) {
        return event.name().equals(EventNames.TEST) || events.contains(EventNames.ofAgent(event.name()));
    }
}
