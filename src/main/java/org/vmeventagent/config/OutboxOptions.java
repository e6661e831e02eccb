package org.vmeventagent.config;

import java.time.Duration;
import java.util.List;

/** {@code [outbox]}: where notifications wait for the broker, and how many. */
public final class OutboxOptions {
    static final String SECTION = "outbox";

    public static final Option<String> PATH = Option.of(
                    SECTION, "path", OptionType.absolutePath(), "The database file of the outbox and the inventory.")
            .byDefault("/var/lib/vm-event-agent/agent.db")
            .ifWrong("On a file system that a reboot empties, unsent notifications and all known identities are lost.");

    public static final Option<String> SYNCHRONOUS = Option.of(
                    SECTION,
                    "synchronous",
                    OptionType.word("full", "normal"),
                    "full: each commit is on disk before it counts. normal: the last ones may be lost at a power cut.")
            .byDefault("full")
            .ifWrong(
                    "normal: a power cut can lose the last notifications, which a resync finds again with less detail.");

    public static final Option<Long> MAX_BYTES = Option.of(
                    SECTION,
                    "max_bytes",
                    OptionType.bytes(1_048_576, 1_099_511_627_776L),
                    "The largest size of the database; beyond it the agent drops what matters least.")
            .byDefault("268435456")
            .in("bytes")
            .ifWrong("Too small: a long outage of the broker loses detail. Too large: the disk fills.");

    public static final Option<Duration> MAX_AGE = Option.of(
                    SECTION,
                    "max_age",
                    OptionType.seconds(60, 31_536_000),
                    "How long an unsent notification is kept. Only time in which the agent runs counts.")
            .byDefault("604800")
            .in("seconds")
            .ifWrong("Too short: an outage over a weekend loses detail.");

    public static final Option<Duration> UNROUTABLE_MAX_AGE = Option.of(
                    SECTION,
                    "unroutable_max_age",
                    OptionType.seconds(60, 31_536_000),
                    "How long notifications are kept for a routing key that has no queue, while the broker is there.")
            .byDefault("86400")
            .in("seconds")
            .ifWrong("Too short: what happened before the collector was set up is lost.");

    private OutboxOptions() {}

    static List<Option<?>> all() {
        return List.of(PATH, SYNCHRONOUS, MAX_BYTES, MAX_AGE, UNROUTABLE_MAX_AGE);
    }
}
