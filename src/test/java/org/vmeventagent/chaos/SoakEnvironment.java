package org.vmeventagent.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.libvirt.LibvirtException;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.CeilometerAgent;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.OsloListener;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;

/**
 * A load of guests in a libvirtd, the agent as it is installed, a RabbitMQ, and a consumer that is a real oslo.messaging listener
 * with a durable queue: what the broker has confirmed comes to it in the end. One thread's, but for what says otherwise.
 */
public final class SoakEnvironment implements AutoCloseable {
    /** A daemon that was lost often is tried again only every 10 s; vanished guests are asked for again after 10 s. */
    private static final Duration TIMEOUT = Duration.ofSeconds(90);

    /** Ceilometer takes some hundred a second, less beside others. */
    private static final Duration SLOW_TIMEOUT = Duration.ofMinutes(5);

    private static final String EXCHANGE = "vm-event-agent";

    private static final String CONFIGURATION = """
            [libvirt]
            keepalive_interval = 1
            keepalive_count = 2
            open_timeout = 2
            resync_interval = 30
            [oslo_messaging_rabbit]
            amqp_durable_queues = true
            heartbeat_timeout_threshold = 4
            [notifications]
            removed_grace = 3
            """;

    private final LibvirtDaemon daemon = new LibvirtDaemon();
    private final RabbitBroker broker = RabbitBroker.shared();
    private final String virtualHost = broker.newVirtualHost();
    private final @Nullable CeilometerAgent ceilometer;
    private final OsloListener listener;
    private final NotificationLog notificationLog = new NotificationLog();
    private final Invariants invariants = new Invariants(notificationLog);
    private final GuestLoad guestLoad;
    private final AgentRuns agent;

    /** @param configuration more of the agent's */
    public SoakEnvironment(
            Path directory, int size, int operationsPerSecond, RandomGenerator random, String configuration)
            throws IOException {
        this(directory, size, operationsPerSecond, random, configuration, null);
    }

    /**
     * One with a second consumer: a real Ceilometer has the collector's queue, and the listener one of its own beside it.
     *
     * @param configuration more of the agent's
     */
    public static SoakEnvironment withCeilometer(
            Path directory, int size, int operationsPerSecond, RandomGenerator random, String configuration)
            throws IOException {
        return new SoakEnvironment(
                directory,
                size,
                operationsPerSecond,
                random,
                configuration,
                Files.createDirectory(directory.resolve("ceilometer")));
    }

    private SoakEnvironment(
            Path directory,
            int size,
            int operationsPerSecond,
            RandomGenerator random,
            String configuration,
            @Nullable Path ofCeilometer)
            throws IOException {
        if (ofCeilometer == null) {
            ceilometer = null;
            listener = OsloListener.start(broker.url(virtualHost), EXCHANGE, "--durable");
        } else {
            ceilometer = CeilometerAgent.start(ofCeilometer, broker, virtualHost, true);
            listener = OsloListener.start(broker.url(virtualHost), EXCHANGE, "--durable", "--pool", "soak");
        }
        // what a kill leaves behind goes with this directory
        Path temporary = Files.createDirectory(directory.resolve("temporary"));
        AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                .withBroker(broker.url(virtualHost))
                .add(CONFIGURATION + configuration);
        agent = new AgentRuns(files, Map.of("VM_EVENT_AGENT_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary));
        agent.current().awaitErr(" subscribed: ");
        guestLoad = new GuestLoad(daemon, size, operationsPerSecond, random);
    }

    public LibvirtDaemon daemon() {
        return daemon;
    }

    public RabbitBroker broker() {
        return broker;
    }

    public String virtualHost() {
        return virtualHost;
    }

    public GuestLoad load() {
        return guestLoad;
    }

    /** The present one, for any thread. */
    public RunningAgent agent() {
        return agent.current();
    }

    /** Thread-safe; complete to the last {@link #listen}. */
    public NotificationLog received() {
        return notificationLog;
    }

    /** Starts the agent again, which must have ended. */
    public void startAgent() {
        agent.start();
    }

    /** To be killed, stopped or frozen. */
    AgentRuns agentRuns() {
        return agent;
    }

    /** Everything that comes to the exchange from now on, as it is on the wire; as long as the broker lives. */
    public BrokerConsumer tap() throws IOException, TimeoutException {
        return new BrokerConsumer(broker, virtualHost, EXCHANGE);
    }

    /** Takes over what came to the consumer; any thread. */
    public synchronized void listen() {
        try {
            for (JsonNode message : listener.takeAll()) {
                notificationLog.accept(OsloListener.inner(message));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Lets the guests rest until the consumer's view is the hypervisor; and nothing was missing, nor wrong. */
    public void settle() {
        guestLoad.rest();
        ChaosRound.await(TIMEOUT, this::difference);
        invariants.check();
        guestLoad.goOn();
    }

    /** Lets the guests rest until the consumer's view is the hypervisor, whatever may have been missing or published twice. */
    public void agree() {
        guestLoad.rest();
        ChaosRound.await(TIMEOUT, this::difference);
        guestLoad.goOn();
    }

    /** Stops the agent; all that it ever published must be here then, and where there is a Ceilometer known to it. */
    public void finish() {
        settle();
        guestLoad.rest();
        Fault.STOPPED.begin(agent);
        ChaosRound.await(TIMEOUT, () -> {
            listen();
            List<ReceivedNotification> last = notificationLog.after(notificationLog.lastSequence() - 1);
            return !last.isEmpty() && last.get(0).name().equals("agent.stopped") ? null : "the last is " + last;
        });
        invariants.check();
        if (ceilometer != null) {
            ChaosRound.await(SLOW_TIMEOUT, () -> unknown(ceilometer));
        }
    }

    /** How many messages Ceilometer dropped without an acknowledgement; 0 where there is no Ceilometer. */
    public long dropped() {
        return ceilometer == null ? 0 : ceilometer.dropped();
    }

    /** What the listener received and Ceilometer has no event of; null for nothing. */
    private @Nullable String unknown(CeilometerAgent collector) {
        Set<String> known = collector.events().stream()
                .map(event -> event.path("message_id").asText())
                .collect(Collectors.toSet());
        List<ReceivedNotification> unknown = notificationLog.all().stream()
                .filter(receivedNotification -> !known.contains(receivedNotification.messageId()))
                .toList();
        return unknown.isEmpty() ? null : unknown.size() + " unknown to Ceilometer, the first is " + unknown.get(0);
    }

    private @Nullable String difference() {
        listen();
        try {
            return guestLoad.difference(invariants);
        } catch (LibvirtException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** What the consumer got and the agent said lately. */
    public String recently(int lines) {
        return "\n" + agent.recently(lines, notificationLog);
    }

    @Override
    public void close() {
        agent.close();
        guestLoad.close();
        listener.close();
        if (ceilometer != null) {
            ceilometer.close();
        }
        daemon.close();
    }
}
