package org.vmeventagent.publisher.rabbitmq;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.vmeventagent.metrics.AgentMetrics;

/** What many agents count together. Thread-safe. */
final class FleetMetrics implements AgentMetrics {
    private final Queue<Long> confirms = new ConcurrentLinkedQueue<>();
    private final LongAdder lost = new LongAdder();
    private final LongAdder again = new LongAdder();
    private final LongAdder nacked = new LongAdder();
    private final LongAccumulator longest = new LongAccumulator(Math::max, 0);

    /** What happened since the last question but one. */
    record Counts(
            long lostConnections, long sentAgain, long nacked, double longestWithoutConfirm, double longestConfirm) {}

    /**
     * Since the last question: connections lost, messages sent again and refused, the longest time in seconds in which the
     * broker confirmed nothing to any of them, and the longest that a message waited for its confirm.
     */
    Counts take() {
        long[] times = LongStream.concat(confirms.stream().mapToLong(Long::longValue), LongStream.of(System.nanoTime()))
                .sorted()
                .toArray();
        confirms.clear();
        long most = 0;
        for (int i = 1; i < times.length; i++) {
            most = Math.max(most, times[i] - times[i - 1]);
        }
        return new Counts(
                lost.sumThenReset(),
                again.sumThenReset(),
                nacked.sumThenReset(),
                most / 1e9,
                longest.getThenReset() / 1e9);
    }

    @Override
    public void brokerDown(String kind) {
        lost.increment();
    }

    @Override
    public void published(String routingKey, boolean sentBefore) {
        if (sentBefore) {
            again.increment();
        }
    }

    @Override
    public void confirmed(String routingKey, int rows) {
        confirms.add(System.nanoTime());
    }

    @Override
    public void delivered(long sentNanos, long observedMillis) {
        longest.accumulate(sentNanos);
    }

    @Override
    public void nacked(String routingKey, int messages) {
        nacked.add(messages);
    }
}
