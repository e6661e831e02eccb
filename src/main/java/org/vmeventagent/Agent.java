package org.vmeventagent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.bus.LogTap;
import org.vmeventagent.bus.Publisher;
import org.vmeventagent.bus.PublisherListener;
import org.vmeventagent.bus.amqp.AmqpDialer;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.LibvirtOptions;
import org.vmeventagent.config.Options;
import org.vmeventagent.control.ControlSocket;
import org.vmeventagent.event.HeardQueue;
import org.vmeventagent.libvirt.EventLoop;
import org.vmeventagent.libvirt.LibvirtConnection;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.recorder.Questions;
import org.vmeventagent.recorder.Recorder;
import org.vmeventagent.recorder.RecorderListener;
import org.vmeventagent.store.InventoryRow;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreException;
import org.vmeventagent.system.Signals;
import org.vmeventagent.system.Systemd;
import org.vmeventagent.time.AgentClock;

/**
 * The daemon: its parts, in the order in which they start.
 *
 * <p>It ends in two phases: first nothing more is heard and all that was heard is recorded, then the publisher gets a
 * little time to empty the outbox. What it can't send is sent after the next start.
 */
public final class Agent implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Agent.class);

    /** After this the process ends, whatever still hangs. */
    private static final Duration STOP = Duration.ofSeconds(15);

    /** How much longer a start may take after each second in which the check of the database made progress. */
    private static final Duration CHECK_AHEAD = Duration.ofSeconds(30);

    private static final Duration DRAIN = Duration.ofSeconds(3);
    private static final Duration FLUSH = Duration.ofSeconds(3);

    private final Setup setup;
    private final Store store;
    private final HeardQueue queue;
    private final Recorder recorder;
    private final @Nullable Publisher publisher;
    private final @Nullable AmqpDialer dialer;
    private final Status status = new Status();
    private final ControlSocket control;
    private final Systemd systemd;
    private final Pulse pulse;
    private final Map<String, LibvirtConnection> connections = new ConcurrentHashMap<>();
    private final Map<String, Supplier<Duration>> parts = new ConcurrentHashMap<>();
    private volatile boolean failed;

    /**
     * Opens the database, which takes long if it is large and the disk slow; nothing runs before {@link #start}.
     *
     * @param tap is shown every notification once it is recorded, best effort
     * @param end counted down should the agent have to end by itself; gives up the opening
     * @throws CancellationException when the opening was given up
     */
    Agent(
            Setup setup,
            String version,
            Systemd systemd,
            Consumer<OutboxRow> tap,
            PublisherListener publisherListener,
            CountDownLatch end) {
        this.setup = setup;
        this.systemd = systemd;
        this.store = Store.open(setup.store(), () -> {
            systemd.status("checking " + setup.store().path());
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
                setup.publisher() == null ? List.of() : setup.publisher().topics(),
                setup.publisher() == null ? List.of() : setup.publisher().priorities(),
                NotificationWriter::withPriority);
        AgentClock clock = AgentClock.system(store.counter(Store.RAN));
        this.queue = new HeardQueue(setup.options().get(LibvirtOptions.QUEUE_SIZE));
        List<Consumer<OutboxRow>> taps = setup.drivers().log()
                ? List.of(new LogTap(new FileOutputStream(FileDescriptor.out))::recorded, tap)
                : List.of(tap);
        this.recorder = new Recorder(
                setup.recorder(),
                queue,
                store,
                new NotificationWriter(setup.notification(), version),
                setup.filter(),
                clock,
                UUID::randomUUID,
                questions(),
                setup.store().bootId(),
                taps,
                recorderListener(end));
        this.dialer = setup.amqp() == null ? null : new AmqpDialer(setup.amqp());
        this.control = new ControlSocket(
                Path.of(setup.options().get(DefaultOptions.CONTROL_SOCKET)),
                Map.of("status", () -> status(version), "audit", this::audit, "domains", this::domains));
        this.publisher = setup.publisher() == null || dialer == null
                ? null
                : new Publisher(setup.publisher(), store, dialer, publisherListener, clock);
        this.pulse = new Pulse(systemd, parts, () -> status.summary(broker(), waiting()));
        parts.put("event loop", EventLoop::sinceLastTurn);
        parts.put("recorder", recorder::sinceLastTurn);
        if (publisher != null) {
            parts.put("publisher", publisher::sinceLastTurn);
        }
    }

    /**
     * Runs an agent until it is told to stop. What comes of SIGHUP and SIGUSR1 while it starts is done after the start.
     *
     * @param load reads the configuration, now and at each SIGHUP
     * @return whether it ended in order
     * @throws ConfigException when there is no start with this configuration
     */
    public static boolean run(Supplier<Options> load, String version) throws InterruptedException {
        return run(load, version, row -> {}, PublisherListener.NONE);
    }

    /** The same, observed from within. */
    public static boolean run(
            Supplier<Options> load, String version, Consumer<OutboxRow> tap, PublisherListener publisherListener)
            throws InterruptedException {
        EventLoop.prepare();
        CountDownLatch end = new CountDownLatch(1);
        for (String signal : List.of("TERM", "INT")) {
            Signals.on(signal, () -> {
                end.countDown();
                Watchdog.haltAfter(STOP);
            });
        }
        Options options = load.get();
        Logging.set(options);
        boolean failed;
        Setup setup = Setup.from(options);
        setup.warnings().forEach(log::warn);
        try (Agent agent = new Agent(setup, version, Systemd.of(System.getenv()), tap, publisherListener, end)) {
            log.info("vm-event-agent {} starts", version);
            agent.start();
            Signals.on("HUP", () -> agent.reload(load));
            Signals.on("USR1", agent::resync);
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
        Set<String> uris = new LinkedHashSet<>(setup.options().get(LibvirtOptions.CONNECTION_URI));
        Readiness readiness = new Readiness(uris.size(), systemd::ready);
        for (String uri : uris) {
            String shown = LibvirtConnection.shown(uri);
            LibvirtConnection connection =
                    new LibvirtConnection(setup.libvirt(), uri, queue, status.of(shown, readiness.of(shown)));
            connections.put(connection.uri(), connection);
            parts.put("connection " + shown, connection::sinceLastTurn);
            connection.start();
        }
        control.start();
        pulse.start();
    }

    /** Takes over what may change while it runs; a configuration that is wrong changes nothing. */
    void reload(Supplier<Options> load) {
        boolean started = systemd.isStarted(); // what is said to a start must not end it
        if (started) {
            systemd.reloading();
        }
        try {
            Options options = load.get();
            Setup changed = Setup.from(options);
            Setup counting = setup.reloaded(changed);
            Logging.set(counting.options());
            changed.warnings().forEach(log::warn);
            recorder.filter(counting.filter());
            if (publisher != null && dialer != null && counting.amqp() != null && dialer.use(counting.amqp())) {
                publisher.reconnect();
            }
            setup.needsRestart(changed)
                    .forEach(option -> log.warn("{} has changed: it counts from the next start", option));
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
        connections.values().forEach(LibvirtConnection::requestSnapshot);
    }

    private Questions questions() {
        return new Questions() {
            @Override
            public void list(String connectionUri) {
                Optional.ofNullable(connections.get(connectionUri)).ifPresent(LibvirtConnection::requestSnapshot);
            }

            @Override
            public void ask(String connectionUri, UUID uuid) {
                Optional.ofNullable(connections.get(connectionUri)).ifPresent(connection -> connection.ask(uuid));
            }
        };
    }

    private RecorderListener recorderListener(CountDownLatch end) {
        return new RecorderListener() {
            @Override
            public void failed(Throwable cause) {
                fail(end);
            }
        };
    }

    private void fail(CountDownLatch end) {
        failed = true;
        end.countDown();
    }

    private String audit() {
        recorder.audit();
        return "exists is published for every domain\n";
    }

    /** A line for each domain that is known: its UUID and its connection. For the command list. */
    private String domains() {
        return store.inventory().stream().map(InventoryRow::key).collect(Collectors.joining("\n", "", "\n"));
    }

    private String status(String version) {
        return status.text(version, broker(), store.lastSequence(), waiting());
    }

    private String broker() {
        return publisher == null ? "none" : publisher.connected() ? "connected" : "away";
    }

    /** How many rows wait; empty where the database can't be read, which others report. */
    private OptionalLong waiting() {
        try {
            return OptionalLong.of(store.depth());
        } catch (StoreException e) {
            log.debug("It isn't known what waits: {}", e.getMessage());
            return OptionalLong.empty();
        }
    }

    @Override
    public void close() {
        systemd.stopping();
        Watchdog.haltAfter(STOP);
        control.close();
        connections.values().forEach(LibvirtConnection::stop);
        connections.values().forEach(LibvirtConnection::close);
        try {
            if (!recorder.drain(DRAIN)) {
                log.warn("Not all that was heard could be recorded within {} s", DRAIN.toSeconds());
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
        pulse.close();
        store.close();
    }
}
