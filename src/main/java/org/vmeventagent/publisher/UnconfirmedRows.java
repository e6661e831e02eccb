package org.vmeventagent.publisher;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.vmeventagent.store.OutboxRow;

/**
 * What is sent and not confirmed of one routing key, in order, on one connection. Pure; belongs to the publisher's thread.
 *
 * <p>The ack position is the newest row of which it is sure that it and every older one was confirmed, or is not to be sent.
 * After a failure nothing is sent until everything outstanding is settled; {@link #rewind} then starts again at the oldest
 * failed row with a window of one, which grows again with each confirm. So it does on a new connection: a broker that is under an alarm says so only
 * once it was sent something. Rows newer than a failed one that were confirmed are not sent twice.
 *
 * <p>When to send after a failure, and on which channel, {@link RetryingDelivery} decides. This bounds the rows of one key.
 * {@link PublisherSession} bounds the bytes of all keys together.
 */
final class UnconfirmedRows {
    /** Takes a row that the broker has taken. */
    interface Delivered {
        /**
         * One row.
         *
         * @param sentAt by {@link System#nanoTime}
         * @param observedAt as {@link OutboxRow#observedAt}
         */
        void row(long sentAt, long observedAt);
    }

    private enum State {
        OUT,
        RETURNED,
        CONFIRMED,
        FAILED
    }

    private static final class Sent {
        final long sequence;
        final long tag;
        final String id;
        final int bytes;
        final long at;
        final long observedAt;
        State state = State.OUT;
        /** Up to this number nothing that is to be sent follows. */
        long passedTo;

        Sent(long sequence, long tag, String id, int bytes, long at, long observedAt) {
            this.sequence = sequence;
            this.tag = tag;
            this.id = id;
            this.bytes = bytes;
            this.at = at;
            this.observedAt = observedAt;
            this.passedTo = sequence;
        }

        boolean outstanding() {
            return state == State.OUT || state == State.RETURNED;
        }
    }

    private final int maxLimit;
    private final Deque<Sent> entries = new ArrayDeque<>();
    private final Set<Long> confirmedAhead = new HashSet<>();
    private long ackPosition;
    private long cursor;
    private int limit;
    private int outstanding;
    private long outstandingBytes;
    private long confirmed;
    private int failed;

    UnconfirmedRows(int most, long position) {
        this.maxLimit = most;
        this.ackPosition = position;
        this.cursor = position;
        this.limit = 1;
    }

    long ackPosition() {
        return ackPosition;
    }

    /** Rows after this one are the next to send. */
    long cursor() {
        return cursor;
    }

    /** How many confirmed rows the ack position has passed so far. */
    long confirmed() {
        return confirmed;
    }

    int outstanding() {
        return outstanding;
    }

    /** The bodies of what is outstanding. */
    long outstandingBytes() {
        return outstandingBytes;
    }

    /** How many rows may be sent now. */
    int room() {
        return failed > 0 ? 0 : Math.max(0, limit - entries.size());
    }

    /**
     * A row went to the broker.
     *
     * @param at by {@link System#nanoTime}
     */
    void sent(OutboxRow row, long tag, String id, int bytes, long at) {
        entries.addLast(new Sent(row.sequence(), tag, id, bytes, at, row.observedAt()));
        cursor = row.sequence();
        outstanding++;
        outstandingBytes += bytes;
    }

    /** Whether this row was confirmed already, before a rewind; then it counts as sent and confirmed. */
    boolean confirmedBefore(long sequence) {
        if (!confirmedAhead.remove(sequence)) {
            return false;
        }
        Sent before = new Sent(sequence, 0, "", 0, 0, 0);
        before.state = State.CONFIRMED;
        entries.addLast(before);
        cursor = sequence;
        raise();
        return true;
    }

    /** Goes past a row that is not sent: it takes no room, and the ack position goes with the row sent before it. */
    void pass(long sequence) {
        cursor = sequence;
        Sent latest = entries.peekLast();
        if (latest == null) {
            ackPosition = sequence;
        } else {
            latest.passedTo = sequence;
        }
    }

    /** A message came back; its confirm, which follows, is a failure. */
    void returned(String id) {
        for (Sent sent : entries) {
            if (sent.state == State.OUT && sent.id.equals(id)) {
                sent.state = State.RETURNED;
                return;
            }
        }
    }

    /**
     * The broker settled one message or all up to it.
     *
     * @param delivered takes each that it took
     * @return how many failed
     */
    int confirm(long tag, boolean multiple, boolean taken, Delivered delivered) {
        int failures = 0;
        for (Sent sent : entries) {
            if (sent.tag > tag) {
                break;
            }
            if (sent.outstanding() && (multiple || sent.tag == tag)) {
                boolean confirmed = taken && sent.state == State.OUT;
                sent.state = confirmed ? State.CONFIRMED : State.FAILED;
                failures += confirmed ? 0 : 1;
                outstanding--;
                outstandingBytes -= sent.bytes;
                if (confirmed) {
                    delivered.row(sent.at, sent.observedAt);
                }
            }
        }
        failed += failures;
        raise();
        return failures;
    }

    /** Whether a row failed and everything sent is settled. */
    boolean stalled() {
        return failed > 0 && outstanding == 0;
    }

    /** Begins again at the oldest row that failed. */
    void rewind() {
        for (Sent sent : entries) {
            if (sent.state == State.CONFIRMED) {
                confirmedAhead.add(sent.sequence);
            }
        }
        restart();
    }

    /** The channel is gone: what was not confirmed counts as not sent. */
    void forget() {
        confirmedAhead.clear();
        restart();
    }

    private void restart() {
        entries.clear();
        cursor = ackPosition;
        outstanding = 0;
        outstandingBytes = 0;
        failed = 0;
        limit = 1;
    }

    private void raise() {
        Sent oldest = entries.peekFirst();
        while (oldest != null && oldest.state == State.CONFIRMED) {
            ackPosition = oldest.passedTo;
            confirmed++;
            limit = Math.min(maxLimit, limit * 2);
            entries.removeFirst();
            oldest = entries.peekFirst();
        }
    }
}
