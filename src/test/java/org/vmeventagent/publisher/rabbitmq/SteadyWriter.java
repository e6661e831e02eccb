package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.vmeventagent.publisher.MemoryOutbox;

/** Commits rows at a steady rate, from a thread of its own, until it is closed. */
final class SteadyWriter implements AutoCloseable {
    private static final int EACH_MS = 10;

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> beat;
    private volatile boolean paused;

    SteadyWriter(MemoryOutbox outbox, String priority, int perSecond) {
        this(rows -> outbox.add(priority, rows), perSecond);
    }

    /** One that is given how many rows to commit each time. */
    SteadyWriter(IntConsumer commit, int perSecond) {
        int each = perSecond * EACH_MS / 1000;
        beat = clock.scheduleAtFixedRate(() -> beat(commit, each), 0, EACH_MS, TimeUnit.MILLISECONDS);
    }

    /** Commits nothing until {@link #resume}. */
    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
    }

    private void beat(IntConsumer commit, int each) {
        if (!paused) {
            commit.accept(each);
        }
    }

    @Override
    public void close() {
        assertFalse(beat.isDone(), "the feed failed");
        clock.shutdownNow();
        try {
            if (!clock.awaitTermination(5, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the feed doesn't end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
