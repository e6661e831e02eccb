package org.vmeventagent.publisher;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.store.Outbox;
import org.vmeventagent.store.StoreException;
import org.vmeventagent.system.Progress;
import org.vmeventagent.time.AgentClock;

/**
 * The life of one connection: publishes, takes confirms, raises ack positions, until the connection is lost or the thread is
 * to stop. Everything belongs to the publisher's thread, but for {@link BrokerClient.Listener}: those methods run on the connection's
 * thread and only put a note into the inbox, as {@link #wake} does, which the writer of the outbox calls; and for {@link
 * #cut} and {@link #blocked()}.
 *
 * <p>What the broker may fill is bounded: so many bytes go out before it has confirmed some, and what it says beyond what
 * it was asked for ends the connection.
 */
final class PublisherSession implements BrokerClient.Listener {
    private static final Logger log = LoggerFactory.getLogger(PublisherSession.class);

    /** The longest rest while something waits or is on its way. */
    private static final Duration REST = Duration.ofSeconds(1);

    /** While everything is confirmed: whoever brings something wakes the thread. */
    private static final Duration IDLE_REST = Duration.ofSeconds(30);

    /** A connection that lasted so long was a good one, also without a message. */
    private static final Duration GOOD_AFTER = Duration.ofSeconds(30);

    /** While the backlog is held back. */
    private static final Duration THROTTLED_REST = Duration.ofMillis(10);

    /**
     * Bodies on their way to the broker, of all keys. One that stops reading for an alarm is known by a note, not by a
     * socket that is full: less than what a socket on each side holds once data flow.
     */
    private static final long MAX_BYTES_UNCONFIRMED = 256 * 1024;

    /** The broker answers each message by two notes at most. */
    private static final int NOTES_A_MESSAGE = 2;

    /** Notes that answer no message: of the outbox, of routes and alarms. */
    private static final int OTHER_NOTES = 1000;

    private final PublisherConfig config;
    private final Outbox outbox;
    private final List<RetryingDelivery> deliveries;
    private final BlockingQueue<CompletableFuture<Boolean>> flushes;
    private final TokenBucket drainRate;
    private final ConfirmTimeout confirmTimeout;
    private final AgentClock clock;
    private final Progress progress;
    private final BlockingQueue<Runnable> inbox;
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Map<String, Long> released = new HashMap<>();

    /** Set by whoever ends it from outside, or by the connection's thread. */
    private volatile @Nullable BrokerProblem cutFor;

    /** Written by the connection's thread. */
    private volatile boolean blocked;

    private @Nullable BrokerProblem lost;
    /** Why the outbox can't be read; null while it can. */
    private @Nullable String unreadable;

    private boolean unblockedUnreported;
    private boolean renewed;
    private boolean proved;
    private @Nullable Long openedAt;
    /** Rows up to this number waited when the connection was opened. */
    private long backlogEnd;

    PublisherSession(
            PublisherConfig config,
            Outbox outbox,
            List<RetryingDelivery> deliveries,
            BlockingQueue<CompletableFuture<Boolean>> flushes,
            AgentClock clock,
            Progress progress) {
        this.config = config;
        this.outbox = outbox;
        this.deliveries = deliveries;
        this.flushes = flushes;
        this.drainRate = new TokenBucket(config.drainRate(), System::nanoTime);
        this.confirmTimeout = new ConfirmTimeout(config.confirmTimeout());
        this.clock = clock;
        this.progress = progress;
        this.inbox = new LinkedBlockingQueue<>(OTHER_NOTES + NOTES_A_MESSAGE * config.window() * deliveries.size());
    }

    /** The connection is open: what is recorded from now on is live. On the publisher's thread, before {@link #serve}. */
    void opened() {
        openedAt = System.nanoTime();
        backlogEnd = outbox.latestSequence();
    }

    /** How many sequence numbers lie between the oldest row that is not confirmed and the latest; on the publisher's thread. */
    long waiting() {
        return Math.max(0, outbox.latestSequence() - lowestAckPosition());
    }

    private long lowestAckPosition() {
        return deliveries.stream()
                .mapToLong(RetryingDelivery::ackPosition)
                .min()
                .orElse(0);
    }

    /** Ends it at once, also where the publisher's thread is blocked on the connection. Any thread. */
    void cut(BrokerClient.Connection connection, BrokerProblem problem) {
        cutFor = problem;
        connection.cut();
    }

    /** Whether the broker takes no messages for now. Any thread. */
    boolean blocked() {
        return blocked;
    }

    /** Whether it ended because another configuration counts by now. */
    boolean renewed() {
        return renewed;
    }

    /** Whether the connection was a good one: the broker took a message, or it lasted. */
    boolean proved() {
        return proved || (openedAt != null && System.nanoTime() - openedAt > GOOD_AFTER.toNanos());
    }

    /** Serves until the connection is lost, and says why. */
    BrokerProblem serve(BrokerClient.Connection connection) throws InterruptedException {
        long begun = System.nanoTime();
        deliveries.forEach(delivery -> delivery.connectionOpened(begun));
        outbox.onCommit(this::wake);
        try {
            return serveUntilLost(connection);
        } finally {
            outbox.onCommit(() -> {});
        }
    }

    /** There may be something new to do. Any thread. */
    void wake() {
        if (woken.compareAndSet(false, true)) {
            if (!inbox.offer(() -> woken.set(false))) {
                woken.set(false);
            }
        }
    }

    private BrokerProblem serveUntilLost(BrokerClient.Connection connection) throws InterruptedException {
        while (true) {
            progress.made();
            List<CompletableFuture<Boolean>> asked = List.copyOf(flushes);
            boolean moved = handleNotifications();
            if (connection.isOutdated()) {
                renewed = true;
                return new BrokerProblem(BrokerProblem.Kind.UNREACHABLE, "the configuration has changed");
            }
            BrokerProblem ended = cutFor != null ? cutFor : lost;
            if (ended != null) {
                return ended;
            }
            if (unblockedUnreported) {
                unblockedUnreported = false;
                log.info("The broker takes messages again; {} waiting", waiting());
            }
            long now = System.nanoTime();
            if (!blocked) {
                moved |= serveDeliveries(connection, now);
            }
            acknowledge(now);
            if (!moved) {
                if (unreadable == null) {
                    answerFlushes(asked);
                }
                closeIfSilent(connection, now);
                rest(now);
            }
        }
    }

    /** Returns whether anything went, or was passed; nothing does while the outbox can't be read. */
    private boolean serveDeliveries(BrokerClient.Connection connection, long now) {
        boolean moved = false;
        try {
            for (RetryingDelivery delivery : deliveries) {
                delivery.open(connection, now);
                moved |= send(delivery, connection, now) || delivery.dropUnroutable(outbox, now, clock.ran());
            }
            if (unreadable != null) {
                unreadable = null;
                log.info("The outbox can be read again");
            }
            return moved;
        } catch (StoreException e) {
            String why = String.valueOf(e.getMessage());
            if (!why.equals(unreadable)) {
                unreadable = why;
                log.warn(
                        "The outbox can't be read, trying again every second; the connection to the broker stays: {}",
                        why);
            }
            return false;
        }
    }

    private boolean handleNotifications() {
        List<Runnable> notes = new ArrayList<>();
        inbox.drainTo(notes);
        notes.forEach(Runnable::run);
        return !notes.isEmpty();
    }

    private boolean send(RetryingDelivery delivery, BrokerClient.Connection connection, long now) {
        if (outstanding() == 0) {
            confirmTimeout.restart(now);
        }
        try {
            return delivery.send(outbox, drainRate, backlogEnd, now, this::budget);
        } catch (BrokerException e) {
            if (connection.isOpen()) {
                delivery.channelClosed(e.problem(), now);
            } else {
                lose(e.problem());
            }
            return true;
        }
    }

    /** How many bytes may go now. What the broker says counts between two rows. */
    private long budget() {
        progress.made();
        return blocked || cutFor != null
                ? 0
                : MAX_BYTES_UNCONFIRMED
                        - deliveries.stream()
                                .mapToLong(RetryingDelivery::outstandingBytes)
                                .sum();
    }

    private void acknowledge(long now) {
        Map<String, Long> lowest = new HashMap<>();
        for (RetryingDelivery delivery : deliveries) {
            delivery.acknowledge(outbox, now);
            lowest.merge(delivery.priority(), delivery.ackPosition(), Math::min);
        }
        lowest.forEach((priority, position) -> {
            if (position > released.getOrDefault(priority, 0L)) {
                released.put(priority, position);
                outbox.release(priority, position);
            }
        });
    }

    /** Rows nobody can take don't hold up a flush: its answer is then that not everything went. */
    private void answerFlushes(List<CompletableFuture<Boolean>> asked) {
        if (!asked.isEmpty()
                && !blocked
                && deliveries.stream().allMatch(delivery -> delivery.isDrained() || delivery.isWaiting())) {
            boolean all = deliveries.stream().allMatch(RetryingDelivery::isDrained);
            asked.forEach(flush -> flush.complete(all));
            flushes.removeIf(CompletableFuture::isDone);
        }
    }

    private void closeIfSilent(BrokerClient.Connection connection, long now) {
        if (outstanding() > 0 && !blocked && confirmTimeout.isOver(now)) {
            connection.cut();
            lose(confirmTimeout.problem());
        }
    }

    private void rest(long now) throws InterruptedException {
        if (lost != null) {
            return;
        }
        boolean idle = unreadable == null && !blocked && deliveries.stream().allMatch(RetryingDelivery::isDrained);
        long nanos = (idle ? IDLE_REST : REST).toNanos();
        for (RetryingDelivery delivery : deliveries) {
            long pause = delivery.pause(now);
            nanos = pause > 0 ? Math.min(nanos, pause) : nanos;
        }
        if (drainRate.available() < 1) {
            nanos = Math.min(nanos, THROTTLED_REST.toNanos());
        }
        if (idle) {
            progress.waits(IDLE_REST);
        }
        Runnable note = inbox.poll(nanos, TimeUnit.NANOSECONDS);
        progress.made();
        if (note != null) {
            note.run();
        }
    }

    private int outstanding() {
        return deliveries.stream().mapToInt(RetryingDelivery::outstanding).sum();
    }

    private void lose(BrokerProblem problem) {
        if (lost == null) {
            lost = problem;
        }
    }

    private void enqueue(BrokerClient.Channel channel, Consumer<RetryingDelivery> what) {
        enqueue(() -> deliveries.stream().filter(uses(channel)).forEach(what));
    }

    /** Something that the broker said. One that says more than it was asked for would fill the memory. */
    private void enqueue(Runnable what) {
        boolean taken = inbox.offer(() -> {
            what.run();
            confirmTimeout.restart(System.nanoTime());
        });
        if (!taken) {
            cutFor = new BrokerProblem(BrokerProblem.Kind.UNREACHABLE, "it sends more than it was asked for");
        }
    }

    private static Predicate<RetryingDelivery> uses(BrokerClient.Channel channel) {
        return delivery -> delivery.uses(channel);
    }

    @Override
    public void confirmed(BrokerClient.Channel channel, long tag, boolean multiple) {
        enqueue(channel, delivery -> {
            proved = true;
            delivery.confirm(tag, multiple, true, System.nanoTime(), clock.ran());
        });
    }

    @Override
    public void nacked(BrokerClient.Channel channel, long tag, boolean multiple) {
        enqueue(channel, delivery -> delivery.confirm(tag, multiple, false, System.nanoTime(), clock.ran()));
    }

    @Override
    public void returned(BrokerClient.Channel channel, byte[] body, BrokerProblem problem) {
        String uniqueId = config.envelope().uniqueIdIn(body); // the body, of any size, is not kept
        enqueue(channel, delivery -> delivery.returned(uniqueId, problem));
    }

    @Override
    public void channelClosed(BrokerClient.Channel channel, BrokerProblem problem) {
        enqueue(channel, delivery -> delivery.channelClosed(problem, System.nanoTime()));
    }

    @Override
    public void connectionClosed(BrokerProblem problem) {
        enqueue(() -> lose(problem));
    }

    @Override
    public void blocked(String reason) {
        boolean first = !blocked;
        blocked = true;
        enqueue(() -> {
            if (first) {
                log.warn(
                        "The broker blocks publishing ({}); notifications wait in the outbox; see its alarms:"
                                + " rabbitmqctl status",
                        reason);
            }
        });
    }

    @Override
    public void unblocked() {
        boolean was = blocked;
        blocked = false;
        enqueue(() -> unblockedUnreported = was);
    }
}
