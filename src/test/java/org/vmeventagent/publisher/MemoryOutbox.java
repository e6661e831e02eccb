package org.vmeventagent.publisher;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.store.Outbox;
import org.vmeventagent.store.OutboxRow;

/** An outbox without a disk. Thread-safe. */
public final class MemoryOutbox implements Outbox {
    private final List<OutboxRow> rows = new ArrayList<>();
    private final Map<String, Long> ackPositions = new HashMap<>();
    private final List<Long> dropped = new ArrayList<>();
    private final Map<String, Long> released = new HashMap<>();
    private long last;
    private Runnable committed = () -> {};
    private Runnable beforeRead = () -> {};

    /** Commits rows that were recorded when the agent began to run. */
    public void add(String priority, int count) {
        add(priority, count, 0, "");
    }

    /** Commits rows with a text as ballast. */
    public void add(String priority, int count, long observedAt, String ballast) {
        add(priority, null, count, observedAt, ballast);
    }

    /** Commits rows for one topic alone. */
    public void addFor(String topic, String priority, int count) {
        add(priority, topic, count, 0, "");
    }

    private synchronized void add(String priority, @Nullable String topic, int count, long observedAt, String ballast) {
        for (int i = 0; i < count; i++) {
            last++;
            String id = UUID.nameUUIDFromBytes(("row " + last).getBytes(StandardCharsets.UTF_8))
                    .toString();
            String body = "{\"message_id\": \"" + id + "\", \"publisher_id\": \"vm-event-agent.cmp-01\","
                    + " \"event_type\": \"libvirt.domain.started\", \"priority\": \"INFO\", \"payload\": {\"sequence\": "
                    + last + ", \"text\": \"a\\\"b\\\\c\\u00e9" + ballast
                    + "\"}, \"timestamp\": \"2026-11-22 20:14:42.481190\"}";
            rows.add(new OutboxRow(last, priority, topic, id, observedAt, body.getBytes(StandardCharsets.US_ASCII)));
        }
        notifyAll();
        committed.run();
    }

    /** Commits a row as it is. */
    public synchronized void add(OutboxRow row) {
        last = row.sequence();
        rows.add(row);
        notifyAll();
        committed.run();
    }

    /** Runs this before each read, which may throw. */
    public synchronized void beforeRead(Runnable what) {
        beforeRead = what;
    }

    @Override
    public synchronized List<OutboxRow> read(String priority, long after, int most) {
        beforeRead.run();
        return rows.stream()
                .filter(row -> row.priority().equals(priority) && row.sequence() > after)
                .limit(most)
                .toList();
    }

    @Override
    public synchronized boolean await(long after, Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        long left = timeout.toNanos();
        while (last <= after && left > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            left = end - System.nanoTime();
        }
        return last > after;
    }

    @Override
    public synchronized long latestSequence() {
        return last;
    }

    @Override
    public synchronized void onCommit(Runnable newCommitted) {
        committed = newCommitted;
    }

    @Override
    public synchronized long acknowledged(String routingKey) {
        return ackPositions.getOrDefault(routingKey, 0L);
    }

    @Override
    public synchronized void acknowledge(String routingKey, long upTo) {
        if (ackPositions.getOrDefault(routingKey, 0L) >= upTo) {
            throw new AssertionError("the ack position of " + routingKey + " falls to " + upTo);
        }
        ackPositions.put(routingKey, upTo);
    }

    @Override
    public synchronized void release(String priority, long upTo) {
        released.put(priority, upTo);
        rows.removeIf(row -> row.priority().equals(priority) && row.sequence() <= upTo);
    }

    @Override
    public synchronized void drop(List<OutboxRow> gone) {
        gone.forEach(row -> dropped.add(row.sequence()));
    }

    /** The numbers that were dropped for want of somebody who takes them. */
    public synchronized List<Long> dropped() {
        return List.copyOf(dropped);
    }

    /** The number of the newest row. */
    public synchronized long last() {
        return last;
    }

    /** How far rows of a priority are no longer needed. */
    public synchronized long released(String priority) {
        return released.getOrDefault(priority, 0L);
    }
}
