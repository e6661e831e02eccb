package org.vmeventagent;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.system.Systemd;

/**
 * Feeds systemd's watchdog as long as every part comes round, and shows there how the agent fares.
 *
 * <p>A part that has not come round for twice the watchdog's time counts as stuck: systemd then kills the process within
 * that time once more, and starts it again. All that is a wait by design is shorter than that.
 *
 * <p>Threads: one, named {@code pulse}; none where no systemd listens.
 */
final class Pulse implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Pulse.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final Systemd systemd;
    private final Map<String, Supplier<Duration>> sinceLastTurn;
    private final Supplier<String> status;
    private final CountDownLatch closed = new CountDownLatch(1);

    // The thread owns these.
    private final Set<String> stuck = new HashSet<>();
    private String told = "";

    /**
     * Does nothing before {@link #start}.
     *
     * @param sinceLastTurn of each part by its name, how long ago it last came round
     * @param status one line
     */
    Pulse(Systemd systemd, Map<String, Supplier<Duration>> sinceLastTurn, Supplier<String> status) {
        this.systemd = systemd;
        this.sinceLastTurn = Map.copyOf(sinceLastTurn);
        this.status = status;
    }

    void start() {
        if (systemd.listens()) {
            Thread thread = new Thread(this::run, "pulse");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void run() {
        Duration pause = systemd.watchdog()
                .map(time -> time.dividedBy(4))
                .filter(quarter -> quarter.compareTo(LONGEST_PAUSE) < 0)
                .orElse(LONGEST_PAUSE);
        try {
            do {
                beat();
            } while (!closed.await(pause.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void beat() {
        String now = status.get();
        if (!now.equals(told)) {
            told = now;
            systemd.status(now);
        }
        systemd.watchdog().ifPresent(time -> {
            sinceLastTurn.forEach((part, since) -> look(part, since.get(), time.multipliedBy(2)));
            if (stuck.isEmpty()) {
                systemd.alive();
            }
        });
    }

    private void look(String part, Duration since, Duration most) {
        if (since.compareTo(most) <= 0) {
            stuck.remove(part);
        } else if (stuck.add(part)) {
            log.error(
                    "The {} has not come round for {} ms: systemd's watchdog is not fed any more",
                    part,
                    since.toMillis());
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
