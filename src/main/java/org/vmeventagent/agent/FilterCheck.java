package org.vmeventagent.agent;

import java.util.Locale;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.recorder.FilterRule;
import org.vmeventagent.recorder.PublishFilter;

/** What the configuration makes of a notification: for the command {@code check --event}. Needs neither libvirt nor a broker. */
public final class FilterCheck {
    private FilterCheck() {}

    /**
     * Whether it is published, how, and which section says so.
     *
     * @throws ConfigException when there is no start with this configuration
     */
    public static Finding of(Configuration configuration, FilterRule.Subject subject) {
        PublishFilter filter = AgentConfig.from(configuration).filter();
        if (!filter.events().contains(subject.event())) {
            return Finding.ok("filter", subject.event() + " is not published: [notifications] events leaves it out");
        }
        FilterRule rule = filter.rule(subject);
        if (rule.name().isEmpty()) {
            return Finding.ok("filter", subject.event() + " is published as it is: no section is about it");
        }
        return Finding.ok("filter", "[filter:" + rule.name() + "] " + action(rule, subject.event()));
    }

    private static String action(FilterRule rule, String event) {
        if (rule.drops()) {
            return "drops " + event;
        }
        StringBuilder text = new StringBuilder("publishes ").append(event);
        if (rule.severity() != null) {
            text.append(" with severity ").append(rule.severity().name().toLowerCase(Locale.ROOT));
        }
        if (rule.topic() != null) {
            text.append(" to the topic ").append(rule.topic()).append(" alone");
        }
        rule.budget()
                .ifPresent(budget -> text.append(
                        budget == 0
                                ? ", without a limit"
                                : ", at most " + budget + " in 10 s of a domain if it changes no state"));
        return text.toString();
    }
}
