package org.vmeventagent.recorder;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.HeardQueue;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.notification.AgentNews;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.store.Loss;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreException;
import org.vmeventagent.system.Progress;
import org.vmeventagent.system.Threads;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/**
 * Records what was heard: the only reader of the queue, the only writer of the store, the only owner of the inventory.
 *
 * <p>Threads: one, named {@code recorder}. It takes what waits, makes notifications of it, commits them together with
 * the inventory and the counters in one transaction, and then shows them to the taps. Everything public here may be
 * called from any thread; what it has to say to the recorder goes through the queue, in order with the events.
 *
 * <p>What was taken from the queue and committed survives a crash; what was taken and not committed is as if it had never
 * been heard. What can't be committed is held in memory, bounded, and tried again for ever; see {@link Store#hold}. One
 * thing heard that can't be recorded is counted and left out, never the end of the loop.
 *
 * <p>The end comes in two phases: {@link #drain} records all that was heard and keeps on taking acknowledgements, so that
 * a publisher can empty the outbox; {@link #close} commits the last of them. The store stays open: it is its owner's.
 */
public final class Recorder implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Recorder.class);

    private static final Duration ALIVE = Duration.ofSeconds(5);
    /** In a storm commits come no closer than this, so that many events share one. Else what is heard is committed at once. */
    private static final Duration COMMIT_PAUSE = Duration.ofMillis(2);

    /** Between two lines about what was given up. */
    private static final Duration LOST_TOLD = Duration.ofMinutes(1);

    private final RecorderConfig config;
    private final HeardQueue queue;
    private final Store store;
    private final AgentClock clock;
    private final List<Consumer<OutboxRow>> taps;
    private final RecorderListener listener;
    private final Commits commits;
    private final Ledger ledger;
    private final Thread thread;

    private final AtomicBoolean auditWaits = new AtomicBoolean();
    private final Progress progress = new Progress();

    // The recorder's thread owns these.
    private final List<Runnable> afterCommit = new ArrayList<>();
    private final Set<String> complained = new HashSet<>();
    private boolean stopping;
    private final Storm storm = new Storm(System.nanoTime());
    private long committedAt = System.nanoTime();
    private long aliveAt = System.nanoTime() - ALIVE.toNanos();
    private long boundsCheckedAt = System.nanoTime();
    private boolean shedding;
    private Moment watched;

    /** As many acknowledgements had come when this turn began, and when the last began in which something was given up. */
    private long acknowledged;

    private long acknowledgedAtLoss;

    private long lostUntold;
    private long lostToldAt = System.nanoTime() - LOST_TOLD.toNanos();

    /**
     * Reads the inventory; nothing runs before {@link #start}.
     *
     * @param filter what is published
     * @param ids random UUIDs
     * @param questions how libvirt is asked
     * @param bootId of this boot of the host; empty text where it is not known
     * @param taps are shown what was committed, best effort: after a crash nothing again
     */
    public Recorder(
            RecorderConfig config,
            HeardQueue queue,
            Store store,
            NotificationWriter writer,
            PublishFilter filter,
            AgentClock clock,
            Supplier<UUID> ids,
            Questions questions,
            String bootId,
            List<Consumer<OutboxRow>> taps,
            RecorderListener listener) {
        this.config = config;
        this.queue = queue;
        this.store = store;
        this.clock = clock;
        this.taps = List.copyOf(taps);
        this.listener = listener;
        this.commits = new Commits(store, this::commitFailed, this::lost);
        Past past = Past.of(store, bootId);
        this.ledger =
                new Ledger(config, store, writer, filter, clock, ids, questions, past, listener, this::commitFull);
        this.watched = clock.watch(
                newest(past.aliveAt().map(clock::earlier), ledger.stamps().observedAt()));
        this.thread = Threads.once("recorder", this::run);
    }

    private static Moment newest(Optional<Moment> alive, Moment observed) {
        return alive.filter(moment -> moment.wall().isAfter(observed.wall())).orElse(observed);
    }

    /** Begins with the news {@code started}. Call once. */
    public void start() {
        queue.put(new Heard.Command(() -> {
            ledger.begin();
            ledger.tell(news("started", store.opened().isFirstRun() ? "first_run" : "restart"));
        }));
        thread.start();
    }

    /** Since the thread last came round, which it does every second even if nothing can be committed. Any thread. */
    public Duration sinceLastTurn() {
        return progress.since();
    }

    /** Records something to tell about the agent, after all that was heard before. */
    public void tell(AgentNews news) {
        queue.put(new Heard.Command(() -> ledger.tell(news)));
    }

    /** Publishes by this filter from now on. */
    public void filter(PublishFilter filter) {
        queue.put(new Heard.Command(() -> ledger.filter(filter)));
    }

    /** Publishes the whole truth about every domain; one that waits for its turn is enough for all who ask. */
    public void audit() {
        if (auditWaits.compareAndSet(false, true)) {
            queue.put(new Heard.Command(() -> {
                auditWaits.set(false);
                ledger.audit();
            }));
        }
    }

    /**
     * The first phase of the end: records all that was heard so far, and the news {@code stopped} after it. Call it when
     * nothing is heard any more, and once.
     *
     * @return whether all of it is recorded
     */
    public boolean drain(Duration timeout) throws InterruptedException {
        CountDownLatch drained = new CountDownLatch(1);
        queue.put(new Heard.Command(() -> {
            ledger.tellAll();
            ledger.tell(news("stopped", "shutdown"));
            afterCommit.add(drained::countDown);
        }));
        return drained.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** The second phase: a last commit, within {@link RecorderConfig#stopTimeout}, and the end of the thread. Idempotent. */
    @Override
    public void close() {
        queue.put(new Heard.Command(() -> stopping = true));
        try {
            thread.join(config.stopTimeout().toMillis());
            commits.giveUp();
            thread.join(config.stopTimeout().toMillis());
        } catch (InterruptedException e) {
            commits.giveUp();
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!stopping) {
                progress.made();
                acknowledged = store.acknowledgements();
                Moment asked = clock.now();
                List<Heard> heard = hear();
                heard.forEach(this::take);
                keepBounds();
                tick();
                commit();
                if (heard.size() < config.batch()) {
                    alive(asked);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (StoreException e) {
            log.error("Recording has ended, what could not be committed is lost: {}", e.getMessage());
            listener.failed(e);
        } catch (Throwable e) {
            log.error("Recording has ended", e);
            listener.failed(e);
        }
    }

    /** The next batch: what waits, or in a storm what has come when the time of the next commit has. */
    private List<Heard> hear() throws InterruptedException {
        List<Heard> heard = queue.take(config.batch(), untilTick(), TimeUnit.NANOSECONDS);
        long now = System.nanoTime();
        long early = committedAt + COMMIT_PAUSE.toNanos() - now;
        if (storm.rages(heard.size(), now) && !heard.isEmpty() && early > 0 && heard.size() < config.batch()) {
            LockSupport.parkNanos(early);
            List<Heard> more = queue.take(config.batch() - heard.size(), 0, TimeUnit.NANOSECONDS);
            storm.rages(more.size(), System.nanoTime());
            heard.addAll(more);
        }
        return heard;
    }

    private long untilTick() {
        if (shedding) {
            return 1;
        }
        long most = committedAt + config.tick().toNanos() - System.nanoTime();
        return ledger.nanosUntilDue(Math.max(1, most));
    }

    private void tick() {
        try {
            watched = clock.watch(watched);
            ledger.tick();
            if (store.owes() && arrives()) {
                ledger.repair();
            }
        } catch (RuntimeException e) {
            endOnDamage(e);
            leaveOut("tick", e);
        }
    }

    /** Whether what is told now of what was given up would arrive, and not be given up in its turn. */
    private boolean arrives() {
        return config.keepOutbox()
                ? store.acknowledgements() > acknowledgedAtLoss && store.isRoomy()
                : !store.isHolding();
    }

    /** All that was heard before this moment is recorded. */
    private void alive(Moment moment) {
        if (System.nanoTime() - aliveAt >= ALIVE.toNanos()) {
            aliveAt = System.nanoTime();
            store.alive(moment.wall());
        }
    }

    private void take(Heard heard) {
        try {
            if (heard instanceof DomainEvent event) {
                ledger.heard(event);
            } else if (heard instanceof Snapshot snapshot) {
                ledger.heard(snapshot);
            } else if (heard instanceof Heard.ListingLate late) {
                ledger.heard(late);
            } else if (heard instanceof Heard.Answer answer) {
                ledger.heard(answer);
            } else if (heard instanceof Heard.ConnectionUp up) {
                ledger.heard(up);
            } else if (heard instanceof Heard.ConnectionLost lost) {
                ledger.heard(lost);
            } else if (heard instanceof Heard.Overflow overflow) {
                log.warn("The queue was full: {} events of libvirt are missing", overflow.dropped());
                listener.overflowed(overflow.dropped());
                ledger.overflowed();
            } else if (heard instanceof Heard.Command command) {
                command.action().run();
            }
        } catch (RuntimeException e) {
            endOnDamage(e);
            leaveOut(heard instanceof DomainEvent event ? event.kind().libvirtName() : kind(heard), e);
        }
    }

    /** No more can be recorded in a database that is damaged, whoever noticed it. */
    private static void endOnDamage(RuntimeException e) {
        if (e instanceof StoreException store && store.isCorrupt()) {
            throw e;
        }
    }

    private static String kind(Heard heard) {
        return heard.getClass().getSimpleName();
    }

    private void leaveOut(String kind, RuntimeException e) {
        listener.malformed(kind);
        if (complained.add(kind)) {
            log.warn("A {} can't be recorded and is left out; more of this kind are only counted", kind, e);
        }
    }

    /** Once a tick, or without a pause while there is too much. */
    private void keepBounds() {
        if (!shedding && System.nanoTime() - boundsCheckedAt < config.tick().toNanos()) {
            return;
        }
        boundsCheckedAt = System.nanoTime();
        try {
            Loss lost = store.makeRoom(clock.ran());
            shedding = !lost.isEmpty();
            lost(lost);
            if (!shedding) {
                tellLost();
                store.giveBack();
            }
        } catch (StoreException e) {
            shedding = false;
            log.debug("The outbox's bounds wait for the next commit: {}", e.getMessage());
        } catch (RuntimeException e) {
            shedding = false;
            leaveOut("check of the outbox's bounds", e);
        }
    }

    private void lost(Loss lost) {
        if (!lost.isEmpty()) {
            acknowledgedAtLoss = acknowledged;
            lostUntold += lost.rows();
            listener.dropped(lost.rows());
        }
    }

    /** One line for each minute in which something was given up. */
    private void tellLost() {
        long now = System.nanoTime();
        if (lostUntold > 0 && now - lostToldAt >= LOST_TOLD.toNanos()) {
            log.error(
                    "The outbox is full or its rows too old: {} notifications are given up unsent;"
                            + " see why the broker doesn't take them",
                    lostUntold);
            lostToldAt = now;
            lostUntold = 0;
        }
    }

    private void commit() throws InterruptedException {
        Page page = ledger.turnPage();
        boolean tick = untilTick() <= 1;
        boolean open = store.hasPendingAcknowledgements() || store.isHolding();
        if (!config.keepOutbox() && !page.rows().isEmpty() && store.counter(Store.UNKEPT) == 0) {
            page.count(Store.UNKEPT, page.rows().get(0).sequence());
        }
        if (!page.isEmpty() || ((tick || stopping) && open)) {
            commits.commit(page.batch(config.keepOutbox(), ledger.stamps().counters(), clock), stopping);
        }
        if (tick || !page.isEmpty()) {
            committedAt = System.nanoTime();
        }
        page.rows().forEach(this::show);
        afterCommit.forEach(Runnable::run);
        afterCommit.clear();
    }

    /** In the middle of what one thing heard brings, an audit or a listing of thousands for one. */
    private void commitFull() {
        progress.made();
        try {
            commit();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the next commit ends the thread
        }
    }

    private void commitFailed() {
        progress.made();
        listener.commitFailed();
    }

    private void show(OutboxRow row) {
        listener.recorded(row);
        for (Consumer<OutboxRow> tap : taps) {
            try {
                tap.accept(row);
            } catch (RuntimeException e) {
                failed(e);
            }
        }
    }

    private void failed(RuntimeException e) {
        if (complained.add("tap")) {
            log.warn("A tap can't take a notification; what was recorded is not concerned", e);
        }
    }

    private AgentNews news(String name, String reason) {
        return new AgentNews(name, false, clock.now(), Map.of("reason", reason));
    }
}
