package org.vmeventagent.recorder;

import java.time.Duration;
import org.vmeventagent.config.NotificationOptions;
import org.vmeventagent.config.Options;

/**
 * How much one domain may say.
 *
 * @param other most notifications of one name in a window that change no state; 0 for any number
 * @param otherWindow from the first of them
 * @param state most state changes of a domain in a window; 0 for any number
 * @param stateWindow from the first of them
 * @param rebootWindow reboots this soon after the first are the same reset; zero for each is its own
 */
public record BudgetConfig(int other, Duration otherWindow, int state, Duration stateWindow, Duration rebootWindow) {

    public static final BudgetConfig DEFAULTS =
            new BudgetConfig(10, Duration.ofSeconds(10), 60, Duration.ofSeconds(60), Duration.ofSeconds(1));

    /** Everything is told as it is heard. */
    public static final BudgetConfig NONE =
            new BudgetConfig(0, DEFAULTS.otherWindow, 0, DEFAULTS.stateWindow, Duration.ZERO);

    /** What the configuration says. */
    public static BudgetConfig from(Options options) {
        return new BudgetConfig(
                options.get(NotificationOptions.BUDGET_OTHER),
                DEFAULTS.otherWindow,
                options.get(NotificationOptions.BUDGET_STATE),
                DEFAULTS.stateWindow,
                DEFAULTS.rebootWindow);
    }
}
