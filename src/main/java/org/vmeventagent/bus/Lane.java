package org.vmeventagent.bus;

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
final class Lane {
    private static final Logger log = LoggerFactory.getLogger(Lane.class);

    /** Rows read at once, fewer where they are large: bounds the memory to this times the largest body. */
    private static final int BATCH = 64;

    private static final long FIRST_PAUSE_MS = 100;

    private final String priority;
    private final String key;
    private final Envelope envelope;
    private final long probeNanos;
    private final Patience patience;
    private final PublisherListener listener;
    private final Window window;

    private @Nullable Route route;
    /** After a refusal: a channel may go on refusing when its queue, a quorum queue with a new leader, no longer does. */
    private boolean doubted;

    private @Nullable Trouble told;
    private @Nullable Trouble lastReturn;
    private int strikes;
    private long due;
    private long failedAt;
    private boolean drained;
    private long acknowledged;
    private long counted;
    private long toldAt;
    private int bounced;
    /** Bytes of the last body: how many rows to read at once goes by it. */
    private int largeAs = 1024;

    Lane(String topic, String priority, PublisherConfig config, Outbox outbox, PublisherListener listener) {
        this.priority = priority;
        this.key = topic + '.' + priority;
        this.envelope = config.envelope();
        this.probeNanos = config.probeInterval().toNanos();
        this.patience = new Patience(key, config.unroutableMaxAge(), config.probeInterval());
        this.listener = listener;
        this.acknowledged = outbox.acknowledged(key);
        this.window = new Window(config.window(), acknowledged);
    }

    String priority() {
        return priority;
    }

    long mark() {
        return window.mark();
    }

    boolean uses(Route other) {
        return route == other;
    }

    int outstanding() {
        return window.outstanding();
    }

    long outstandingBytes() {
        return window.outstandingBytes();
    }

    /** Whether every row is sent and confirmed, as of the last {@link #send}. */
    boolean clear() {
        return drained && route != null && window.outstanding() == 0 && window.room() > 0;
    }

    /** Whether it can't go on before something changes outside. */
    boolean waits() {
        return told != null && route == null;
    }

    /** Nanoseconds until it wants to try again; 0 if it is not held up. */
    long pause(long now) {
        return Math.max(0, due - now);
    }

    /** A new connection: all that is not confirmed is sent again. */
    void begin(long now) {
        route = null;
        doubted = false;
        window.forget();
        drained = false;
        strikes = 0;
        due = now;
        patience.restart(now);
    }

    /** Opens the route if it is time. */
    void open(Link link, long now) {
        if ((route != null && !doubted) || pause(now) > 0) {
            return;
        }
        if (route != null) {
            route.close();
            route = null;
        }
        doubted = false;
        try {
            route = link.route(key);
            drained = false;
            if (strikes == 0) {
                recovered(now);
            }
        } catch (TroubleException e) {
            hold(now, probeNanos);
            if (link.isOpen()) {
                tell(e.trouble());
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
    boolean send(Outbox outbox, Pace pace, long backlogEnd, long now, LongSupplier budget) throws TroubleException {
        int room = Math.min(BATCH, window.room());
        long bytes = budget.getAsLong();
        if (route == null || room == 0 || bytes <= 0 || pause(now) > 0) {
            return false;
        }
        int fitting = (int) Math.min(room, 1 + bytes / largeAs);
        List<OutboxRow> rows = outbox.read(priority, window.cursor(), Math.min(fitting, Math.max(1, pace.available())));
        drained = rows.isEmpty();
        boolean moved = false;
        for (OutboxRow row : rows) {
            if (budget.getAsLong() <= 0) {
                return moved;
            }
            if (!window.confirmedBefore(row.sequence())) {
                if (row.sequence() <= backlogEnd && !pace.take()) {
                    return moved;
                }
                publish(row, route);
            }
            moved = true;
        }
        return moved;
    }

    private void publish(OutboxRow row, Route to) throws TroubleException {
        String id = Envelope.newUniqueId();
        byte[] body;
        try {
            body = envelope.wrap(row, id);
        } catch (IllegalArgumentException e) {
            log.error("{} can't be sent and is left out: {}", row, e.getMessage());
            window.pass(row.sequence());
            return;
        }
        long tag = to.publish(body);
        window.sent(row.sequence(), tag, id, body.length);
        largeAs = body.length;
        listener.sent(key);
    }

    void returned(String uniqueId, Trouble why) {
        window.returned(uniqueId);
        lastReturn = why;
    }

    void settle(long tag, boolean multiple, boolean taken, long now) {
        long before = window.mark();
        int failures = window.settle(tag, multiple, taken);
        if (window.mark() > before) {
            strikes = 0;
        }
        if (failures > 0) {
            failedAt = now;
            bounced += failures;
            listener.failed(key, failures);
        }
        if (window.stalled()) {
            rewind();
            again(now);
        }
    }

    private void again(long now) {
        Trouble why = lastReturn;
        lastReturn = null;
        if (why != null) {
            routeClosed(why, now);
            return;
        }
        strikes++;
        doubted = true;
        tell(new Trouble(
                Trouble.Kind.MISSING,
                "the broker refuses messages of " + key + " (is a queue at its max-length, or without a leader?)"));
        hold(
                now,
                Math.min(
                        probeNanos,
                        Duration.ofMillis(FIRST_PAUSE_MS << Math.min(strikes, 10))
                                .toNanos()));
    }

    /** The route ended or leads nowhere: once it is opened again at once, then at each probe. */
    void routeClosed(Trouble why, long now) {
        if (route != null) {
            route.close();
        }
        route = null;
        rewind();
        strikes++;
        failedAt = now;
        if (strikes > 1) {
            tell(why);
            hold(now, probeNanos);
        } else {
            log.debug("{} is opened again: {}", key, why.text());
            hold(now, 0);
        }
    }

    /** Hands a risen mark to the store, and notices that an old trouble is over. */
    void acknowledge(Outbox outbox, long now) {
        if (window.mark() > acknowledged) {
            listener.confirmed(key, (int) (window.confirmed() - counted));
            counted = window.confirmed();
            acknowledged = window.mark();
            outbox.acknowledge(key, acknowledged);
        }
        if (told != null && route != null && strikes == 0 && now - failedAt >= probeNanos) {
            recovered(now);
        }
    }

    /**
     * While the key has no queue: passes some of the rows that waited for one for too long.
     *
     * @param ran as {@link OutboxRow#recordedAt}
     * @return whether there were some; there may be more then
     */
    boolean giveUpUnroutable(Outbox outbox, long now, long ran) {
        if (!waits() || told == null || told.kind() != Trouble.Kind.MISSING || !patience.isDue(now)) {
            return false;
        }
        List<OutboxRow> givenUp = new ArrayList<>();
        for (OutboxRow row : outbox.read(priority, window.cursor(), BATCH)) {
            if (!patience.isOver(row, ran)) {
                break;
            }
            if (!window.confirmedBefore(row.sequence())) {
                window.pass(row.sequence());
                givenUp.add(row);
                counted++; // passed, not confirmed
            }
        }
        patience.gaveUp(givenUp.size(), now);
        if (givenUp.isEmpty()) {
            return false;
        }
        outbox.giveUp(givenUp);
        listener.givenUp(key, givenUp.size());
        return true;
    }

    private void rewind() {
        window.rewind();
        drained = false;
    }

    private void hold(long now, long nanos) {
        failedAt = now;
        due = now + nanos;
    }

    private void tell(Trouble trouble) {
        if (trouble.equals(told)) {
            return;
        }
        if (told == null || told.kind() != Trouble.Kind.MISSING) {
            patience.restart(System.nanoTime());
        }
        if (told == null) {
            toldAt = System.nanoTime();
        }
        told = trouble;
        listener.waiting(key, true);
        if (trouble.kind() == Trouble.Kind.REFUSED) {
            log.error("{} waits: {}", key, trouble.text());
        } else {
            log.warn("{} waits: {}", key, trouble.text());
        }
    }

    private void recovered(long now) {
        if (told != null) {
            told = null;
            patience.tell();
            listener.waiting(key, false);
            log.info(
                    "{} goes on after {} s: {} came back or were refused, {} confirmed so far",
                    key,
                    Duration.ofNanos(now - toldAt).toSeconds(),
                    bounced,
                    window.confirmed());
        }
        bounced = 0;
    }
}
