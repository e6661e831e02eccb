package org.vmeventagent.recorder;

import java.util.List;
import java.util.Set;
import org.vmeventagent.config.ConfigException;
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
 * @param rules which of these are published, and how; the first that meets a notification decides
 */
public record PublishFilter(Set<String> events, boolean nonNovaDomains, List<FilterRule> rules) {
    public PublishFilter {
        events = Set.copyOf(events);
        rules = List.copyOf(rules);
    }

    /** Without rules: everything of these names. */
    public PublishFilter(Set<String> events, boolean nonNovaDomains) {
        this(events, nonNovaDomains, List.of());
    }

    /**
     * What the configuration says, with the names that its {@code events} mean.
     *
     * @throws ConfigException for a filter's section that can't be used
     */
    public static PublishFilter from(Configuration configuration, Set<String> events) {
        return new PublishFilter(
                events,
                configuration.get(NotificationOptions.NON_NOVA_DOMAINS).equals("publish"),
                FilterRule.from(configuration));
    }

    /**
     * The rule that decides about a notification, the first that meets it. One without a name publishes it as it is:
     * no section is about it. Whether its name is published at all is said by {@link #events}.
     */
    public FilterRule rule(FilterRule.Subject subject) {
        for (FilterRule rule : rules) {
            if (rule.meets(subject)) {
                return rule;
            }
        }
        return FilterRule.NONE;
    }

    /** Whether anything is published that several events together make. */
    boolean acceptsSummaries() {
        return EventNames.summaries().stream().anyMatch(events::contains);
    }

    boolean accepts(Transition transition) {
        return events.contains(transition.name())
                && (nonNovaDomains || transition.domain().instance() != null)
                && !rule(transition).drops();
    }

    boolean accepts(AgentEvent event) {
        return isTest(event)
                || (events.contains(EventNames.ofAgent(event.name()))
                        && !rule(event).drops());
    }

    FilterRule rule(Transition transition) {
        return rules.isEmpty() ? FilterRule.NONE : rule(FilterRule.Subject.of(transition));
    }

    FilterRule rule(AgentEvent event) {
        return rules.isEmpty() || isTest(event) ? FilterRule.NONE : rule(FilterRule.Subject.of(event));
    }

    /** It is published as it is, whatever is wanted: somebody waits for it. */
    private static boolean isTest(AgentEvent event) {
        return event.name().equals(EventNames.TEST);
    }
}
