package org.vmeventagent.config;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** {@code [notifications]}: what is published, under which names, how fast. */
public final class NotificationOptions {
    static final String SECTION = "notifications";

    /** Event types are dotted words; those that begin like Nova's make Ceilometer bill and Designate delete. */
    private static final Pattern PREFIX = Pattern.compile("(?!compute(\\.|$))[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");

    public static final Option<String> EXCHANGE = Option.of(
                    SECTION,
                    "exchange",
                    OptionType.text(
                            "1 to 127 letters, digits, dots, colons, dashes and underscores",
                            text -> text.matches("[A-Za-z0-9_.:-]{1,127}")),
                    "The topic exchange that is published to.")
            .byDefault("vm-event-agent")
            .ifWrong(
                    "An exchange of another service is refused unless allow_foreign_exchange is true: declared with other"
                            + " flags it would break that service, and the right to write to nova's is the right to command every"
                            + " hypervisor.");

    public static final Option<Boolean> ALLOW_FOREIGN_EXCHANGE = Option.of(
                    SECTION,
                    "allow_foreign_exchange",
                    OptionType.bool(),
                    "Allows an exchange that belongs to another service, nova for example.")
            .byDefault("false")
            .ifWrong("See exchange.");

    public static final Option<String> DECLARE = Option.of(
                    SECTION,
                    "declare",
                    OptionType.word("bind", "full", "passive", "none"),
                    "bind: declare our exchange, bind the collector's queue to it. full: also create the queue, as"
                            + " oslo.messaging does. passive: only check that both exist. none: only publish.")
            .byDefault("bind")
            .ifWrong("full without a collector: a queue that only grows. none or passive without exchange and queue:"
                    + " notifications wait in the outbox.");

    public static final Option<String> EVENT_TYPE_PREFIX = Option.of(
                    SECTION,
                    "event_type_prefix",
                    OptionType.text(
                            "dotted words, the first of which is not compute",
                            text -> PREFIX.matcher(text).matches()),
                    "The beginning of every event_type: libvirt gives libvirt.domain.* and libvirt.agent.*.")
            .byDefault("libvirt")
            .ifWrong(
                    "Event definitions of the collector no longer match. With compute. Ceilometer would bill and Designate"
                            + " would delete DNS records; that is refused.");

    /** The grammar of names is the events' own. */
    public static final Option<String> EVENTS = Option.of(
                    SECTION,
                    "events",
                    OptionType.text(),
                    "The events to publish: default, all, a list of names, or +name,-name on top of the default.")
            .byDefault("default")
            .ifWrong("Events of a name left out are received and counted, but not published.");

    public static final Option<String> ERROR_PRIORITY = Option.of(
                    SECTION,
                    "error_priority",
                    OptionType.word("INFO", "ERROR"),
                    "The priority of notifications about errors. ERROR sends them to the queue of that name.")
            .byDefault("INFO")
            .ifWrong(
                    "With ERROR the notifications are in two queues: their order is lost, and perhaps nobody reads the second.");

    public static final Option<String> NON_NOVA_DOMAINS = Option.of(
                    SECTION,
                    "non_nova_domains",
                    OptionType.word("publish", "ignore"),
                    "What to do with domains that carry no Nova metadata.")
            .byDefault("publish")
            .ifWrong("ignore also hides a Nova domain whose metadata could not be read yet.");

    public static final Option<Boolean> INCLUDE_NAMES = Option.of(
                    SECTION, "include_names", OptionType.bool(), "Whether names that people chose are published.")
            .byDefault("true")
            .ifWrong("true where names are personal data: they reach every reader of the bus.");

    public static final Option<Boolean> INCLUDE_ADDRESSES = Option.of(
                    SECTION, "include_addresses", OptionType.bool(), "Whether fixed IP addresses are published.")
            .byDefault("true")
            .ifWrong("As for include_names.");

    public static final Option<Integer> BUDGET_OTHER = Option.of(
                    SECTION,
                    "budget_other",
                    OptionType.integer(0, 1_000_000),
                    "Most notifications of one name per domain that change no state; the surplus is counted. 0: no limit.")
            .byDefault("10")
            .in("per 10 seconds")
            .ifWrong("0 or large: a guest that resets in a loop floods the bus.");

    public static final Option<Integer> BUDGET_STATE = Option.of(
                    SECTION,
                    "budget_state",
                    OptionType.integer(0, 1_000_000),
                    "Most state changes published per domain; the surplus is folded into one. 0: no limit.")
            .byDefault("60")
            .in("per 60 seconds")
            .ifWrong("Small: short states are folded away. 0 or large: as for budget_other.");

    public static final Option<Duration> REMOVED_GRACE = Option.of(
                    SECTION,
                    "removed_grace",
                    OptionType.seconds(1, 3600),
                    "How long a domain may stay undefined before removed is published.")
            .byDefault("600")
            .in("seconds")
            .ifWrong("Too short: a Nova rebuild that has to fetch its image is published as a removal.");

    public static final Option<Duration> AUDIT_INTERVAL = Option.of(
                    SECTION,
                    "audit_interval",
                    OptionType.seconds(0, 2_592_000),
                    "How often exists is published for every domain; 0: never.")
            .byDefault("0")
            .in("seconds")
            .ifWrong("Too short on many hosts: load for nothing new.");

    public static final Option<Duration> HEARTBEAT_INTERVAL = Option.of(
                    SECTION,
                    "heartbeat_interval",
                    OptionType.seconds(0, 86_400),
                    "How often libvirt.agent.heartbeat is published; 0: never.")
            .byDefault("0")
            .in("seconds")
            .ifWrong("0: to a collector a quiet host and a dead one are the same.");

    public static final Option<Duration> RECONNECT_SPLAY = Option.of(
                    SECTION,
                    "reconnect_splay",
                    OptionType.seconds(0, 3600),
                    "The first connection to the broker waits a random time up to this; 0: none.")
            .byDefault("30")
            .in("seconds")
            .ifWrong("0 on thousands of hosts: all of them reconnect to a restarted broker at once.");

    public static final Option<Integer> DRAIN_RATE = Option.of(
                    SECTION,
                    "drain_rate",
                    OptionType.integer(0, 1_000_000),
                    "How fast notifications recorded before the present connection are sent; live ones are never slowed"
                            + " down. 0: no limit.")
            .byDefault("1000")
            .in("per second")
            .ifWrong("0 or large: a broker that just came back drowns in everybody's backlog.");

    private NotificationOptions() {}

    static List<Option<?>> all() {
        return List.of(
                EXCHANGE,
                ALLOW_FOREIGN_EXCHANGE,
                DECLARE,
                EVENT_TYPE_PREFIX,
                EVENTS,
                ERROR_PRIORITY,
                NON_NOVA_DOMAINS,
                INCLUDE_NAMES,
                INCLUDE_ADDRESSES,
                BUDGET_OTHER,
                BUDGET_STATE,
                REMOVED_GRACE,
                AUDIT_INTERVAL,
                HEARTBEAT_INTERVAL,
                RECONNECT_SPLAY,
                DRAIN_RATE);
    }
}
