package org.vmeventagent.recorder;

import java.time.Duration;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.NotificationOptions;

/**
 * How much one domain may say.
 *
 * @param other most notifications of one name in a window that change no state; 0 for any number
 * @param otherWindow from the first of them
 * @param state most state changes of a domain in a window; 0 for any number
 * @param stateWindow from the first of them
 * @param rebootWindow reboots this soon after the first are the same reset; zero for each is its own
 */
public record RateLimitConfig(int other, Duration otherWindow, int state, Duration stateWindow, Duration rebootWindow) {

    public static final RateLimitConfig DEFAULTS =
            new RateLimitConfig(10, Duration.ofSeconds(10), 60, Duration.ofSeconds(60), Duration.ofSeconds(1));

    /** Everything is published as it comes. */
    public static final RateLimitConfig NONE =
            new RateLimitConfig(0, DEFAULTS.otherWindow, 0, DEFAULTS.stateWindow, Duration.ZERO);

    /** What the configuration says. */
    public static RateLimitConfig from(Configuration configuration) {
        return new RateLimitConfig(
                configuration.get(NotificationOptions.BUDGET_OTHER),
                DEFAULTS.otherWindow,
                configuration.get(NotificationOptions.BUDGET_STATE),
                DEFAULTS.stateWindow,
                DEFAULTS.rebootWindow);
    }
}
