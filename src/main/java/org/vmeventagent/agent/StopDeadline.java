package org.vmeventagent.agent;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.system.Threads;

/** The last resort of a stop that hangs. */
final class StopDeadline {
    private static final Logger log = LoggerFactory.getLogger(StopDeadline.class);

    private static final AtomicBoolean ARMED = new AtomicBoolean();

    private StopDeadline() {}

    /**
     * Ends the process after that time, should it still be there; what is committed is safe. The first call counts. Any
     * thread.
     */
    static void haltAfter(Duration time) {
        if (!ARMED.compareAndSet(false, true)) {
            return;
        }
        Threads.once("stop-deadline", () -> {
                    try {
                        TimeUnit.NANOSECONDS.sleep(time.toNanos());
                        log.error("Not stopped after {} s: ending all the same", time.toSeconds());
                        Runtime.getRuntime().halt(1);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                })
                .start();
    }
}
