package org.vmeventagent.config;

import java.util.List;

/** {@code [DEFAULT]}: what the whole agent shares. */
public final class DefaultOptions {
    static final String SECTION = Option.Name.DEFAULT_SECTION;

    public static final Option<String> HOST = Option.of(
                    SECTION,
                    "host",
                    OptionType.text("a name without blanks", text -> text.matches("[^\\s\\p{Cntrl}]+")),
                    "The name of this compute host; publisher_id is vm-event-agent.HOST.")
            .whenAbsent("the host name of the system, as Nova takes it", "compute1")
            .ifWrong(
                    "Must equal [DEFAULT] host of Nova here, else a collector can't join our notifications with Nova's.");

    public static final Option<String> REGION = Option.of(
                    SECTION, "region", OptionType.text(), "The region's name, published in every notification.")
            .whenAbsent("no region is published", "RegionOne")
            .ifWrong("On a bus of several regions nobody knows which one a notification is from.");

    public static final Option<String> TRANSPORT_URL = Option.of(
                    SECTION,
                    "transport_url",
                    OptionType.text(),
                    "The RabbitMQ hosts, with user and password for each, and the virtual host.")
            .keptSecret()
            .whenAbsent(
                    "the drivers messaging and messagingv2 need one",
                    "rabbit://user:password@rabbit1:5672,user:password@rabbit2:5672/")
            .ifWrong(
                    "Nothing is published; notifications wait in the outbox. A host without user and password of its own"
                            + " is tried as guest. Without a port it is 5672, also with ssl.");

    public static final Option<String> CONTROL_SOCKET = Option.of(
                    SECTION,
                    "control_socket",
                    OptionType.absolutePath(),
                    "The Unix socket of the commands status, metrics and audit, made with mode 0660.")
            .byDefault("/run/vm-event-agent/control.sock")
            .ifWrong("The commands can't reach the agent; in a directory open to all, others could.");

    public static final Option<Boolean> DEBUG = Option.of(
                    SECTION, "debug", OptionType.bool(), "Also log one line for every event.")
            .byDefault("false")
            .ifWrong("true on a busy host fills the journal.");

    public static final Option<String> LOG_FORMAT = Option.of(
                    SECTION,
                    "log_format",
                    OptionType.word("text", "json"),
                    "The form of a log line: text for people, or one JSON object.")
            .byDefault("text")
            .ifWrong("The log collector can't parse the lines.");

    public static final Option<String> CONTROL_EXCHANGE = Option.of(
                    SECTION,
                    "control_exchange",
                    OptionType.text(),
                    "Accepted because other services' files have it. The agent's exchange is [notifications] exchange.")
            .whenAbsent("not used", "nova")
            .ifWrong("None.")
            .withoutEffect();

    private DefaultOptions() {}

    static List<Option<?>> all() {
        return List.of(HOST, REGION, TRANSPORT_URL, CONTROL_SOCKET, DEBUG, LOG_FORMAT, CONTROL_EXCHANGE);
    }
}
