package org.vmeventagent.config;

import java.util.List;
import java.util.regex.Pattern;

/**
 * {@code [filter:NAME]}, any number of sections: which notifications one is about, and what becomes of them. The options are
 * declared once, for a section that nobody can write; {@link Option#inSection} makes them those of a real one.
 */
public final class FilterOptions {
    static final String TEMPLATE = "filter:name";

    private static final String PREFIX = "filter:";

    private static final Pattern NAME = Pattern.compile("[a-z0-9_.-]{1,64}");

    private static final String ANY = "any";

    /** The grammar of names is the events' own. */
    public static final Option<String> EVENT = Option.of(
                    TEMPLATE,
                    "event",
                    OptionType.text(),
                    "The events that the section is about, in the grammar of [notifications] events. An event that"
                            + " [notifications] events leaves out is not published, whatever a section says.")
            .whenAbsent(ANY + "; the agent's own only where event or kind names them", "stopped,crashed")
            .ifWrong("An unknown name stops the start.");

    public static final Option<List<String>> DETAIL = words(
            "detail",
            "libvirt's details of lifecycle events",
            "failed",
            "A section with a detail is about lifecycle events only.");

    public static final Option<List<String>> CAUSE = words(
            "cause",
            "causes, as docs/notifications.md lists them",
            "process_died,guest_panic",
            "A section with a cause is about notifications with a cause only.");

    public static final Option<List<String>> KIND = words(
            "kind", "kinds among state, guest, device, job, host, agent", "guest", "An unknown kind stops the start.");

    public static final Option<List<String>> STATE = words(
            "state",
            "states of the domain after the event: undefined, defined, running, paused, saved, pmsuspended, crashed",
            "crashed",
            "The state before the event is not looked at.");

    public static final Option<List<String>> PROJECT = words(
            "project",
            "ids or names of projects; * stands for any text, ? for one character",
            "77665544332211000011223344556677",
            "A name is as of the time when Nova last wrote the domain, and another project may have the same: prefer ids.");

    public static final Option<List<String>> FLAVOR = words(
            "flavor",
            "names or ids of flavors; * and ? as for project",
            "prod.*",
            "A domain without Nova metadata has no flavor, and is not met.");

    public static final Option<List<String>> DISPLAY_NAME = words(
            "name",
            "display names of instances; * and ? as for project",
            "ci-*",
            "Tenants choose these names: whoever knows the pattern can hide an instance from the bus, or make it an error.");

    public static final Option<String> ACTION = Option.of(
                    TEMPLATE,
                    "action",
                    OptionType.word("publish", "drop"),
                    "What becomes of a notification that every option above meets. Sections are tried in the order of the"
                            + " files, and the first one that meets it decides.")
            .byDefault("publish")
            .ifWrong(
                    "drop: nobody learns of it. It takes no sequence number, and the domain's state is tracked all the same.");

    public static final Option<String> SEVERITY = Option.of(
                    TEMPLATE,
                    "severity",
                    OptionType.word("info", "error"),
                    "The severity with which it is published; [notifications] error_priority goes by it.")
            .whenAbsent("as docs/notifications.md says", "error")
            .ifWrong("Alarms that go by severity come for nothing, or not at all.");

    public static final Option<String> TOPIC = Option.of(
                    TEMPLATE,
                    "topic",
                    OptionType.text(
                            "the name of one topic, without a comma", text -> !text.isEmpty() && !text.contains(",")),
                    "The only topic to which it goes, with the routing key TOPIC.PRIORITY. A topic that"
                            + " [oslo_messaging_notifications] topics leaves out gets nothing but what sections send there.")
            .whenAbsent("every topic of [oslo_messaging_notifications] topics", "alarms")
            .ifWrong(
                    "A topic without a queue and consumer keeps its notifications waiting. Where SIGHUP brings a topic that"
                            + " is new, the filters stay as they are until a restart.");

    public static final Option<Integer> BUDGET = Option.of(
                    TEMPLATE,
                    "budget",
                    OptionType.integer(0, 1_000_000),
                    "In place of [notifications] budget_other: most notifications of one name per domain that change no state;"
                            + " the surplus is counted. 0: no limit.")
            .whenAbsent("[notifications] budget_other", "2")
            .in("per 10 seconds")
            .ifWrong("As for budget_other.");

    private static final List<Option<?>> ALL =
            List.of(EVENT, DETAIL, CAUSE, KIND, STATE, PROJECT, FLAVOR, DISPLAY_NAME, ACTION, SEVERITY, TOPIC, BUDGET);

    private FilterOptions() {}

    static List<Option<?>> all() {
        return ALL;
    }

    /** The topics that sections send something to, each once, also those of {@link OsloNotificationOptions#TOPICS}. */
    public static List<String> topics(Configuration configuration) {
        return configuration.filters().stream()
                .filter(section -> configuration.get(ACTION.inSection(section)).equals("publish"))
                .flatMap(section -> configuration.find(TOPIC.inSection(section)).stream())
                .distinct()
                .toList();
    }

    /** Whether a section is meant to be a filter. */
    static boolean isFilter(String section) {
        return section.startsWith(PREFIX);
    }

    /** What a section is called after {@code filter:}. */
    public static String nameOf(String section) {
        return section.substring(PREFIX.length());
    }

    static boolean hasName(String section) {
        return NAME.matcher(nameOf(section)).matches();
    }

    private static Option<List<String>> words(String name, String what, String example, String consequence) {
        return Option.of(TEMPLATE, name, OptionType.list(what), "Any of these must be that of the notification.")
                .whenAbsent(ANY, example)
                .ifWrong(consequence);
    }
}
