package org.vmeventagent.config;

import java.time.Duration;
import java.util.List;

/** {@code [libvirt]}: which daemons are listened to, and how patiently. */
public final class LibvirtOptions {
    static final String SECTION = "libvirt";

    /** Each has threads of its own; the unit's TasksMax is made for so many. */
    public static final int MAX_CONNECTIONS = 32;

    public static final Option<List<String>> CONNECTION_URI = Option.of(
                    SECTION,
                    "connection_uri",
                    OptionType.repeated(OptionType.text(ConnectionUri.ALLOWED, ConnectionUri::isValid)),
                    "The libvirt daemons to listen to, all at once; at most " + MAX_CONNECTIONS + ".")
            .byDefault("qemu:///system")
            .ifWrong(
                    "The domains of a daemon that is not named here are not seen. Two that lead to the same connection, with"
                            + " another user for example, are refused.");

    /** The grammar of names is the events' own. */
    public static final Option<String> EVENTS = Option.of(
                    SECTION,
                    "events",
                    OptionType.text(),
                    "The events to register at libvirt: default, all, a list of names, or +name,-name on top of the default.")
            .byDefault("default")
            .ifWrong("The agent never receives an event that is not registered, whatever [notifications] events says.");

    public static final Option<Duration> KEEPALIVE_INTERVAL = Option.of(
                    SECTION,
                    "keepalive_interval",
                    OptionType.seconds(1, 3600),
                    "How often the connection is probed; a hung daemon is noticed after interval x (count + 1).")
            .byDefault("5")
            .in("seconds")
            .ifWrong(
                    "Too long: the agent notices a hung daemon late. Too short: it drops the connection to a loaded one.");

    public static final Option<Integer> KEEPALIVE_COUNT = Option.of(
                    SECTION,
                    "keepalive_count",
                    OptionType.integer(1, 100),
                    "How many probes may stay unanswered before the connection counts as lost.")
            .byDefault("3")
            .ifWrong("As for keepalive_interval.");

    public static final Option<Duration> OPEN_TIMEOUT = Option.of(
                    SECTION, "open_timeout", OptionType.seconds(1, 600), "How long opening a connection may take.")
            .byDefault("10")
            .in("seconds")
            .ifWrong("Too short: an attempt fails while the daemon starts, and is repeated.");

    public static final Option<Duration> LOOKUP_TIMEOUT = Option.of(
                    SECTION,
                    "lookup_timeout_ms",
                    OptionType.milliseconds(1, 10_000),
                    "How long an event waits for the look-up of its domain's metadata; ten times as long, but no more than two"
                            + " seconds, for the first one of a domain.")
            .byDefault("50")
            .in("milliseconds")
            .ifWrong("Too short: notifications carry the cached identity, or none. Too long: the events of a"
                    + " domain that libvirt has locked come late.");

    public static final Option<Duration> RESYNC_INTERVAL = Option.of(
                    SECTION,
                    "resync_interval",
                    OptionType.seconds(0, 604_800),
                    "How often all domains are compared with what is known; 0: only at start, reconnect and overflow.")
            .byDefault("600")
            .in("seconds")
            .ifWrong("Too long or 0: the agent finds a transition late that libvirt did not report.");

    public static final Option<Duration> POLL_INTERVAL = Option.of(
                    SECTION,
                    "poll_interval",
                    OptionType.seconds(1, 86_400),
                    "How often the domains of a driver without events (ESX, VMware, VirtualBox) are listed.")
            .byDefault("5")
            .in("seconds")
            .ifWrong("Too long: what begins and ends between two polls is never seen.");

    public static final Option<Integer> QUEUE_SIZE = Option.of(
                    SECTION,
                    "queue_size",
                    OptionType.integer(16, 1_048_576),
                    "How many events may wait to be recorded; beyond it they are dropped and the domains compared.")
            .byDefault("16384")
            .in("events")
            .ifWrong("Too small: a storm of events becomes a resync with less detail. Too large: memory.");

    private LibvirtOptions() {}

    static List<Option<?>> all() {
        return List.of(
                CONNECTION_URI,
                EVENTS,
                KEEPALIVE_INTERVAL,
                KEEPALIVE_COUNT,
                OPEN_TIMEOUT,
                LOOKUP_TIMEOUT,
                RESYNC_INTERVAL,
                POLL_INTERVAL,
                QUEUE_SIZE);
    }
}
