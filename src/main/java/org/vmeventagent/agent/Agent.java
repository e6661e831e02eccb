package org.vmeventagent.agent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.LibvirtOptions;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.libvirt.EventLoop;
import org.vmeventagent.libvirt.LibvirtConnection;
import org.vmeventagent.logging.Logging;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.publisher.LogDriver;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.rabbitmq.RabbitClient;
import org.vmeventagent.recorder.LibvirtQueries;
import org.vmeventagent.recorder.Recorder;
import org.vmeventagent.store.InventoryRow;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreException;
import org.vmeventagent.system.ControlSocket;
import org.vmeventagent.system.Systemd;
import org.vmeventagent.system.Threads;
import org.vmeventagent.system.UnixSignals;
import org.vmeventagent.telemetry.PrometheusMetrics;
import org.vmeventagent.time.AgentClock;

/**
 * The daemon: its parts, in the order in which they start.
 *
 * <p>It ends in two phases: first no more events are received and all that came are recorded, then the publisher gets a
 * little time to empty the outbox. What it can't send is sent after the next start.
 */
public final class Agent implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Agent.class);

    /** After this the process ends, whatever still hangs. */
    private static final Duration STOP = Duration.ofSeconds(15);

    /** How much longer a start may take after each second in which the check of the database made progress. */
    private static final Duration CHECK_AHEAD = Duration.ofSeconds(30);

    private static final AtomicBoolean HALTING = new AtomicBoolean();

    private static final Duration DRAIN = Duration.ofSeconds(3);
    private static final Duration FLUSH = Duration.ofSeconds(3);

    private final AgentConfig config;
    private final String version;
    private final Store store;
    private final AgentClock clock;
    private final EventQueue queue;
    private final Recorder recorder;
    private final @Nullable Publisher publisher;
    private final @Nullable RabbitClient brokerClient;
    private final Health health;
    private final Optional<Telemetry> telemetry;
    private final AgentMetrics metrics;
    private final ControlSocket control;
    private final Systemd systemd;
    private final Watchdog watchdog;
    private final Map<String, LibvirtConnection> connections = new ConcurrentHashMap<>();
    private final Map<String, Supplier<Duration>> parts = new ConcurrentHashMap<>();
    private volatile boolean failed;

    /**
     * Opens the database, which takes long if it is large and the disk slow; nothing runs before {@link #start}.
     *
     * @param tap is shown every notification once it is recorded, best effort
     * @param observed is told what happens where no outlet for metrics is on
     * @param end counted down should the agent have to end by itself; it ends the opening, too
     * @throws CancellationException when the opening was ended
     */
    Agent(
            AgentConfig config,
            String version,
            Systemd systemd,
            Consumer<OutboxRow> tap,
            AgentMetrics observed,
            CountDownLatch end) {
        this.config = config;
        this.version = version;
        this.systemd = systemd;
        this.health = new Health(systemd::ready);
        this.watchdog = new Watchdog(systemd, parts, () -> status().summary());
        this.telemetry = Telemetry.of(
                config.options(),
                version,
                samples(),
                watchdog::stuck,
                () -> status().reasons(),
                () -> StatusPage.of(status(), clock(), config.store().path(), Instant.now()));
        this.metrics = telemetry.map(Telemetry::metrics).orElse(observed);
        this.store = Store.open(config.store(), () -> {
            systemd.status("checking " + config.store().path());
            systemd.extendStart(CHECK_AHEAD);
            return end.getCount() > 0;
        });
        this.store.onDamage(damage -> {
            log.error(
                    "The database is damaged and the agent ends; the next start moves it aside and begins a new one: {}",
                    damage.getMessage());
            fail(end);
        });
        store.serve(
                config.publisher() == null ? List.of() : config.publisher().topics(),
                config.publisher() == null ? List.of() : config.publisher().filterTopics(),
                config.publisher() == null ? List.of() : config.publisher().priorities(),
                NotificationWriter::withPriority);
        this.clock = AgentClock.system(store.counter(Store.RAN));
        this.queue = new EventQueue(config.options().get(LibvirtOptions.QUEUE_SIZE));
        List<Consumer<OutboxRow>> taps = config.drivers().log()
                ? List.of(new LogDriver(new FileOutputStream(FileDescriptor.out))::recorded, tap)
                : List.of(tap);
        this.recorder = new Recorder(
                config.recorder(),
                queue,
                store,
                new NotificationWriter(config.notification(), version),
                config.filter(),
                clock,
                UUID::randomUUID,
                queries(),
                config.store().bootId(),
                taps,
                metrics,
                () -> fail(end));
        this.brokerClient = config.amqp() == null ? null : new RabbitClient(config.amqp());
        this.publisher = config.publisher() == null || brokerClient == null
                ? null
                : new Publisher(config.publisher(), store, brokerClient, metrics, clock);
        TestNotifications tests = new TestNotifications(
                config.publisher() == null ? List.of() : config.publisher().topics(), recorder, store, publisher);
        this.control = new ControlSocket(
                Path.of(config.options().get(DefaultOptions.CONTROL_SOCKET)),
                Map.of(
                        "status", argument -> status().text(),
                        "status-json", argument -> status().json(),
                        "audit", argument -> audit(),
                        "domains", argument -> domains(),
                        "metrics", argument -> metricsText(),
                        "emit-test", argument -> tests.emit(),
                        "emit-test-state", tests::state,
                        "outbox-problems", argument -> problems(),
                        "outbox-drop", this::drop));
        parts.put("event loop", EventLoop::sinceLastProgress);
        parts.put("recorder", recorder::sinceLastProgress);
        if (publisher != null) {
            parts.put("publisher", publisher::sinceLastProgress);
        }
    }

    /**
     * Runs an agent until a signal stops it. What comes of SIGHUP and SIGUSR1 while it starts is done after the start.
     *
     * @param load reads the configuration, now and at each SIGHUP
     * @return whether it ended in order
     * @throws ConfigException when there is no start with this configuration
     */
    public static boolean run(Supplier<Configuration> load, String version) throws InterruptedException {
        return run(load, version, row -> {}, AgentMetrics.NONE);
    }

    /** The same, observed from within. */
    public static boolean run(
            Supplier<Configuration> load, String version, Consumer<OutboxRow> tap, AgentMetrics metrics)
            throws InterruptedException {
        EventLoop.prepare();
        CountDownLatch end = new CountDownLatch(1);
        for (String signal : List.of("TERM", "INT")) {
            UnixSignals.on(signal, () -> {
                end.countDown();
                haltAfter(STOP);
            });
        }
        Configuration configuration = load.get();
        Logging.set(configuration);
        boolean failed;
        AgentConfig config = AgentConfig.from(configuration);
        config.warnings().forEach(log::warn);
        try (Agent agent = new Agent(config, version, Systemd.of(System.getenv()), tap, metrics, end)) {
            log.info("vm-event-agent {} starts", version);
            agent.start();
            UnixSignals.on("HUP", () -> agent.reload(load));
            UnixSignals.on("USR1", agent::resync);
            end.await();
            failed = agent.failed;
        } catch (CancellationException e) {
            log.info("Stopped before it was ready: {}", e.getMessage());
            return true;
        }
        log.info("Stopped");
        return !failed;
    }

    void start() {
        recorder.start();
        if (publisher != null) {
            publisher.start();
        }
        Set<String> uris = new LinkedHashSet<>(config.options().get(LibvirtOptions.CONNECTION_URI));
        uris.forEach(uri -> health.expect(LibvirtConnection.shown(uri)));
        // before any connection can make it ready: who waits for that finds them
        telemetry.ifPresent(Telemetry::start);
        control.start();
        for (String uri : uris) {
            LibvirtConnection connection = new LibvirtConnection(config.libvirt(), uri, queue, health, metrics);
            connections.put(connection.uri(), connection);
            parts.put("connection " + connection.uri(), connection::sinceLastProgress);
            connection.start();
        }
        watchdog.start();
    }

    /** Takes over what may change while it runs; a configuration that is wrong changes nothing. */
    void reload(Supplier<Configuration> load) {
        boolean started = systemd.isStarted(); // what is said to a start must not end it
        if (started) {
            systemd.reloading();
        }
        try {
            Configuration configuration = load.get();
            AgentConfig changed = AgentConfig.from(configuration);
            AgentConfig counting = config.reloaded(changed);
            Logging.set(counting.options());
            changed.warnings().forEach(log::warn);
            recorder.filter(counting.filter());
            if (publisher != null
                    && brokerClient != null
                    && counting.amqp() != null
                    && brokerClient.use(counting.amqp())) {
                publisher.reconnect();
            }
            List<String> newTopics = config.newTopics(changed);
            if (!newTopics.isEmpty()) {
                log.warn(
                        "The filters stay as they are until the next start: they name a topic that is new, {}",
                        String.join(", ", newTopics));
            }
            config.needsRestart(changed)
                    .forEach(option -> log.warn("{} has changed and takes effect at the next start", option));
            log.info("Configuration re-read");
        } catch (ConfigException e) {
            log.error("Configuration not changed: {}", e.getMessage());
        } finally {
            if (started) {
                systemd.ready();
            }
        }
    }

    /** Compares all domains with what is known. */
    void resync() {
        connections.values().forEach(LibvirtConnection::requestListing);
    }

    private LibvirtQueries queries() {
        return new LibvirtQueries() {
            @Override
            public void list(String connectionUri) {
                Optional.ofNullable(connections.get(connectionUri)).ifPresent(LibvirtConnection::requestListing);
            }

            @Override
            public void query(String connectionUri, UUID uuid) {
                Optional.ofNullable(connections.get(connectionUri)).ifPresent(connection -> connection.query(uuid));
            }

            @Override
            public void queryJob(String connectionUri, UUID uuid, boolean completed) {
                Optional.ofNullable(connections.get(connectionUri))
                        .ifPresent(connection -> connection.queryJob(uuid, completed));
            }
        };
    }

    private void fail(CountDownLatch end) {
        failed = true;
        end.countDown();
    }

    /** Ends the process after that time, should it still be there; what is committed is safe. The first call counts. */
    private static void haltAfter(Duration time) {
        if (!HALTING.compareAndSet(false, true)) {
            return;
        }
        Threads.once("stop-deadline", () -> {
                    try {
                        TimeUnit.NANOSECONDS.sleep(time.toNanos());
                        log.error("Not stopped after {} s: ending the process", time.toSeconds());
                        Runtime.getRuntime().halt(1);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                })
                .start();
    }

    private String audit() {
        recorder.audit();
        return "exists is published for every domain\n";
    }

    /** A line for each domain that is known: its UUID and its connection. For the command list. */
    private String domains() {
        return store.inventory().stream().map(InventoryRow::key).collect(Collectors.joining("\n", "", "\n"));
    }

    private Status status() {
        return health.status(version, broker(), store.lastSequence(), waiting());
    }

    private AgentClock clock() {
        return clock;
    }

    /** A line for each routing key that waits for something, and what for. For the command outbox. */
    private String problems() {
        if (publisher == null || config.publisher() == null) {
            return "";
        }
        StringBuilder lines = new StringBuilder();
        for (String topic : config.publisher().allTopics()) {
            for (String priority : config.publisher().priorities()) {
                String routingKey = topic + '.' + priority;
                publisher
                        .problem(routingKey)
                        .ifPresent(problem -> lines.append(routingKey)
                                .append(": ")
                                .append(problem)
                                .append('\n'));
            }
        }
        return lines.toString();
    }

    private String drop(String before) {
        if (!before.matches("[1-9][0-9]{0,17}")) {
            throw new IllegalArgumentException("a sequence number is needed");
        }
        recorder.dropBefore(Long.parseLong(before));
        return "what waits before " + before + " is dropped\n";
    }

    private String metricsText() {
        return telemetry
                .map(Telemetry::text)
                .orElse("nothing is counted: set [telemetry] command = true, or another of its options, and restart\n");
    }

    private PrometheusMetrics.Samples samples() {
        return new PrometheusMetrics.Samples() {
            @Override
            public OptionalLong brokerUp() {
                return publisher == null ? OptionalLong.empty() : OptionalLong.of(publisher.connected() ? 1 : 0);
            }

            @Override
            public int queueLength() {
                return queue.size();
            }

            @Override
            public OptionalLong outboxMessages() {
                return waiting();
            }

            @Override
            public OptionalLong outboxBytes() {
                return ofDatabase(store::bytesInUse);
            }

            @Override
            public long outboxLimitBytes() {
                return config.store().maxBytes();
            }

            @Override
            public OptionalLong oldestMessageMillis() {
                return ofDatabase(() -> {
                    long observedAt = store.oldestObservedAt();
                    return observedAt == 0 ? 0 : Math.max(0, clock.ran() - observedAt);
                });
            }

            @Override
            public long lastSequence() {
                return store.lastSequence();
            }

            @Override
            public Map<String, Duration> loopsWithoutProgress() {
                Map<String, Duration> loops = new TreeMap<>();
                parts.forEach((part, since) -> loops.put(part, since.get()));
                return loops;
            }
        };
    }

    private String broker() {
        return publisher == null ? "none" : publisher.connected() ? "connected" : "away";
    }

    /** How many rows wait. */
    private OptionalLong waiting() {
        return ofDatabase(store::depth);
    }

    /** Empty where the database can't be read, which others report. */
    private static OptionalLong ofDatabase(LongSupplier read) {
        try {
            return OptionalLong.of(read.getAsLong());
        } catch (StoreException e) {
            log.debug("The database can't be asked: {}", e.getMessage());
            return OptionalLong.empty();
        }
    }

    @Override
    public void close() {
        systemd.stopping();
        haltAfter(STOP);
        control.close();
        telemetry.ifPresent(Telemetry::close);
        connections.values().forEach(LibvirtConnection::stop);
        connections.values().forEach(LibvirtConnection::close);
        try {
            if (!recorder.drain(DRAIN)) {
                log.warn("Not all events that came could be recorded within {} s", DRAIN.toSeconds());
            }
            if (publisher != null && publisher.connected() && !publisher.flush(FLUSH)) {
                log.info("What the broker has not confirmed is sent after the next start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (publisher != null) {
            publisher.close();
        }
        recorder.close();
        watchdog.close();
        store.close();
    }
}
