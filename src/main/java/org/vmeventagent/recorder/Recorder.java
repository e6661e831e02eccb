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
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.notification.EventNames;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.store.DroppedRows;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreException;
import org.vmeventagent.system.Progress;
import org.vmeventagent.system.Threads;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/**
 * Records what libvirt reports: the only reader of the queue, the only writer of the store, the only owner of the inventory.
 *
 * <p>Threads: one, named {@code recorder}. It takes what waits, makes notifications of it, commits them together with
 * the inventory and the counters in one transaction, and then shows them to the taps. Everything public here may be
 * called from any thread; what it has for the recorder goes through the queue, in order with the events.
 *
 * <p>What was taken from the queue and committed survives a crash; what was taken and not committed is as if it had never
 * come. What can't be committed is buffered in memory, bounded, and tried again for ever; see {@link Store#bufferInMemory}. One
 * input that can't be recorded is counted and left out, never the end of the loop.
 *
 * <p>The end comes in two phases: {@link #drain} records all that came and keeps on taking acknowledgements, so that
 * a publisher can empty the outbox; {@link #close} commits the last of them. The store stays open: it is its owner's.
 */
public final class Recorder implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Recorder.class);

    /** How often a sign of life is written, and so how long the thread rests while nothing is under way. */
    private static final Duration ALIVE = Duration.ofSeconds(5);
    /** In a storm commits come no closer than this, so that many events share one. Else what comes is committed at once. */
    private static final Duration COMMIT_PAUSE = Duration.ofMillis(2);

    /** Between two lines about what was dropped. */
    private static final Duration DROPPED_LOG_INTERVAL = Duration.ofMinutes(1);

    private final RecorderConfig config;
    private final EventQueue queue;
    private final Store store;
    private final AgentClock clock;
    private final List<Consumer<OutboxRow>> taps;
    private final AgentMetrics metrics;
    private final Runnable ended;
    private final CommitRetry commitRetry;
    private final EventProcessor processor;
    private final TransitionSink sink;
    private final ParkedEvents parked;
    private final Thread thread;

    private final AtomicBoolean auditWaits = new AtomicBoolean();
    private final Progress progress = new Progress();
    /** Whether the thread waits for longer than acknowledgements are to wait for their commit, or may be about to. */
    private volatile boolean resting;

    // The recorder's thread owns these.
    private final List<Runnable> afterCommit = new ArrayList<>();
    private final Set<String> logged = new HashSet<>();
    private boolean stopping;
    private final BurstDetector burst = new BurstDetector(System.nanoTime());
    private long committedAt = System.nanoTime();
    /** When something was recorded last: before long it is acknowledged. */
    private long recordedAt = System.nanoTime();

    private long aliveAt = System.nanoTime() - ALIVE.toNanos();
    private long boundsCheckedAt = System.nanoTime();
    private boolean shedding;
    private Moment watched;

    /** As many acknowledgements had come when this turn began, and when the last began in which something was dropped. */
    private long acknowledged;

    private long acknowledgedAtDrop;

    private long droppedUnlogged;
    private long droppedLoggedAt = System.nanoTime() - DROPPED_LOG_INTERVAL.toNanos();

    /**
     * Reads the inventory; nothing runs before {@link #start}.
     *
     * @param filter what is published
     * @param ids random UUIDs
     * @param queries how libvirt is queried
     * @param bootId of this boot of the host; empty text where it is not known
     * @param taps are shown what was committed, best effort: after a crash nothing again
     * @param ended called on the recorder's thread when it has ended by itself: the process must be restarted
     */
    public Recorder(
            RecorderConfig config,
            EventQueue queue,
            Store store,
            NotificationWriter writer,
            PublishFilter filter,
            AgentClock clock,
            Supplier<UUID> ids,
            LibvirtQueries queries,
            String bootId,
            List<Consumer<OutboxRow>> taps,
            AgentMetrics metrics,
            Runnable ended) {
        this.config = config;
        this.queue = queue;
        this.store = store;
        this.clock = clock;
        this.taps = List.copyOf(taps);
        this.metrics = metrics;
        this.ended = ended;
        this.commitRetry = new CommitRetry(store, metrics, progress::made, rows -> dropped("memory", rows));
        this.processor = new EventProcessor(
                config, store, writer, filter, clock, ids, queries, bootId, metrics, this::commitFull);
        this.sink = processor.sink();
        this.parked = new ParkedEvents(processor::nanosToWait, this::record, queue::wake);
        this.watched = clock.watch(newest(
                store.aliveAt().map(clock::earlier), sink.sequenceNumbers().observedAt()));
        store.onAcknowledgement(() -> {
            if (resting) {
                queue.wake();
            }
        });
        this.thread = Threads.once("recorder", this::run);
    }

    private static Moment newest(Optional<Moment> alive, Moment observed) {
        return alive.filter(moment -> moment.wall().isAfter(observed.wall())).orElse(observed);
    }

    /** Begins with the event {@code agent.started}. Call once. */
    public void start() {
        queue.put(new LibvirtInput.Command(() -> {
            processor.begin();
            sink.publish(event("started", store.opened().isFirstRun() ? "first_run" : "restart"));
        }));
        thread.start();
    }

    /**
     * Since the thread last made progress, which it does every second even if nothing can be committed. Its rest counts as
     * progress. Any thread.
     */
    public Duration sinceLastProgress() {
        return progress.since();
    }

    /** Records an event of the agent itself, after all that came before. */
    public void publish(AgentEvent event) {
        queue.put(new LibvirtInput.Command(() -> sink.publish(event)));
    }

    /**
     * Publishes a notification that says nothing but that it arrives, after all that came before.
     *
     * @param recorded gets what names it once it is committed, or buffered in memory; on the recorder's thread
     */
    public void test(Consumer<NotificationIds> recorded) {
        queue.put(new LibvirtInput.Command(
                () -> sink.publish(new AgentEvent(EventNames.TEST, false, clock.now(), Map.of()))
                        .ifPresent(ids -> afterCommit.add(() -> recorded.accept(ids)))));
    }

    /** Drops what waits and has a smaller number, as what finds no room is dropped. */
    public void dropBefore(long sequence) {
        queue.put(new LibvirtInput.Command(() -> {
            log.warn("Dropping what waits before the sequence number {}, by command", sequence);
            store.dropBefore(sequence);
            shedding = true;
        }));
    }

    /** Publishes by this filter from now on. */
    public void filter(PublishFilter filter) {
        queue.put(new LibvirtInput.Command(() -> sink.filter(filter)));
    }

    /** Publishes the current state of every domain; one that waits for its turn is enough for all who request it. */
    public void audit() {
        if (auditWaits.compareAndSet(false, true)) {
            queue.put(new LibvirtInput.Command(() -> {
                auditWaits.set(false);
                processor.audit();
            }));
        }
    }

    /**
     * The first phase of the end: records all that came so far, and the event {@code agent.stopped} after it. Call it when
     * nothing comes any more, and once.
     *
     * @return whether all of it is recorded
     */
    public boolean drain(Duration timeout) throws InterruptedException {
        CountDownLatch drained = new CountDownLatch(1);
        queue.put(new LibvirtInput.Command(() -> {
            sink.publishSuppressed();
            sink.publish(event("stopped", "shutdown"));
            afterCommit.add(drained::countDown);
        }));
        return drained.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** The second phase: a last commit, within {@link RecorderConfig#stopTimeout}, and the end of the thread. Idempotent. */
    @Override
    public void close() {
        queue.put(new LibvirtInput.Command(() -> stopping = true));
        try {
            thread.join(config.stopTimeout().toMillis());
            commitRetry.stopRetrying();
            thread.join(config.stopTimeout().toMillis());
        } catch (InterruptedException e) {
            commitRetry.stopRetrying();
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!stopping) {
                progress.made();
                acknowledged = store.acknowledgements();
                Moment before = clock.now();
                List<LibvirtInput> input = receive();
                input.forEach(this::process);
                parked.release();
                keepBounds();
                tick();
                commit();
                if (input.size() < config.batch()) {
                    alive(parked.oldest().orElse(before));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (StoreException e) {
            log.error("Recording has ended, what could not be committed is lost: {}", e.getMessage());
            ended.run();
        } catch (Throwable e) {
            log.error("Recording has ended", e);
            ended.run();
        }
    }

    /** The next batch: what waits, or in a storm what has come when the time of the next commit has. */
    private List<LibvirtInput> receive() throws InterruptedException {
        resting = true; // first: what is acknowledged from now on is waited for, or wakes the thread
        long nanos = untilTick();
        resting = nanos > config.tick().toNanos();
        if (resting) {
            progress.waits(Duration.ofNanos(nanos));
        }
        List<LibvirtInput> input = queue.take(config.batch(), nanos, TimeUnit.NANOSECONDS);
        resting = false;
        progress.made();
        long now = System.nanoTime();
        long early = committedAt + COMMIT_PAUSE.toNanos() - now;
        if (burst.isBurst(input.size(), now) && !input.isEmpty() && early > 0 && input.size() < config.batch()) {
            LockSupport.parkNanos(early);
            List<LibvirtInput> more = queue.take(config.batch() - input.size(), 0, TimeUnit.NANOSECONDS);
            burst.isBurst(more.size(), System.nanoTime());
            input.addAll(more);
        }
        return input;
    }

    private long untilTick() {
        if (shedding) {
            return 1;
        }
        Duration rest = isQuiet() ? ALIVE : config.tick();
        long most = committedAt + rest.toNanos() - System.nanoTime();
        return processor.nanosUntilDue(parked.nanosUntilDue(Math.max(1, most)));
    }

    /** Whether no tick has anything to do before somebody brings it. */
    private boolean isQuiet() {
        return System.nanoTime() - recordedAt >= config.tick().toNanos()
                && !store.hasPendingAcknowledgements()
                && !store.isBuffering()
                && !store.hasUnreportedDrops()
                && processor.isQuiet();
    }

    private void tick() {
        try {
            watched = clock.watch(watched);
            processor.tick();
            if (store.hasUnreportedDrops() && wouldArrive()) {
                processor.reportDropped();
            }
        } catch (RuntimeException e) {
            endOnDamage(e);
            leaveOut("tick", e);
        }
    }

    /** Whether a report of what was dropped would arrive now, and not be dropped in its turn. */
    private boolean wouldArrive() {
        return config.keepOutbox()
                ? store.acknowledgements() > acknowledgedAtDrop && store.isRoomy()
                : !store.isBuffering();
    }

    /** All that came before this moment is recorded. */
    private void alive(Moment moment) {
        if (System.nanoTime() - aliveAt >= ALIVE.toNanos()) {
            aliveAt = System.nanoTime();
            store.alive(moment.wall());
        }
    }

    private void process(LibvirtInput input) {
        if (input instanceof DomainEvent event) {
            EnumValue detail = event.detail();
            metrics.eventReceived(
                    event.wireName(),
                    detail == null ? "" : detail.name(),
                    System.nanoTime() - event.observedAt().nanos());
            parked.receive(event);
        } else if (input instanceof LibvirtInput.DomainRecheck recheck) {
            parked.flush(new DomainKey(recheck.connectionUri(), recheck.uuid()));
            record(input);
        } else if (input instanceof LibvirtInput.JobStatistics job) {
            parked.flush(new DomainKey(job.connectionUri(), job.uuid()));
            record(input);
        } else {
            parked.flush();
            record(input);
        }
    }

    /** Everything that came before it, of what it concerns, was recorded. */
    private void record(LibvirtInput input) {
        try {
            if (input instanceof DomainEvent event) {
                processor.receive(event);
            } else if (input instanceof DomainListing listing) {
                processor.receive(listing);
            } else if (input instanceof LibvirtInput.ListingLate late) {
                processor.receive(late);
            } else if (input instanceof LibvirtInput.DomainRecheck recheck) {
                processor.receive(recheck);
            } else if (input instanceof LibvirtInput.JobStatistics job) {
                processor.receive(job);
            } else if (input instanceof LibvirtInput.ConnectionUp up) {
                processor.receive(up);
            } else if (input instanceof LibvirtInput.ConnectionLost lost) {
                processor.receive(lost);
            } else if (input instanceof LibvirtInput.Overflow overflow) {
                log.warn("The queue was full: dropped {} events of libvirt", overflow.dropped());
                processor.overflowed(overflow.dropped());
            } else if (input instanceof LibvirtInput.Command command) {
                command.action().run();
            }
        } catch (RuntimeException e) {
            endOnDamage(e);
            leaveOut(input instanceof DomainEvent event ? event.kind().libvirtName() : kind(input), e);
        }
    }

    /** No more can be recorded in a database that is damaged, whoever noticed it. */
    private static void endOnDamage(RuntimeException e) {
        if (e instanceof StoreException store && store.isCorrupt()) {
            throw e;
        }
    }

    private static String kind(LibvirtInput input) {
        return input.getClass().getSimpleName();
    }

    private void leaveOut(String kind, RuntimeException e) {
        metrics.inputFailed(kind);
        if (logged.add(kind)) {
            log.warn("Left out a {} that can't be recorded; more of this kind are only counted", kind, e);
        }
    }

    /** Once a tick, or without a pause while there is too much. */
    private void keepBounds() {
        if (!shedding && System.nanoTime() - boundsCheckedAt < config.tick().toNanos()) {
            return;
        }
        boundsCheckedAt = System.nanoTime();
        try {
            DroppedRows dropped = store.makeRoom(clock.ran());
            shedding = !dropped.isEmpty() || store.isTrimming();
            dropped("outbox", dropped);
            if (!shedding) {
                logDropped();
                store.releaseFreePages();
            }
        } catch (StoreException e) {
            shedding = false;
            log.debug("The outbox's bounds wait for the next commit: {}", e.getMessage());
        } catch (RuntimeException e) {
            shedding = false;
            leaveOut("check of the outbox's bounds", e);
        }
    }

    private void dropped(String reason, DroppedRows dropped) {
        if (!dropped.isEmpty()) {
            acknowledgedAtDrop = acknowledged;
            droppedUnlogged += dropped.rows();
            metrics.rowsDropped(reason, dropped.rows());
        }
    }

    /** One line for each minute in which something was dropped. */
    private void logDropped() {
        long now = System.nanoTime();
        if (droppedUnlogged > 0 && now - droppedLoggedAt >= DROPPED_LOG_INTERVAL.toNanos()) {
            log.error(
                    "Dropped {} unsent notifications (outbox full, too old, or by command);"
                            + " check why the broker doesn't take them",
                    droppedUnlogged);
            droppedLoggedAt = now;
            droppedUnlogged = 0;
        }
    }

    private void commit() throws InterruptedException {
        PendingBatch batch = sink.drain();
        boolean tick = untilTick() <= 1;
        boolean open = store.hasPendingAcknowledgements() || store.isBuffering();
        if (!config.keepOutbox() && !batch.rows().isEmpty() && store.counter(Store.UNKEPT) == 0) {
            batch.count(Store.UNKEPT, batch.rows().get(0).sequence());
        }
        if (!batch.isEmpty() || ((tick || stopping) && open)) {
            commitRetry.commit(
                    batch.batch(config.keepOutbox(), sink.sequenceNumbers().counters(), clock), stopping);
        }
        if (tick || !batch.isEmpty()) {
            committedAt = System.nanoTime();
        }
        if (!batch.isEmpty()) {
            recordedAt = committedAt;
        }
        batch.rows().forEach(this::show);
        afterCommit.forEach(Runnable::run);
        afterCommit.clear();
    }

    /** In the middle of what one input brings, an audit or a listing of thousands for one. */
    private void commitFull() {
        progress.made();
        try {
            commit();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the next commit ends the thread
        }
    }

    private void show(OutboxRow row) {
        for (Consumer<OutboxRow> tap : taps) {
            try {
                tap.accept(row);
            } catch (RuntimeException e) {
                failed(e);
            }
        }
    }

    private void failed(RuntimeException e) {
        if (logged.add("tap")) {
            log.warn("A tap failed on a notification; what is recorded is not affected", e);
        }
    }

    private AgentEvent event(String name, String reason) {
        return new AgentEvent(name, false, clock.now(), Map.of("reason", reason));
    }

    /** Tells a storm from a busy host: more than {@value #MAX_EVENTS} inputs in {@value #WINDOW_MS} ms. */
    static final class BurstDetector {
        static final int MAX_EVENTS = 20;
        static final int WINDOW_MS = 10;

        private static final long WINDOW = WINDOW_MS * 1_000_000L;

        private long since;
        private long received;
        private boolean isBurst;

        /** @param now by {@link System#nanoTime} */
        BurstDetector(long now) {
            since = now;
        }

        /** Counts what came; whether it is a storm, which is judged again when a window is over. */
        boolean isBurst(int more, long now) {
            received += more;
            long past = now - since;
            if (past >= WINDOW) {
                isBurst = received * WINDOW > MAX_EVENTS * past;
                since = now;
                received = 0;
            }
            return isBurst;
        }
    }
}
