package org.vmeventagent.agent;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.system.Systemd;
import org.vmeventagent.system.Threads;

/**
 * Feeds systemd's watchdog as long as every part makes progress, and shows its status there. A start that makes
 * progress may take longer than the unit's TimeoutStartSec.
 *
 * <p>A part without progress for twice the watchdog's time counts as stuck: systemd then kills the process within that time
 * once more, and starts it again. What a part waits for by design counts as progress.
 *
 * <p>Threads: one, named {@code systemd}; none where no systemd listens.
 */
final class Watchdog implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Watchdog.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** A beat may be late by so many pauses before a start that goes on is cut off. */
    private static final int PAUSES_AHEAD = 6;

    /** What a part may take where no watchdog looks at it. */
    private static final Duration UNWATCHED = Duration.ofMinutes(2);

    private final Systemd systemd;
    private final Map<String, Supplier<Duration>> sinceLastProgress;
    private final Supplier<String> status;
    private final Duration pause;
    private final CountDownLatch closed = new CountDownLatch(1);

    // The thread owns these.
    private final Set<String> reported = new HashSet<>();
    private String reportedStatus = "";

    /**
     * Does nothing before {@link #start}.
     *
     * @param sinceLastProgress of each part by its name, for how long it has made no progress; parts may come later
     * @param status one line
     */
    Watchdog(Systemd systemd, Map<String, Supplier<Duration>> sinceLastProgress, Supplier<String> status) {
        this.systemd = systemd;
        this.sinceLastProgress = sinceLastProgress;
        this.status = status;
        this.pause = systemd.watchdog()
                .map(time -> time.dividedBy(4))
                .filter(quarter -> quarter.compareTo(LONGEST_PAUSE) < 0)
                .orElse(LONGEST_PAUSE);
    }

    void start() {
        if (systemd.listens()) {
            Threads.repeating("systemd", "Notifying systemd", this::notifySystemd)
                    .start();
        }
    }

    /** The watchdog first: it depends on nothing that the status needs. */
    private boolean notifySystemd() throws InterruptedException {
        if (closed.getCount() == 0) {
            return false; // also where the status fails each time
        }
        List<String> stuck = stuck();
        if (systemd.watchdog().isPresent()) {
            report(stuck);
            if (stuck.isEmpty()) {
                systemd.alive();
            }
        }
        if (!systemd.isStarted() && stuck.isEmpty()) {
            systemd.extendStart(pause.multipliedBy(PAUSES_AHEAD));
        }
        String now = status.get();
        if (!now.equals(reportedStatus)) {
            reportedStatus = now;
            systemd.status(now);
        }
        return !closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** The parts that make no progress for longer than twice the watchdog's time, or two minutes without one. Any thread. */
    List<String> stuck() {
        Duration most = systemd.watchdog().map(time -> time.multipliedBy(2)).orElse(UNWATCHED);
        return sinceLastProgress.entrySet().stream()
                .filter(part -> part.getValue().get().compareTo(most) > 0)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** Logs a part once, until it makes progress again. */
    private void report(List<String> now) {
        reported.retainAll(now);
        for (String part : now) {
            if (reported.add(part)) {
                log.error(
                        "The {} has made no progress for {} ms: systemd's watchdog is not fed any more",
                        part,
                        sinceLastProgress
                                .getOrDefault(part, () -> Duration.ZERO)
                                .get()
                                .toMillis());
            }
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
