package org.vmeventagent.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.libvirt.LibvirtException;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;

/**
 * A load of guests in a libvirtd, two agents as they are installed that listen to it as two hosts, a RabbitMQ, and the consumer
 * of docs/consumer; of all of them one is killed now and then. One thread's.
 */
public final class ConsumerEnvironment implements AutoCloseable {
    /** What can go wrong in a round. */
    private enum Mishap {
        CONSUMER_KILLED,
        CONSUMER_KILLED_WHILE_IT_STARTS,
        CONSUMER_FROZEN,
        CONSUMER_STOPPED,
        CONSUMER_KILLED_WITH_AN_AGENT,
        AGENT_KILLED,
        AGENT_DATABASE_LOST,
        BROKER_CLIENTS_CUT_OFF,
        BROKER_KILLED,
        BROKER_RESTARTED,
        LIBVIRTD_KILLED
    }

    private static final List<String> HOSTS = List.of("cmp-01", "cmp-02");

    /** The consumer first: its deaths are what is tried here. */
    private static final List<Mishap> BY_WEIGHT = List.of(
            Mishap.CONSUMER_KILLED,
            Mishap.CONSUMER_KILLED,
            Mishap.CONSUMER_KILLED,
            Mishap.CONSUMER_KILLED,
            Mishap.CONSUMER_KILLED_WHILE_IT_STARTS,
            Mishap.CONSUMER_KILLED_WHILE_IT_STARTS,
            Mishap.CONSUMER_FROZEN,
            Mishap.CONSUMER_STOPPED,
            Mishap.CONSUMER_KILLED_WITH_AN_AGENT,
            Mishap.CONSUMER_KILLED_WITH_AN_AGENT,
            Mishap.AGENT_KILLED,
            Mishap.AGENT_DATABASE_LOST,
            Mishap.BROKER_CLIENTS_CUT_OFF,
            Mishap.BROKER_KILLED,
            Mishap.BROKER_RESTARTED,
            Mishap.LIBVIRTD_KILLED);

    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final Duration QUIET = Duration.ofMillis(1500);
    /** How many of the callbacks fail; each is a pause of a second and more. */
    private static final double FAILURES = 0.002;

    private static final String CONFIGURATION = """
            [libvirt]
            keepalive_interval = 1
            keepalive_count = 2
            open_timeout = 2
            [oslo_messaging_rabbit]
            amqp_durable_queues = true
            heartbeat_timeout_threshold = 4
            [notifications]
            removed_grace = 3
            [DEFAULT]
            host = %s
            """;

    private final LibvirtDaemon daemon = new LibvirtDaemon();
    private final RabbitBroker broker = RabbitBroker.shared();
    private final String virtualHost = broker.newVirtualHost();
    private final SplittableRandom random;
    private final ConsumerProcess consumer;
    private final List<AgentRuns> agents = new ArrayList<>();
    private final List<Path> databases = new ArrayList<>();
    private final GuestLoad load;
    private final Map<Mishap, Integer> happened = new TreeMap<>();

    public ConsumerEnvironment(Path directory, int size, int operationsPerSecond, SplittableRandom random)
            throws IOException {
        this.random = random;
        consumer = new ConsumerProcess(directory, broker.url(virtualHost), FAILURES);
        Path temporary = Files.createDirectory(directory.resolve("temporary"));
        for (String host : HOSTS) {
            AgentFiles files = AgentFiles.of(
                            Files.createDirectory(directory.resolve(host)), daemon.readOnly(daemon.testUri()))
                    .withBroker(broker.url(virtualHost))
                    .add(CONFIGURATION.formatted(host));
            databases.add(files.database());
            agents.add(new AgentRuns(files, Map.of("VM_EVENT_AGENT_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary)));
        }
        load = new GuestLoad(daemon, size, operationsPerSecond, random.split());
        agents.forEach(agent -> agent.current().awaitErr(" subscribed: "));
    }

    /** Lets something go wrong while the guests go on; when it returns all are there again, or start. */
    public void round() {
        pause(QUIET);
        Mishap mishap = BY_WEIGHT.get(random.nextInt(BY_WEIGHT.size()));
        happened.merge(mishap, 1, Integer::sum);
        AgentRuns agent = agents.get(random.nextInt(agents.size()));
        switch (mishap) {
            case CONSUMER_KILLED -> kill(consumer);
            case CONSUMER_KILLED_WHILE_IT_STARTS -> {
                kill(consumer);
                pause(QUIET);
                kill(consumer);
            }
            case CONSUMER_FROZEN -> {
                consumer.signal("STOP");
                pause(QUIET);
                consumer.signal("CONT");
            }
            case CONSUMER_STOPPED -> {
                consumer.awaitListening(); // before it takes signals SIGTERM is as good as SIGKILL
                consumer.terminate();
                consumer.start();
            }
            case CONSUMER_KILLED_WITH_AN_AGENT -> {
                agent.current().kill9();
                kill(consumer);
                agent.start();
            }
            case AGENT_KILLED -> {
                agent.current().kill9();
                agent.start();
            }
            case AGENT_DATABASE_LOST -> loseDatabase(agent);
            case BROKER_CLIENTS_CUT_OFF -> happens(Fault.CLIENTS_CUT_OFF);
            case BROKER_KILLED -> happens(Fault.KILLED);
            case BROKER_RESTARTED -> happens(Fault.STOPPED);
            case LIBVIRTD_KILLED -> {
                daemon.kill9();
                daemon.start();
            }
        }
        consumer.awaitListening();
    }

    /** At rest: what the agent had not sent would be lost with it. */
    private void loseDatabase(AgentRuns agent) {
        load.rest();
        ChaosRound.await(TIMEOUT, this::difference);
        agent.current().kill9();
        Path database = databases.get(agents.indexOf(agent));
        for (String suffix : List.of("", "-wal", "-shm", ".alive")) {
            try {
                Files.deleteIfExists(database.resolveSibling(database.getFileName() + suffix));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        agent.start();
        load.goOn();
    }

    private void happens(Fault fault) {
        fault.begin(broker, virtualHost);
        fault.end(broker);
    }

    private static void kill(ConsumerProcess consumer) {
        consumer.kill9();
        consumer.start();
    }

    private void pause(Duration most) {
        LockSupport.parkNanos(random.nextLong(most.toNanos()));
    }

    /** Lets the guests rest until the consumer's view of each host is the hypervisor. */
    public void settle() {
        load.rest();
        ChaosRound.await(TIMEOUT, this::difference);
        check();
        load.goOn();
    }

    /** Stops the agents; all that they ever published must have been called back then. */
    public void finish() {
        load.rest();
        agents.forEach(agent -> agent.current().awaitErr(" subscribed: "));
        ChaosRound.await(TIMEOUT, this::difference);
        agents.forEach(Fault.STOPPED::begin);
        ChaosRound.await(TIMEOUT, () -> {
            for (String host : HOSTS) {
                List<ConsumerCalls.Call> calls = ConsumerCalls.of(consumer.calls(), host);
                String last = calls.isEmpty()
                        ? "nothing"
                        : calls.get(calls.size() - 1).name();
                if (!last.equals("agent.stopped")) {
                    return "the last of " + host + " is " + last;
                }
            }
            return null;
        });
        check();
        consumer.terminate();
    }

    private void check() {
        List<String> calls = consumer.calls();
        for (String host : HOSTS) {
            ConsumerCalls.check(calls, host);
        }
    }

    private @Nullable String difference() {
        try {
            Map<String, String> current = load.currentState();
            String uri = load.hypervisor().agentUri();
            for (String host : HOSTS) {
                Map<String, String> states = consumer.states(host, uri);
                if (!states.equals(current)) {
                    Map<String, String> different = new HashMap<>(current);
                    different.entrySet().removeAll(states.entrySet());
                    Map<String, String> wrong = new LinkedHashMap<>(states);
                    wrong.entrySet().removeAll(current.entrySet());
                    return host + " has " + different + ", the consumer " + wrong;
                }
            }
            return null;
        } catch (LibvirtException | SQLException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** How much happened, for a person. */
    public String summary() {
        List<String> calls = consumer.calls();
        long notifications =
                calls.stream().filter(line -> line.startsWith("notification ")).count();
        long different = calls.stream()
                .filter(line -> line.startsWith("notification "))
                .distinct()
                .count();
        return load.operations() + " events, " + different + " notifications, " + (notifications - different)
                + " called back again, " + happened;
    }

    /** What the consumer and the agents did lately. */
    public String recently(int lines) {
        StringBuilder story = new StringBuilder("\n-- calls\n")
                .append(AgentRuns.last(consumer.calls(), lines))
                .append("-- consumer\n")
                .append(AgentRuns.last(consumer.log().lines().toList(), lines));
        for (AgentRuns agent : agents) {
            story.append("-- agent\n").append(AgentRuns.last(agent.current().err(), lines));
        }
        return story.toString();
    }

    @Override
    public void close() {
        agents.forEach(AgentRuns::close);
        consumer.close();
        load.close();
        daemon.close();
    }
}
