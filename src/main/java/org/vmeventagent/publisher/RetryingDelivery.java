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
 * Publishes the rows of one routing key: its place in the outbox, its channel, and what is wrong with it. Independent of the
 * other keys, and kept over connections. Belongs to the publisher's thread, but for {@link #key} and {@link #problem}.
 *
 * <p>What happens to a message:
 * <ul>
 *   <li>confirmed ({@code basic.ack}): the ack position rises, see {@link UnconfirmedRows};
 *   <li>nacked: once everything sent is settled, all from the oldest that failed is sent again, on another channel, after
 *       0.1 s, doubled with each time up to the probe interval ({@link State#BACKING_OFF});
 *   <li>returned as unroutable, or the channel is closed: at once on another channel; when that fails too, at each probe
 *       ({@link State#WAITING}). What waits for a queue for too long is dropped ({@link #dropUnroutable}).
 * </ul>
 */
final class RetryingDelivery {
    private static final Logger log = LoggerFactory.getLogger(RetryingDelivery.class);

    /** Rows read at once, fewer where they are large: bounds the memory to this times the largest body. */
    private static final int BATCH = 64;

    private static final long FIRST_PAUSE_MS = 100;

    /** Where it is. In BACKING_OFF, PROBING and WAITING the log said why: {@link #problem} is set in these alone. */
    enum State {
        /** Has no channel, and opens one when it is time: {@link #opened}, {@link #openFailed}. */
        CLOSED,
        /** Has a channel and sends: {@link #nacked}, {@link #channelClosed}. */
        SENDING,
        /** Was nacked. Its channel is replaced after a pause, as it may nack on when its queue no longer does. */
        BACKING_OFF,
        /** Has no channel, and tries to open one at each probe. */
        WAITING,
        /** Sends again, and is {@link #recovered} when rows were confirmed and none failed for a probe interval. */
        PROBING;

        boolean sends() {
            return this == SENDING || this == PROBING;
        }
    }

    private final String topic;
    private final String priority;
    private final String key;
    /** Whether it gets also what is for no topic alone. */
    private final boolean getsAll;

    private final OsloEnvelope envelope;
    private final long probeNanos;
    private final UnroutableTimeout unroutableTimeout;
    private final Publisher.Counters counters;
    private final UnconfirmedRows unconfirmed;

    private State state = State.CLOSED;
    /** Set in SENDING, PROBING and BACKING_OFF. */
    private BrokerClient.@Nullable Channel channel;
    /** What the log last said is wrong; null while nothing is. */
    private volatile @Nullable BrokerProblem problem;
    /** Of a message that was returned and is not settled yet. */
    private @Nullable BrokerProblem returnedFor;
    /** In a row, since rows were confirmed last. */
    private int failedAttempts;
    /** Whether the network failed the last opening of a channel on this connection. */
    private boolean networkFailed;
    /** When to open a channel; nanoseconds, as all times here. */
    private long due;

    private long failedAt;
    private boolean drained;
    /** How many rows in a row were for other topics, about: as many are read ahead again, also where nothing can be sent. */
    private int passed = 1;

    private long acknowledged;
    private long newestSent;
    private long counted;
    private long problemSince;
    private int failedMessages;
    /** Bytes of the last body: how many rows to read at once goes by it. */
    private int largeAs = 1024;

    RetryingDelivery(
            String topic, String priority, PublisherConfig config, Outbox outbox, Publisher.Counters counters) {
        this.topic = topic;
        this.priority = priority;
        this.key = topic + '.' + priority;
        this.getsAll = config.topics().contains(topic);
        this.envelope = config.envelope();
        this.probeNanos = config.probeInterval().toNanos();
        this.unroutableTimeout = new UnroutableTimeout(key, config.unroutableMaxAge(), config.probeInterval());
        this.counters = counters;
        this.acknowledged = outbox.acknowledged(key);
        this.unconfirmed = new UnconfirmedRows(config.window(), acknowledged);
    }

    String priority() {
        return priority;
    }

    /** The routing key. Any thread. */
    String key() {
        return key;
    }

    long ackPosition() {
        return unconfirmed.ackPosition();
    }

    boolean uses(BrokerClient.Channel other) {
        return channel == other;
    }

    int outstanding() {
        return unconfirmed.outstanding();
    }

    long outstandingBytes() {
        return unconfirmed.outstandingBytes();
    }

    /** Whether every row is sent and confirmed, as of the last {@link #send}. */
    boolean isDrained() {
        return drained && unconfirmed.outstanding() == 0 && unconfirmed.room() > 0;
    }

    State state() {
        return state;
    }

    /** What the log last said is wrong with this key; null while nothing is. Any thread. */
    @Nullable BrokerProblem problem() {
        return problem;
    }

    /** Whether it can't go on before something changes outside. */
    boolean isWaiting() {
        return state == State.WAITING;
    }

    /** Nanoseconds until it tries again; 0 if it is not held up. */
    long pause(long now) {
        return Math.max(0, due - now);
    }

    /** A new connection: all that is not confirmed is sent again. */
    void connectionOpened(long now) {
        channel = null;
        state = problem == null ? State.CLOSED : State.WAITING;
        unconfirmed.forget();
        drained = false;
        failedAttempts = 0;
        networkFailed = false;
        due = now;
        unroutableTimeout.restart(now);
    }

    /** Opens a channel where one is needed and it is time. */
    void open(BrokerClient.Connection connection, long now) {
        if (state.sends() || pause(now) > 0) {
            return;
        }
        closeChannel();
        try {
            opened(connection.openChannel(key), now);
        } catch (BrokerException e) {
            openFailed(e.problem(), connection.isOpen(), now);
        }
    }

    private void opened(BrokerClient.Channel open, long now) {
        channel = open;
        networkFailed = false;
        drained = false;
        state = problem == null ? State.SENDING : State.PROBING;
        if (failedAttempts == 0) {
            recovered(now);
        }
    }

    /**
     * Where the connection ended it isn't this key that has a problem, unless the broker ended it for what the key declares.
     * That it ended may show here before the connection knows it: the first failure of the network to open a channel is no
     * problem of the key either, whatever closed the channel before.
     *
     * @param connected as far as the connection knows
     */
    private void openFailed(BrokerProblem why, boolean connected, long now) {
        passed = 1;
        retryAfter(now, probeNanos);
        boolean network = why.kind() == BrokerProblem.Kind.UNREACHABLE;
        if (why.kind() == BrokerProblem.Kind.MISCONFIGURED || (connected && (!network || networkFailed))) {
            report(why, now);
        }
        networkFailed = network;
        state = problem == null ? State.CLOSED : State.WAITING;
    }

    /**
     * Sends what may be sent now, and passes what is for other topics. It passes also while it can't send: nobody waits here
     * for rows of others, which would stay in the outbox.
     *
     * @param backlogEnd rows up to this number are backlog
     * @param budget how many bytes may go now, asked before each row; none or less: no row
     * @return whether anything went, or was passed
     */
    boolean send(Outbox outbox, TokenBucket drainRate, long backlogEnd, long now, LongSupplier budget)
            throws BrokerException {
        int room = Math.min(BATCH, unconfirmed.room());
        long bytes = budget.getAsLong();
        BrokerClient.Channel open = state.sends() ? channel : null;
        if ((open == null && passed == 0) || room == 0 || bytes <= 0) {
            return false;
        }
        int wanted = Math.max(Math.min(room, Math.max(1, drainRate.available())), Math.min(BATCH, 2 * passed));
        int most = (int) Math.min(wanted, 1 + bytes / largeAs);
        List<OutboxRow> rows = outbox.read(priority, unconfirmed.cursor(), most);
        drained = rows.isEmpty();
        boolean moved = false;
        for (OutboxRow row : rows) {
            if (budget.getAsLong() <= 0) {
                return moved;
            }
            passed = gets(row) ? 0 : Math.min(BATCH, passed + 1);
            if (passed > 0) {
                unconfirmed.pass(row.sequence());
            } else if (open == null || unconfirmed.room() == 0) {
                return moved;
            } else if (!unconfirmed.confirmedBefore(row.sequence())) {
                if (row.sequence() <= backlogEnd && !drainRate.take()) {
                    return moved;
                }
                publish(row, open);
            }
            moved = true;
        }
        return moved;
    }

    private boolean gets(OutboxRow row) {
        return row.topic() == null ? getsAll : row.topic().equals(topic);
    }

    private void publish(OutboxRow row, BrokerClient.Channel open) throws BrokerException {
        String id = OsloEnvelope.newUniqueId();
        byte[] body;
        try {
            body = envelope.wrap(row, id);
        } catch (IllegalArgumentException e) {
            log.error(
                    "Skipped a row of the outbox that can't be sent, {}: {}; see what else writes to the database",
                    row,
                    e.getMessage());
            unconfirmed.pass(row.sequence());
            return;
        }
        long tag = open.publish(body);
        unconfirmed.sent(row, tag, id, body.length, System.nanoTime());
        largeAs = body.length;
        counters.sent(key, row.sequence() <= newestSent);
        newestSent = Math.max(newestSent, row.sequence());
    }

    /** No queue took a message; that it failed comes with its confirm. */
    void returned(String uniqueId, BrokerProblem why) {
        unconfirmed.returned(uniqueId);
        returnedFor = why;
        counters.returned(key);
    }

    /**
     * The broker settled one message or all up to it.
     *
     * @param taken false for {@code basic.nack}
     * @param ran as {@link OutboxRow#observedAt}
     */
    void confirm(long tag, boolean multiple, boolean taken, long now, long ran) {
        long before = unconfirmed.ackPosition();
        int failures = unconfirmed.confirm(
                tag, multiple, taken, (sentAt, observedAt) -> counters.delivered(now - sentAt, ran - observedAt));
        if (unconfirmed.ackPosition() > before) {
            failedAttempts = 0;
        }
        if (failures > 0) {
            failedAt = now;
            failedMessages += failures;
            if (!taken) {
                counters.nacked(key, failures);
            }
        }
        if (unconfirmed.stalled()) {
            BrokerProblem returned = returnedFor;
            returnedFor = null;
            if (returned != null) {
                channelClosed(returned, now);
            } else {
                nacked(now);
            }
        }
    }

    private void nacked(long now) {
        rewind();
        failedAttempts++;
        report(
                new BrokerProblem(
                        BrokerProblem.Kind.NACKED,
                        "the broker nacks messages of " + key
                                + "; see whether its queue is at its max-length, or a quorum queue without a leader:"
                                + " rabbitmqctl list_queues name messages state policy"),
                now);
        state = State.BACKING_OFF;
        long pause = Duration.ofMillis(FIRST_PAUSE_MS << Math.min(failedAttempts, 10))
                .toNanos();
        retryAfter(now, Math.min(probeNanos, pause));
    }

    /** The channel ended or leads nowhere: another is opened, the first time at once, then at each probe. */
    void channelClosed(BrokerProblem why, long now) {
        closeChannel();
        rewind();
        failedAttempts++;
        if (failedAttempts > 1) {
            report(why, now);
            retryAfter(now, probeNanos);
        } else {
            log.debug("{} is opened again: {}", key, why.text());
            retryAfter(now, 0);
        }
        state = problem == null ? State.CLOSED : State.WAITING;
    }

    private void closeChannel() {
        if (channel != null) {
            channel.close();
        }
        channel = null;
    }

    /** Hands a risen ack position to the store, and notices that an old problem is over. */
    void acknowledge(Outbox outbox, long now) {
        if (unconfirmed.ackPosition() > acknowledged) {
            if (unconfirmed.confirmed() > counted) {
                counters.confirmed(key, (int) (unconfirmed.confirmed() - counted));
                counted = unconfirmed.confirmed();
            }
            acknowledged = unconfirmed.ackPosition();
            outbox.acknowledge(key, acknowledged);
        }
        if (state == State.PROBING && failedAttempts == 0 && now - failedAt >= probeNanos) {
            recovered(now);
        }
    }

    /**
     * While the key has no queue: passes some of the rows that waited for one for too long.
     *
     * @param ran as {@link OutboxRow#observedAt}
     * @return whether there were some; there may be more then
     */
    boolean dropUnroutable(Outbox outbox, long now, long ran) {
        if (!isWaiting() || !isUnroutable() || !unroutableTimeout.isDue(now)) {
            return false;
        }
        List<OutboxRow> droppedRows = new ArrayList<>();
        for (OutboxRow row : outbox.read(priority, unconfirmed.cursor(), BATCH)) {
            if (!gets(row)) {
                passed = 1;
                break;
            }
            if (!unroutableTimeout.isOver(row, ran)) {
                break;
            }
            if (!unconfirmed.confirmedBefore(row.sequence())) {
                unconfirmed.pass(row.sequence());
                droppedRows.add(row);
            }
        }
        unroutableTimeout.dropped(droppedRows.size(), now);
        if (droppedRows.isEmpty()) {
            return false;
        }
        outbox.drop(droppedRows);
        counters.dropped(key, droppedRows.size());
        return true;
    }

    private void rewind() {
        unconfirmed.rewind();
        drained = false;
    }

    private void retryAfter(long now, long nanos) {
        failedAt = now;
        due = now + nanos;
    }

    private boolean isUnroutable() {
        return problem != null && problem.kind() == BrokerProblem.Kind.UNROUTABLE;
    }

    /** Says once what is wrong. Only the time in which a queue is missing counts as waiting for it. */
    private void report(BrokerProblem why, long now) {
        if (why.equals(problem)) {
            return;
        }
        if (!isUnroutable()) {
            unroutableTimeout.restart(now);
        }
        if (problem == null) {
            problemSince = now;
        }
        problem = why;
        counters.waiting(key, true);
        if (why.kind() == BrokerProblem.Kind.MISCONFIGURED) {
            log.error("{} waits: {}", key, why.text());
        } else {
            log.warn("{} waits: {}", key, why.text());
        }
    }

    private void recovered(long now) {
        if (problem != null) {
            problem = null;
            unroutableTimeout.log();
            counters.waiting(key, false);
            log.info(
                    "{} goes on after {} s: {} were returned or nacked, {} confirmed so far",
                    key,
                    Duration.ofNanos(now - problemSince).toSeconds(),
                    failedMessages,
                    unconfirmed.confirmed());
        }
        state = State.SENDING;
        failedMessages = 0;
    }
}
