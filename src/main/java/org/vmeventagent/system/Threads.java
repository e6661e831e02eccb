package org.vmeventagent.system;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes every thread of the program, so that none ends unnoticed. A thread that repeats a turn outlives whatever a turn
 * throws, errors like "unable to create native thread" included. Whatever leaves any other thread, a library's too, is
 * reported and ends the process with exit code 1: systemd starts it again, and what is missing is found by comparison.
 *
 * <p>All are daemon threads: only the main thread keeps the process alive.
 */
public final class Threads {
    /** The longest pause between a turn that threw and the next. */
    public static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final int FAILED = 1;

    /** What a thread does again and again. */
    @FunctionalInterface
    public interface Turn {
        /**
         * Does it once.
         *
         * @return whether another turn follows
         * @throws InterruptedException to end the thread
         */
        boolean run() throws InterruptedException;
    }

    private Threads() {}

    /** Makes a fault that no thread handles end the process with exit code 1. For the first lines of the program. */
    public static void endProcessOnUnhandledFault() {
        Thread.setDefaultUncaughtExceptionHandler((thread, fault) -> {
            try {
                Logger log = LoggerFactory.getLogger(Threads.class); // only now: no command waits for it
                log.error(
                        "The thread {} ended unexpectedly, and with it the process: {}",
                        thread.getName(),
                        FaultLog.text(fault));
                log.debug("The stack of that fault", fault);
            } finally {
                Runtime.getRuntime().halt(FAILED);
            }
        });
    }

    /** A thread that is not started yet and runs once. */
    public static Thread once(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * A thread that is not started yet and repeats a turn until that returns that it was the last, or the thread is interrupted.
     * After a turn that threw the next begins 0.1 s later, and up to 10 s later if that throws, too.
     *
     * @param part as an operator calls it, for the log
     */
    public static Thread repeating(String name, String part, Turn turn) {
        FaultLog faults = new FaultLog(part);
        return once(name, () -> {
            try {
                repeat(turn, faults);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static void repeat(Turn turn, FaultLog faults) throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        boolean more = true;
        while (more) {
            try {
                more = turn.run();
                pause = FIRST_PAUSE;
            } catch (InterruptedException e) {
                throw e;
            } catch (Throwable e) { // nothing may end this thread but its owner
                faults.report(e);
                TimeUnit.NANOSECONDS.sleep(pause.toNanos());
                Duration doubled = pause.multipliedBy(2);
                pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
            }
        }
    }

    /** Names the threads of a pool by a number behind the prefix. */
    public static ThreadFactory factory(String prefix) {
        AtomicInteger number = new AtomicInteger();
        return task -> once(prefix + number.incrementAndGet(), task);
    }
}
