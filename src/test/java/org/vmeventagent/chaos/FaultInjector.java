package org.vmeventagent.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;

/**
 * What happens to the agent and to those on both sides of it, at random, while a herd goes on: mostly to one of the three,
 * at times to a second one while the first is away. One thread's.
 */
public final class FaultInjector {
    /** Whom it happens to. */
    public enum Side {
        BROKER,
        LIBVIRTD,
        AGENT
    }

    /**
     * One of them.
     *
     * @param weight how often it is chosen, beside the others
     * @param most how long it takes at most
     */
    private record InjectedFault(Side side, String what, int weight, Duration most, Step begin, Step end) {}

    /** What happened, for a figure. */
    public record LoggedFault(Side side, String what, Duration at) {}

    private interface Step {
        void run() throws Exception;
    }

    private static final Duration AWAY = Duration.ofSeconds(4);

    /** Longer than the agent's keepalive of 1 s x (2 + 1) and its heartbeat of 4 s. */
    private static final Duration FROZEN = Duration.ofSeconds(12);

    private final SoakEnvironment world;
    private final RandomGenerator random;
    private final long began = System.nanoTime();
    private final List<InjectedFault> all;
    private final List<LoggedFault> reported = new ArrayList<>();

    public FaultInjector(SoakEnvironment world, RandomGenerator random) {
        this.world = world;
        this.random = random;
        RabbitBroker broker = world.broker();
        LibvirtDaemon daemon = world.daemon();
        all = List.of(
                new InjectedFault(Side.BROKER, "killed", 3, AWAY, broker::kill9, broker::start),
                new InjectedFault(Side.BROKER, "restarted", 2, AWAY, broker::stop, broker::start),
                new InjectedFault(Side.BROKER, "frozen", 3, FROZEN, broker::freeze, broker::thaw),
                new InjectedFault(Side.BROKER, "connections closed", 3, AWAY, this::closeConnections, () -> {}),
                new InjectedFault(Side.LIBVIRTD, "killed", 3, AWAY, daemon::kill9, daemon::start),
                new InjectedFault(Side.LIBVIRTD, "restarted", 2, AWAY, daemon::terminate, daemon::start),
                new InjectedFault(Side.LIBVIRTD, "frozen", 3, FROZEN, daemon::freeze, daemon::thaw),
                new InjectedFault(Side.LIBVIRTD, "clients cut off", 3, AWAY, daemon::disconnectClients, () -> {}),
                new InjectedFault(Side.AGENT, "killed", 2, AWAY, this::killAgent, world::startAgent),
                new InjectedFault(Side.AGENT, "stopped", 1, AWAY, this::stopAgent, world::startAgent),
                new InjectedFault(Side.AGENT, "frozen", 3, FROZEN, this::freezeAgent, this::thawAgent));
    }

    /** Lets one happen, or two at once; when it returns all are there again. */
    public void happen() throws Exception {
        InjectedFault first = any();
        begin(first);
        InjectedFault second = any();
        if (random.nextInt(4) == 0 && second.side() != first.side()) {
            begin(second);
            second.end().run();
        }
        first.end().run();
    }

    /** In their order. */
    public List<LoggedFault> reported() {
        return List.copyOf(reported);
    }

    private void begin(InjectedFault injectedFault) throws Exception {
        reported.add(new LoggedFault(
                injectedFault.side(), injectedFault.what(), Duration.ofNanos(System.nanoTime() - began)));
        injectedFault.begin().run();
        pause(injectedFault.most());
    }

    private InjectedFault any() {
        int at = random.nextInt(all.stream().mapToInt(InjectedFault::weight).sum());
        for (InjectedFault injectedFault : all) {
            at -= injectedFault.weight();
            if (at < 0) {
                return injectedFault;
            }
        }
        throw new IllegalStateException();
    }

    /** Does nothing for a while. */
    public void pause(Duration most) {
        LockSupport.parkNanos(random.nextLong(most.toNanos()));
    }

    private void closeConnections() {
        world.broker().rabbitmqctl("close_all_connections", "--vhost", world.virtualHost(), "test");
    }

    private void killAgent() {
        world.agent().kill9();
    }

    private void stopAgent() {
        if (world.agent().terminate() != 0) {
            throw new AssertionError(
                    "the agent did not end well" + world.agent().said());
        }
    }

    private void freezeAgent() {
        world.agent().signal("STOP");
    }

    private void thawAgent() {
        world.agent().signal("CONT");
    }
}
