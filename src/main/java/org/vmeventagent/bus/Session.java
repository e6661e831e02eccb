package org.vmeventagent.bus;

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
import org.vmeventagent.time.AgentClock;

/**
 * The life of one connection: sends, takes confirms, raises marks, until the connection is lost or the thread is told to
 * stop. Everything belongs to the publisher's thread, but for {@link Signals}: those methods run on the connection's
 * thread and only put a note into the inbox, as {@link #wake} does, which the writer of the outbox calls; and for {@link
 * #cut}.
 *
 * <p>What the broker may fill is bounded: so many bytes go out before it has confirmed some, and what it says beyond what
 * it was asked for ends the connection.
 */
final class Session implements Signals {
    private static final Logger log = LoggerFactory.getLogger(Session.class);

    /** The longest rest: so late may a lost connection be noticed that is not needed at the moment. */
    private static final Duration REST = Duration.ofSeconds(1);

    /** A connection that lasted so long was a good one, also without a message. */
    private static final Duration GOOD_AFTER = Duration.ofSeconds(30);

    /** While the backlog is held back. */
    private static final Duration THROTTLED_REST = Duration.ofMillis(10);

    /**
     * Bodies on their way to the broker, of all keys. One that stops reading for an alarm is told of by a note, not by a
     * socket that is full: less than what a socket on each side holds once data flow.
     */
    private static final long MOST_BYTES_UNCONFIRMED = 256 * 1024;

    /** The broker answers each message by two notes at most. */
    private static final int NOTES_A_MESSAGE = 2;

    /** Notes that answer no message: of the outbox, of routes and alarms. */
    private static final int OTHER_NOTES = 1000;

    private final PublisherConfig config;
    private final Outbox outbox;
    private final List<Lane> lanes;
    private final BlockingQueue<CompletableFuture<Boolean>> flushes;
    private final Pace pace;
    private final AgentClock clock;
    private final Runnable turned;
    private final BlockingQueue<Runnable> inbox;
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Map<String, Long> released = new HashMap<>();

    /** Set by whoever ends it from outside, or by the connection's thread. */
    private volatile @Nullable Trouble cutFor;

    /** Written by the connection's thread. */
    private volatile boolean blocked;

    private @Nullable Trouble lost;
    /** Why the outbox can't be read; null while it can. */
    private @Nullable String unreadable;

    private boolean relieved;
    private boolean renewed;
    private boolean proved;
    private long heardAt;
    private @Nullable Long openedAt;
    /** Rows up to this number waited when the connection was opened. */
    private long backlogEnd;

    Session(
            PublisherConfig config,
            Outbox outbox,
            List<Lane> lanes,
            BlockingQueue<CompletableFuture<Boolean>> flushes,
            AgentClock clock,
            Runnable turned) {
        this.config = config;
        this.outbox = outbox;
        this.lanes = lanes;
        this.flushes = flushes;
        this.pace = new Pace(config.drainRate(), System::nanoTime);
        this.clock = clock;
        this.turned = turned;
        this.inbox = new LinkedBlockingQueue<>(OTHER_NOTES + NOTES_A_MESSAGE * config.window() * lanes.size());
    }

    /** The connection is open: what is recorded from now on is live. On the publisher's thread, before {@link #serve}. */
    void opened() throws InterruptedException {
        openedAt = System.nanoTime();
        backlogEnd = newest();
    }

    /** How many numbers of rows lie between the oldest that is not confirmed and the newest; on the publisher's thread. */
    long waiting() throws InterruptedException {
        return newest() - lowestMark();
    }

    private long newest() throws InterruptedException {
        return Newest.after(outbox, lowestMark());
    }

    private long lowestMark() {
        return lanes.stream().mapToLong(Lane::mark).min().orElse(0);
    }

    /** Ends it at once, also where the publisher's thread stands on the connection. Any thread. */
    void cut(Link link, Trouble why) {
        cutFor = why;
        link.cut();
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
    Trouble serve(Link link) throws InterruptedException {
        long begun = System.nanoTime();
        lanes.forEach(lane -> lane.begin(begun));
        outbox.onCommit(this::wake);
        try {
            return serveUntilLost(link);
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

    private Trouble serveUntilLost(Link link) throws InterruptedException {
        while (true) {
            turned.run();
            List<CompletableFuture<Boolean>> asked = List.copyOf(flushes);
            boolean moved = takeNotes();
            if (link.isOutdated()) {
                renewed = true;
                return new Trouble(Trouble.Kind.AWAY, "the configuration has changed");
            }
            Trouble ended = cutFor != null ? cutFor : lost;
            if (ended != null) {
                return ended;
            }
            if (relieved) {
                relieved = false;
                log.info("The broker takes messages again; {} waiting", waiting());
            }
            long now = System.nanoTime();
            if (!blocked) {
                moved |= serveLanes(link, now);
            }
            acknowledge(now);
            if (!moved) {
                if (unreadable == null) {
                    answer(asked);
                }
                giveUpIfSilent(link, now);
                rest(now);
            }
        }
    }

    /** Returns whether anything went, or was passed; nothing does while the outbox can't be read. */
    private boolean serveLanes(Link link, long now) {
        boolean moved = false;
        try {
            for (Lane lane : lanes) {
                lane.open(link, now);
                moved |= send(lane, link, now) || lane.giveUpUnroutable(outbox, now, clock.ran());
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
                log.warn("The outbox can't be read, trying again every second; the broker is not concerned: {}", why);
            }
            return false;
        }
    }

    private boolean takeNotes() {
        List<Runnable> notes = new ArrayList<>();
        inbox.drainTo(notes);
        notes.forEach(Runnable::run);
        return !notes.isEmpty();
    }

    private boolean send(Lane lane, Link link, long now) {
        if (outstanding() == 0) {
            heardAt = now;
        }
        try {
            return lane.send(outbox, pace, backlogEnd, now, this::budget);
        } catch (TroubleException e) {
            if (link.isOpen()) {
                lane.routeClosed(e.trouble(), now);
            } else {
                lose(e.trouble());
            }
            return true;
        }
    }

    /** How many bytes may go now. What the broker says counts between two rows. */
    private long budget() {
        turned.run();
        return blocked || cutFor != null
                ? 0
                : MOST_BYTES_UNCONFIRMED
                        - lanes.stream().mapToLong(Lane::outstandingBytes).sum();
    }

    private void acknowledge(long now) {
        Map<String, Long> lowest = new HashMap<>();
        for (Lane lane : lanes) {
            lane.acknowledge(outbox, now);
            lowest.merge(lane.priority(), lane.mark(), Math::min);
        }
        lowest.forEach((priority, mark) -> {
            if (mark > released.getOrDefault(priority, 0L)) {
                released.put(priority, mark);
                outbox.release(priority, mark);
            }
        });
    }

    /** Rows nobody can take don't hold up a flush: its answer is then that not everything went. */
    private void answer(List<CompletableFuture<Boolean>> asked) {
        if (!asked.isEmpty() && !blocked && lanes.stream().allMatch(lane -> lane.clear() || lane.waits())) {
            boolean all = lanes.stream().allMatch(Lane::clear);
            asked.forEach(flush -> flush.complete(all));
            flushes.removeIf(CompletableFuture::isDone);
        }
    }

    private void giveUpIfSilent(Link link, long now) {
        if (outstanding() > 0
                && !blocked
                && now - heardAt > config.confirmTimeout().toNanos()) {
            link.cut();
            lose(new Trouble(
                    Trouble.Kind.AWAY,
                    "no confirm within " + config.confirmTimeout().toSeconds() + " s"));
        }
    }

    private void rest(long now) throws InterruptedException {
        if (lost != null) {
            return;
        }
        long nanos = REST.toNanos();
        for (Lane lane : lanes) {
            long pause = lane.pause(now);
            nanos = pause > 0 ? Math.min(nanos, pause) : nanos;
        }
        if (pace.available() < 1) {
            nanos = Math.min(nanos, THROTTLED_REST.toNanos());
        }
        Runnable note = inbox.poll(nanos, TimeUnit.NANOSECONDS);
        if (note != null) {
            note.run();
        }
    }

    private int outstanding() {
        return lanes.stream().mapToInt(Lane::outstanding).sum();
    }

    private void lose(Trouble why) {
        if (lost == null) {
            lost = why;
        }
    }

    private void note(Route route, Consumer<Lane> what) {
        note(() -> lanes.stream().filter(uses(route)).forEach(what));
    }

    /** Something that the broker said. One that says more than it was asked for would fill the memory. */
    private void note(Runnable what) {
        boolean taken = inbox.offer(() -> {
            what.run();
            heardAt = System.nanoTime();
        });
        if (!taken) {
            cutFor = new Trouble(Trouble.Kind.AWAY, "it sends more than it was asked for");
        }
    }

    private static Predicate<Lane> uses(Route route) {
        return lane -> lane.uses(route);
    }

    @Override
    public void confirmed(Route route, long tag, boolean multiple) {
        note(route, lane -> {
            proved = true;
            lane.settle(tag, multiple, true, System.nanoTime());
        });
    }

    @Override
    public void refused(Route route, long tag, boolean multiple) {
        note(route, lane -> lane.settle(tag, multiple, false, System.nanoTime()));
    }

    @Override
    public void returned(Route route, byte[] body, Trouble why) {
        String uniqueId = config.envelope().uniqueIdIn(body); // the body, of any size, is not kept
        note(route, lane -> lane.returned(uniqueId, why));
    }

    @Override
    public void routeClosed(Route route, Trouble why) {
        note(route, lane -> lane.routeClosed(why, System.nanoTime()));
    }

    @Override
    public void linkClosed(Trouble why) {
        note(() -> lose(why));
    }

    @Override
    public void blocked(String reason) {
        boolean first = !blocked;
        blocked = true;
        note(() -> {
            if (first) {
                log.warn(
                        "The broker takes no messages for now ({}); they wait in the outbox; see its alarms:"
                                + " rabbitmqctl status",
                        reason);
            }
        });
    }

    @Override
    public void unblocked() {
        boolean was = blocked;
        blocked = false;
        note(() -> relieved = was);
    }
}
