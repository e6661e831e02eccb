package org.vmeventagent.recorder;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.FilterOptions;
import org.vmeventagent.config.Option;
import org.vmeventagent.config.Suggestion;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LifecycleEvent;
import org.vmeventagent.inventory.Cause;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.EventNames;
import org.vmeventagent.notification.Severity;
import org.vmeventagent.nova.Instance;

/**
 * One section {@code [filter:NAME]}: the notifications that all its sets have, and what becomes of them. A set that is null
 * has everything.
 *
 * @param name what the section is called after {@code filter:}
 * @param events names as in {@link EventNames}
 * @param projects globs of ids or names, as flavors and display names
 * @param severity null for the notification's own
 * @param topic the only one that gets it; null for every topic of the configuration
 * @param budget empty for everybody's
 */
public record FilterRule(
        String name,
        @Nullable Set<String> events,
        @Nullable Set<String> details,
        @Nullable Set<String> causes,
        @Nullable Set<String> kinds,
        @Nullable Set<String> states,
        @Nullable List<String> projects,
        @Nullable List<String> flavors,
        @Nullable List<String> displayNames,
        boolean drops,
        @Nullable Severity severity,
        @Nullable String topic,
        OptionalInt budget) {

    /** What no section meets is published as it is. */
    static final FilterRule NONE =
            new FilterRule("", null, null, null, null, null, null, null, null, false, null, null, OptionalInt.empty());

    private static final Set<String> DETAILS = everyDetail();
    private static final Set<String> CAUSES =
            Arrays.stream(Cause.values()).map(Cause::text).collect(Collectors.toSet());
    private static final Set<String> KINDS = Stream.concat(
                    Arrays.stream(EventKind.Group.values()).map(EventKind.Group::text), Stream.of(EventNames.AGENT))
            .collect(Collectors.toSet());
    private static final Set<String> STATES =
            Arrays.stream(DomainState.values()).map(DomainState::text).collect(Collectors.toSet());

    /**
     * What a section looks at in a notification; what it has not is null.
     *
     * @param event its name as in {@link EventNames}
     * @param instance of the domain
     */
    public record Subject(
            String event,
            String kind,
            @Nullable String detail,
            @Nullable String cause,
            @Nullable String state,
            @Nullable Instance instance) {

        static Subject of(Transition transition) {
            EnumValue detail =
                    transition.event() == null ? null : transition.event().detail();
            Cause cause = transition.cause();
            return new Subject(
                    transition.name(),
                    transition.group().text(),
                    detail == null ? null : detail.name(),
                    cause == null ? null : cause.text(),
                    transition.domain().lifecycle().state().text(),
                    transition.domain().instance());
        }

        /**
         * Of words that somebody typed.
         *
         * @throws IllegalArgumentException for a word that is none, with the nearest one
         */
        public static Subject of(
                String event,
                @Nullable String detail,
                @Nullable String cause,
                @Nullable String state,
                @Nullable Instance instance) {
            require("event", event, EventNames.all());
            require("detail", detail, DETAILS);
            require("cause", cause, CAUSES);
            require("state", state, STATES);
            return new Subject(event, EventNames.kindOf(event), detail, cause, state, instance);
        }

        private static void require(String what, @Nullable String word, Set<String> known) {
            if (word != null && !known.contains(word)) {
                throw new IllegalArgumentException(unknown(what, word, known));
            }
        }

        static Subject of(AgentEvent event) {
            return new Subject(EventNames.ofAgent(event.name()), EventNames.AGENT, null, null, null, null);
        }
    }

    /**
     * The sections of a configuration, in their order.
     *
     * @throws ConfigException for a word that is none, with the nearest one, and for a glob that nothing matches as written
     */
    static List<FilterRule> from(Configuration configuration) {
        return configuration.filters().stream()
                .map(section -> rule(configuration, section))
                .toList();
    }

    private static FilterRule rule(Configuration configuration, String section) {
        return new FilterRule(
                FilterOptions.nameOf(section),
                events(configuration, FilterOptions.EVENT.inSection(section)),
                words(configuration, FilterOptions.DETAIL.inSection(section), DETAILS),
                words(configuration, FilterOptions.CAUSE.inSection(section), CAUSES),
                words(configuration, FilterOptions.KIND.inSection(section), KINDS),
                words(configuration, FilterOptions.STATE.inSection(section), STATES),
                globs(configuration, FilterOptions.PROJECT.inSection(section)),
                globs(configuration, FilterOptions.FLAVOR.inSection(section)),
                globs(configuration, FilterOptions.DISPLAY_NAME.inSection(section)),
                configuration.get(FilterOptions.ACTION.inSection(section)).equals("drop"),
                configuration
                        .find(FilterOptions.SEVERITY.inSection(section))
                        .map(word -> Severity.valueOf(word.toUpperCase(Locale.ROOT)))
                        .orElse(null),
                configuration.find(FilterOptions.TOPIC.inSection(section)).orElse(null),
                configuration
                        .find(FilterOptions.BUDGET.inSection(section))
                        .map(OptionalInt::of)
                        .orElseGet(OptionalInt::empty));
    }

    /** Whether it is about this notification. About the agent's own only if it names them: what is dropped should not go unnoticed. */
    boolean meets(Subject subject) {
        Instance instance = subject.instance();
        return has(events, subject.event())
                && has(kinds, subject.kind())
                && has(details, subject.detail())
                && has(causes, subject.cause())
                && has(states, subject.state())
                && (events != null || kinds != null || !subject.kind().equals(EventNames.AGENT))
                && matches(
                        projects,
                        instance == null || instance.project() == null
                                ? null
                                : instance.project().id(),
                        instance == null || instance.project() == null
                                ? null
                                : instance.project().name())
                && matches(
                        flavors,
                        instance == null || instance.flavor() == null
                                ? null
                                : instance.flavor().name(),
                        instance == null || instance.flavor() == null
                                ? null
                                : instance.flavor().id())
                && matches(displayNames, instance == null ? null : instance.displayName(), null);
    }

    private static boolean has(@Nullable Set<String> words, @Nullable String word) {
        return words == null || (word != null && words.contains(word));
    }

    private static boolean matches(@Nullable List<String> globs, @Nullable String one, @Nullable String other) {
        return globs == null
                || globs.stream()
                        .anyMatch(
                                glob -> (one != null && matches(glob, one)) || (other != null && matches(glob, other)));
    }

    /**
     * Whether a glob is about a text: {@code *} stands for any part of it, {@code ?} for one character. It takes the time of both
     * lengths at most: a tenant chooses the text, so a regular expression, which tries every way to divide it, would not do.
     */
    static boolean matches(String glob, String text) {
        int at = 0;
        int next = 0;
        int star = -1;
        int tried = 0;
        while (next < text.length()) {
            if (at < glob.length() && glob.charAt(at) == '*') {
                star = at++;
                tried = next;
            } else if (at < glob.length() && (glob.charAt(at) == '?' || glob.charAt(at) == text.charAt(next))) {
                at++;
                next++;
            } else if (star >= 0) {
                at = star + 1;
                next = ++tried;
            } else {
                return false;
            }
        }
        while (at < glob.length() && glob.charAt(at) == '*') {
            at++;
        }
        return at == glob.length();
    }

    private static @Nullable Set<String> events(Configuration configuration, Option<String> option) {
        String text = configuration.find(option).orElse(null);
        try {
            return text == null ? null : EventNames.selected(text);
        } catch (IllegalArgumentException e) {
            throw configuration.bad(option, String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable Set<String> words(
            Configuration configuration, Option<List<String>> option, Set<String> known) {
        List<String> words = atLeastOne(configuration, option);
        if (words == null) {
            return null;
        }
        for (String word : words) {
            if (!known.contains(word)) {
                throw configuration.bad(option, unknown(option.name().option(), word, known));
            }
        }
        return Set.copyOf(words);
    }

    private static String unknown(String what, String word, Set<String> known) {
        String nearest = Suggestion.nearest(word, known.stream())
                .map(name -> ", perhaps '" + name + "'")
                .orElse("");
        return "'" + word + "' is no " + what + nearest + "; allowed: " + String.join(" ", new TreeSet<>(known));
    }

    private static @Nullable List<String> globs(Configuration configuration, Option<List<String>> option) {
        List<String> globs = atLeastOne(configuration, option);
        if (globs != null) {
            globs.stream().filter(glob -> glob.contains("[")).findFirst().ifPresent(glob -> {
                throw configuration.bad(
                        option,
                        "'" + glob + "' has a [, and sets of characters are not known here; write * for any text,"
                                + " ? for one character, also for a [");
            });
        }
        return globs;
    }

    private static @Nullable List<String> atLeastOne(Configuration configuration, Option<List<String>> option) {
        List<String> items = configuration.find(option).orElse(null);
        if (items != null && (items.isEmpty() || items.contains(""))) {
            throw configuration.bad(
                    option, "must be at least one, and none of them empty; leave the option out where any will do");
        }
        return items;
    }

    private static Set<String> everyDetail() {
        return Stream.concat(
                        LifecycleEvent.TYPES.known().stream()
                                .flatMap(type -> LifecycleEvent.details(type).stream())
                                .map(EnumValue::name),
                        Stream.of(EnumValue.UNKNOWN))
                .collect(Collectors.toSet());
    }
}
