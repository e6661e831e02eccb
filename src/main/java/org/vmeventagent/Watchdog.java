package org.vmeventagent;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last resort of a stop that hangs. */
final class Watchdog {
    private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

    private Watchdog() {}

    /** Ends the process at that time, should it still be there; what is committed is safe. */
    static void haltAfter(Duration time) {
        Thread thread = new Thread(
                () -> {
                    try {
                        TimeUnit.NANOSECONDS.sleep(time.toNanos());
                        log.error("Not stopped after {} s: ending all the same", time.toSeconds());
                        Runtime.getRuntime().halt(1);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "stop-deadline");
        thread.setDaemon(true);
        thread.start();
    }
}
