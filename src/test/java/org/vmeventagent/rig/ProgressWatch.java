package org.vmeventagent.rig;

import java.time.Duration;
import java.util.function.Supplier;
import org.awaitility.Awaitility;

/** Whether a part comes round, as systemd's watchdog asks. */
public final class ProgressWatch {
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final Duration LOOK = Duration.ofMillis(20);

    private ProgressWatch() {}

    /** Waits until it came round twice more: the time since its last turn has become shorter. */
    public static void awaitTwo(Supplier<Duration> sinceLastTurn) {
        for (int i = 0; i < 2; i++) {
            Duration[] before = {sinceLastTurn.get()};
            Awaitility.await().atMost(TIMEOUT).pollInterval(LOOK).until(() -> {
                Duration now = sinceLastTurn.get();
                boolean turned = now.compareTo(before[0]) < 0;
                before[0] = now;
                return turned;
            });
        }
    }
}
