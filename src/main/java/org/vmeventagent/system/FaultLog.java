package org.vmeventagent.system;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports the unexpected faults of one part: one line each, and the same fault at most once a minute. Any thread. */
public final class FaultLog {
    private static final Logger log = LoggerFactory.getLogger(FaultLog.class);
    private static final Duration AGAIN = Duration.ofMinutes(1);

    private final String part;
    private String reported = "";
    private long reportedAt;

    /** @param part as an operator calls it: it begins the line */
    public FaultLog(String part) {
        this.part = part;
    }

    /** An ERROR that names what is tried again; where the same was reported within a minute, a DEBUG. */
    public synchronized void report(Throwable fault) {
        String text = text(fault);
        long now = System.nanoTime();
        if (text.equals(reported) && now - reportedAt < AGAIN.toNanos()) {
            log.debug("{} failed once more", part, fault);
            return;
        }
        reported = text;
        reportedAt = now;
        log.error("{} failed unexpectedly and is tried again: {}", part, text);
        log.debug("The stack of that fault", fault);
    }

    /** A fault in one line, with what helps where that is known. */
    static String text(Throwable fault) {
        boolean noThread = fault instanceof OutOfMemoryError
                && String.valueOf(fault.getMessage()).contains("thread");
        return noThread
                ? "no further thread can be made; raise TasksMax= of the unit, or whatever else limits threads (ulimit -u)"
                : fault.toString();
    }
}
