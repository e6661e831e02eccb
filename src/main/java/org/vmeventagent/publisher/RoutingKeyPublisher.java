package org.vmeventagent.publisher;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.store.Outbox;
import org.vmeventagent.store.OutboxRow;

/**
 * One routing key: its place in the outbox, its route, and what is wrong with it. Independent of the other keys, and kept
 * over connections. Belongs to the publisher's thread.
 */
final class RoutingKeyPublisher {
    private static final Logger log = LoggerFactory.getLogger(RoutingKeyPublisher.class);

    /** Rows read at once, fewer where they are large: bounds the memory to this times the largest body. */
    private static final int BATCH = 64;

    private static final long FIRST_PAUSE_MS = 100;

    private final String priority;
    private final String key;
    private final OsloEnvelope envelope;
    private final long probeNanos;
    private final UnroutableTimeout unroutableTimeout;
    private final PublishCounters counters;
    private final ConfirmWindow window;

    private @Nullable BrokerChannel channel;
    /** After a refusal: a channel may go on refusing when its queue, a quorum queue with a new leader, no longer does. */
    private boolean reopenNeeded;

    private @Nullable BrokerProblem reportedProblem;
    private @Nullable BrokerProblem lastReturn;
    private int failedAttempts;
    private long due;
    private long failedAt;
    private boolean drained;
    private long acknowledged;
    private long newestSent;
    private long counted;
    private long reportedAt;
    private int failedMessages;
    /** Bytes of the last body: how many rows to read at once goes by it. */
    private int largeAs = 1024;

    RoutingKeyPublisher(
            String topic, String priority, PublisherConfig config, Outbox outbox, PublishCounters counters) {
        this.priority = priority;
        this.key = topic + '.' + priority;
        this.envelope = config.envelope();
        this.probeNanos = config.probeInterval().toNanos();
        this.unroutableTimeout = new UnroutableTimeout(key, config.unroutableMaxAge(), config.probeInterval());
        this.counters = counters;
        this.acknowledged = outbox.acknowledged(key);
        this.window = new ConfirmWindow(config.window(), acknowledged);
    }

    String priority() {
        return priority;
    }

    long ackPosition() {
        return window.ackPosition();
    }

    boolean uses(BrokerChannel other) {
        return channel == other;
    }

    int outstanding() {
        return window.outstanding();
    }

    long outstandingBytes() {
        return window.outstandingBytes();
    }

    /** Whether every row is sent and confirmed, as of the last {@link #send}. */
    boolean isDrained() {
        return drained && channel != null && window.outstanding() == 0 && window.room() > 0;
    }

    /** Whether it can't go on before something changes outside. */
    boolean isWaiting() {
        return reportedProblem != null && channel == null;
    }

    /** Nanoseconds until it wants to try again; 0 if it is not held up. */
    long pause(long now) {
        return Math.max(0, due - now);
    }

    /** A new connection: all that is not confirmed is sent again. */
    void connectionOpened(long now) {
        channel = null;
        reopenNeeded = false;
        window.forget();
        drained = false;
        failedAttempts = 0;
        due = now;
        unroutableTimeout.restart(now);
    }

    /** Opens the route if it is time. */
    void open(BrokerConnection connection, long now) {
        if ((channel != null && !reopenNeeded) || pause(now) > 0) {
            return;
        }
        if (channel != null) {
            channel.close();
            channel = null;
        }
        reopenNeeded = false;
        try {
            channel = connection.openChannel(key);
            drained = false;
            if (failedAttempts == 0) {
                recovered(now);
            }
        } catch (BrokerException e) {
            retryAfter(now, probeNanos);
            if (connection.isOpen()) {
                report(e.problem());
            }
        }
    }

    /**
     * Sends what may be sent now.
     *
     * @param backlogEnd rows up to this number are backlog
     * @param budget how many bytes may go now, asked before each row; none or less: no row
     * @return whether anything went, or was passed
     */
    boolean send(Outbox outbox, TokenBucket drainRate, long backlogEnd, long now, LongSupplier budget)
            throws BrokerException {
        int room = Math.min(BATCH, window.room());
        long bytes = budget.getAsLong();
        if (channel == null || room == 0 || bytes <= 0 || pause(now) > 0) {
            return false;
        }
        int fitting = (int) Math.min(room, 1 + bytes / largeAs);
        List<OutboxRow> rows =
                outbox.read(priority, window.cursor(), Math.min(fitting, Math.max(1, drainRate.available())));
        drained = rows.isEmpty();
        boolean moved = false;
        for (OutboxRow row : rows) {
            if (budget.getAsLong() <= 0) {
                return moved;
            }
            if (!window.confirmedBefore(row.sequence())) {
                if (row.sequence() <= backlogEnd && !drainRate.take()) {
                    return moved;
                }
                publish(row, channel);
            }
            moved = true;
        }
        return moved;
    }

    private void publish(OutboxRow row, BrokerChannel channel) throws BrokerException {
        String id = OsloEnvelope.newUniqueId();
        byte[] body;
        try {
            body = envelope.wrap(row, id);
        } catch (IllegalArgumentException e) {
            log.error("{} can't be sent and is left out: {}", row, e.getMessage());
            window.skip(row.sequence());
            return;
        }
        long tag = channel.publish(body);
        window.sent(row.sequence(), tag, id, body.length);
        largeAs = body.length;
        counters.sent(key, row.sequence() <= newestSent);
        newestSent = Math.max(newestSent, row.sequence());
    }

    void returned(String uniqueId, BrokerProblem problem) {
        window.returned(uniqueId);
        lastReturn = problem;
        counters.returned(key);
    }

    void confirm(long tag, boolean multiple, boolean taken, long now) {
        long before = window.ackPosition();
        int failures = window.confirm(tag, multiple, taken);
        if (window.ackPosition() > before) {
            failedAttempts = 0;
        }
        if (failures > 0) {
            failedAt = now;
            failedMessages += failures;
            if (!taken) {
                counters.nacked(key, failures);
            }
        }
        if (window.stalled()) {
            rewind();
            retry(now);
        }
    }

    private void retry(long now) {
        BrokerProblem problem = lastReturn;
        lastReturn = null;
        if (problem != null) {
            channelClosed(problem, now);
            return;
        }
        failedAttempts++;
        reopenNeeded = true;
        report(new BrokerProblem(
                BrokerProblem.Kind.NACKED,
                "the broker nacks messages of " + key
                        + "; see whether its queue is at its max-length, or a quorum queue without a leader:"
                        + " rabbitmqctl list_queues name messages state policy"));
        retryAfter(
                now,
                Math.min(
                        probeNanos,
                        Duration.ofMillis(FIRST_PAUSE_MS << Math.min(failedAttempts, 10))
                                .toNanos()));
    }

    /** The route ended or leads nowhere: once it is opened again at once, then at each probe. */
    void channelClosed(BrokerProblem problem, long now) {
        if (channel != null) {
            channel.close();
        }
        channel = null;
        rewind();
        failedAttempts++;
        failedAt = now;
        if (failedAttempts > 1) {
            report(problem);
            retryAfter(now, probeNanos);
        } else {
            log.debug("{} is opened again: {}", key, problem.text());
            retryAfter(now, 0);
        }
    }

    /** Hands a risen mark to the store, and notices that an old trouble is over. */
    void acknowledge(Outbox outbox, long now) {
        if (window.ackPosition() > acknowledged) {
            counters.confirmed(key, (int) (window.confirmed() - counted));
            counted = window.confirmed();
            acknowledged = window.ackPosition();
            outbox.acknowledge(key, acknowledged);
        }
        if (reportedProblem != null && channel != null && failedAttempts == 0 && now - failedAt >= probeNanos) {
            recovered(now);
        }
    }

    /**
     * While the key has no queue: passes some of the rows that waited for one for too long.
     *
     * @param ran as {@link OutboxRow#recordedAt}
     * @return whether there were some; there may be more then
     */
    boolean dropUnroutable(Outbox outbox, long now, long ran) {
        if (!isWaiting()
                || reportedProblem == null
                || reportedProblem.kind() != BrokerProblem.Kind.UNROUTABLE
                || !unroutableTimeout.isDue(now)) {
            return false;
        }
        List<OutboxRow> givenUp = new ArrayList<>();
        for (OutboxRow row : outbox.read(priority, window.cursor(), BATCH)) {
            if (!unroutableTimeout.isOver(row, ran)) {
                break;
            }
            if (!window.confirmedBefore(row.sequence())) {
                window.skip(row.sequence());
                givenUp.add(row);
                counted++; // passed, not confirmed
            }
        }
        unroutableTimeout.dropped(givenUp.size(), now);
        if (givenUp.isEmpty()) {
            return false;
        }
        outbox.drop(givenUp);
        counters.dropped(key, givenUp.size());
        return true;
    }

    private void rewind() {
        window.rewind();
        drained = false;
    }

    private void retryAfter(long now, long nanos) {
        failedAt = now;
        due = now + nanos;
    }

    private void report(BrokerProblem problem) {
        if (problem.equals(reportedProblem)) {
            return;
        }
        if (reportedProblem == null || reportedProblem.kind() != BrokerProblem.Kind.UNROUTABLE) {
            unroutableTimeout.restart(System.nanoTime());
        }
        if (reportedProblem == null) {
            reportedAt = System.nanoTime();
        }
        reportedProblem = problem;
        counters.waiting(key, true);
        if (problem.kind() == BrokerProblem.Kind.MISCONFIGURED) {
            log.error("{} waits: {}", key, problem.text());
        } else {
            log.warn("{} waits: {}", key, problem.text());
        }
    }

    private void recovered(long now) {
        if (reportedProblem != null) {
            reportedProblem = null;
            unroutableTimeout.log();
            counters.waiting(key, false);
            log.info(
                    "{} goes on after {} s: {} came back or were refused, {} confirmed so far",
                    key,
                    Duration.ofNanos(now - reportedAt).toSeconds(),
                    failedMessages,
                    window.confirmed());
        }
        failedMessages = 0;
    }
}
