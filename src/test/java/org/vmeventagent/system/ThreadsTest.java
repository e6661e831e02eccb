package org.vmeventagent.system;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.rig.CapturedLog;

@Timeout(60)
class ThreadsTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @Test
    void aRoundThatThrowsIsFollowedByAnotherAndReportedOnce() throws Exception {
        AtomicInteger turns = new AtomicInteger();
        try (CapturedLog log = CapturedLog.open()) {
            Thread thread = Threads.repeating("part-1", "The part", () -> {
                if (turns.incrementAndGet() < 4) {
                    throw new OutOfMemoryError("unable to create native thread: possibly out of memory");
                }
                return turns.get() < 6;
            });
            thread.start();
            thread.join(SOON.toMillis());

            assertFalse(thread.isAlive());
            assertEquals(6, turns.get());
            assertEquals(
                    List.of("The part failed unexpectedly and is tried again: no further thread can be made; raise"
                            + " TasksMax= of the unit, or whatever else limits threads (ulimit -u)"),
                    log.at(Level.ERROR));
        }
    }

    @Test
    void anotherFaultIsReportedToo() throws Exception {
        AtomicInteger turns = new AtomicInteger();
        try (CapturedLog log = CapturedLog.open()) {
            Thread thread = Threads.repeating("part-1", "The part", () -> {
                switch (turns.incrementAndGet()) {
                    case 1 -> throw new IllegalStateException("one");
                    case 2 -> throw new NoClassDefFoundError("two");
                    default -> {
                        return false;
                    }
                }
            });
            thread.start();
            thread.join(SOON.toMillis());

            assertEquals(
                    List.of(
                            "The part failed unexpectedly and is tried again: java.lang.IllegalStateException: one",
                            "The part failed unexpectedly and is tried again: java.lang.NoClassDefFoundError: two"),
                    log.at(Level.ERROR));
        }
    }

    @Test
    void interruptEndsItAlsoBetweenTwoTurnsThatThrow() throws Exception {
        AtomicInteger turns = new AtomicInteger();
        Thread thread = Threads.repeating("part-1", "The part", () -> {
            turns.incrementAndGet();
            throw new IllegalStateException();
        });
        thread.start();
        await().atMost(SOON).until(() -> turns.get() >= 2);
        thread.interrupt();
        thread.join(SOON.toMillis());

        assertFalse(thread.isAlive());
    }

    @Test
    void faultThatNobodyHandlesEndsTheProcess() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Unhandled.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = said(process);

        assertTrue(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS), said);
        assertEquals(1, process.exitValue(), said);
        assertTrue(
                said.contains(" ERROR system: The thread worker ended unexpectedly, and with it the process:"
                        + " java.lang.StackOverflowError: deep"),
                said);
        assertFalse(said.contains("went on"), said);
    }

    private static String said(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** A program of which one thread ends by an error while the main one waits. */
    static final class Unhandled {
        private Unhandled() {}

        public static void main(String[] arguments) throws InterruptedException {
            Threads.endProcessOnUnhandledFault();
            Thread worker = Threads.once("worker", () -> {
                throw new StackOverflowError("deep");
            });
            worker.start();
            TimeUnit.SECONDS.timedJoin(Thread.currentThread(), SOON.toSeconds());
            System.out.println("went on");
        }
    }
}
