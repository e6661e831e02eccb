package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.KnownDomainCodec;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.notification.NotificationConfig;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.store.InventoryRow;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreConfig;
import org.vmeventagent.time.AgentClock;

/** A recorder over a real store and queue, as one run of the agent has it. */
final class TestRecorder implements AutoCloseable {
    static final Set<String> EVENTS = Set.of(
            "defined",
            "undefined",
            "started",
            "stopped",
            "suspended",
            "resumed",
            "reboot",
            "agent.started",
            "agent.stopped",
            "agent.connected",
            "agent.disconnected",
            "agent.overflow",
            "agent.gap");
    static final PublishFilter EVERYTHING = new PublishFilter(EVENTS, true);

    private static final Duration DEADLINE = Duration.ofSeconds(20);

    final EventQueue queue = new EventQueue(10_000);
    final Store store;
    final Recorder recorder;
    /** Of the host: what {@link Events#CLOCK} shows until somebody sets this one. */
    final HostClock clock = Events.CLOCK.copy();

    private final AgentClock agentClock;
    final CountedMetrics metrics = new CountedMetrics();

    final CountDownLatch ended = new CountDownLatch(1);

    private final List<OutboxRow> tapped = new ArrayList<>();

    /** What the recorder reported. */
    static final class CountedMetrics implements AgentMetrics {
        final AtomicLong malformed = new AtomicLong();
        final Map<String, Integer> events = new ConcurrentHashMap<>();
        final Map<String, Integer> lookups = new ConcurrentHashMap<>();
        final Map<String, Integer> transitions = new ConcurrentHashMap<>();
        /** How long each lasted, by its reason. */
        final Map<String, Duration> gaps = new ConcurrentHashMap<>();

        final AtomicLong dropped = new AtomicLong();
        final AtomicLong failedCommits = new AtomicLong();
        final AtomicLong droppedRows = new AtomicLong();
        final AtomicLong filtered = new AtomicLong();

        @Override
        public void inputFailed(String kind) {
            malformed.incrementAndGet();
        }

        @Override
        public void eventReceived(String kind, String detail, long nanos) {
            events.merge(kind + ' ' + detail, 1, Integer::sum);
        }

        @Override
        public void lookedUp(String result, long nanos) {
            lookups.merge(result, 1, Integer::sum);
        }

        @Override
        public void transitionRecorded(String name, String cause, String origin) {
            transitions.merge(name + ' ' + cause + ' ' + origin, 1, Integer::sum);
        }

        @Override
        public void gapClosed(String uri, String reason, Duration length, int found) {
            gaps.merge(reason, length, Duration::plus);
        }

        @Override
        public void eventsMissed(long count) {
            dropped.addAndGet(count);
        }

        @Override
        public void commitFailed() {
            failedCommits.incrementAndGet();
        }

        @Override
        public void filtered() {
            filtered.incrementAndGet();
        }

        @Override
        public void rowsDropped(String reason, long rows) {
            droppedRows.addAndGet(rows);
        }
    }

    TestRecorder(Path path) {
        this(path, RecorderConfig.DEFAULTS, List.of());
    }

    TestRecorder(Path path, RecorderConfig config, List<Consumer<OutboxRow>> taps) {
        this(StoreConfig.at(path).withSynchronous(StoreConfig.Synchronous.NORMAL), config, taps);
    }

    TestRecorder(StoreConfig place, RecorderConfig config, List<Consumer<OutboxRow>> taps) {
        this(place, config, taps, EVERYTHING, LibvirtQueries.NONE, "");
    }

    TestRecorder(
            StoreConfig place,
            RecorderConfig config,
            List<Consumer<OutboxRow>> taps,
            PublishFilter filter,
            LibvirtQueries queries,
            String bootId) {
        store = Store.open(place);
        agentClock = clock.agent(store.counter(Store.RAN));
        List<Consumer<OutboxRow>> all = new ArrayList<>(taps);
        all.add(this::tap);
        recorder = new Recorder(
                config.withBudget(RateLimitConfig.NONE),
                queue,
                store,
                new NotificationWriter(new NotificationConfig("host", null, "libvirt", "info", true, true), "0.1.0"),
                filter,
                agentClock,
                UUID::randomUUID,
                queries,
                bootId,
                all,
                metrics,
                ended::countDown);
        recorder.start();
    }

    TestRecorder receives(LibvirtInput... received) {
        for (LibvirtInput one : received) {
            queue.put(one);
        }
        return this;
    }

    private synchronized void tap(OutboxRow row) {
        tapped.add(row);
    }

    /** What was shown to a tap, after all that was put into the queue is committed. */
    List<OutboxRow> recorded() throws InterruptedException {
        settle();
        synchronized (this) {
            return List.copyOf(tapped);
        }
    }

    /** What the outbox holds now, in order. */
    List<OutboxRow> kept() throws InterruptedException {
        Set<String> priorities = new HashSet<>();
        recorded().forEach(row -> priorities.add(row.priority()));
        List<OutboxRow> rows = new ArrayList<>();
        priorities.forEach(priority -> rows.addAll(store.read(priority, 0, 100_000)));
        rows.sort((a, b) -> Long.compare(a.sequence(), b.sequence()));
        return rows;
    }

    List<Long> keptNumbers() throws InterruptedException {
        return kept().stream().map(OutboxRow::sequence).toList();
    }

    /** Two rounds: what the first command's batch made is committed when the second runs. */
    void settle() throws InterruptedException {
        for (int round = 0; round < 2; round++) {
            CountDownLatch reached = new CountDownLatch(1);
            queue.put(new LibvirtInput.Command(reached::countDown));
            assertTrue(reached.await(DEADLINE.toSeconds(), TimeUnit.SECONDS), "the recorder doesn't go on");
        }
    }

    /** What is on disk of a domain. */
    KnownDomain domain(int domain) throws InterruptedException {
        InventoryRow row = row(domain).orElseThrow();
        return KnownDomainCodec.read(row.key(), row.domain(), String.valueOf(row.metadata()), agentClock);
    }

    Optional<InventoryRow> row(int domain) throws InterruptedException {
        settle();
        String key = KnownDomainCodec.key(new DomainKey(Events.URI, Events.uuid(domain)));
        return store.inventory().stream().filter(row -> row.key().equals(key)).findFirst();
    }

    @Override
    public void close() {
        recorder.close();
        store.close();
        synchronized (this) {
            tapped.forEach(row -> NotificationSchema.assertValid(row.body()));
        }
    }
}
