package org.vmeventagent.config;

import java.time.Duration;
import java.util.List;

/** {@code [history]}: how much of what was published stays on this host, for the commands history and why. */
public final class HistoryOptions {
    static final String SECTION = "history";

    public static final Option<Long> MAX_BYTES = Option.of(
                    SECTION,
                    "max_bytes",
                    OptionType.bytes(0, 1_099_511_627_776L),
                    "How much is kept of notifications that the broker has confirmed; 0 keeps none. What waits for the broker"
                            + " comes first: this is the part of [outbox] max_bytes that it leaves.")
            .byDefault("16777216")
            .in("bytes")
            .ifWrong("Too small: history and why know a short time only. A notification takes 1 to 2 KiB.");

    public static final Option<Duration> MAX_AGE = Option.of(
                    SECTION,
                    "max_age",
                    OptionType.seconds(0, 315_360_000),
                    "How long it is kept; 0 keeps none. Only time in which the agent runs counts.")
            .byDefault("2592000")
            .in("seconds")
            .ifWrong("Too long: tenants' names and addresses stay on this host after their instances are gone.");

    private HistoryOptions() {}

    static List<Option<?>> all() {
        return List.of(MAX_BYTES, MAX_AGE);
    }
}
