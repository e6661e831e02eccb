package org.vmeventagent.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;

/**
 * What happens to the agent and to those on both sides of it, at random, while a load of guests goes on: mostly to one of the three,
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
    private record InjectedFault(Side side, String what, int weight, Duration most, Runnable begin, Runnable end) {}

    /** What happened, for a figure. */
    public record LoggedFault(Side side, String what, Duration at) {}

    private static final Duration AWAY = Duration.ofSeconds(4);

    /** Longer than the agent's keepalive of 1 s x (2 + 1) and its heartbeat of 4 s. */
    private static final Duration FROZEN = Duration.ofSeconds(12);

    private final RandomGenerator random;
    private final long began = System.nanoTime();
    private final List<InjectedFault> all;
    private final List<LoggedFault> reported = new ArrayList<>();

    public FaultInjector(SoakEnvironment environment, RandomGenerator random) {
        this.random = random;
        RabbitBroker broker = environment.broker();
        LibvirtDaemon daemon = environment.daemon();
        AgentRuns agent = environment.agentRuns();
        all = List.of(
                of(Side.BROKER, Fault.KILLED, 3, f -> f.begin(broker, environment.virtualHost()), f -> f.end(broker)),
                of(Side.BROKER, Fault.STOPPED, 2, f -> f.begin(broker, environment.virtualHost()), f -> f.end(broker)),
                of(Side.BROKER, Fault.FROZEN, 3, f -> f.begin(broker, environment.virtualHost()), f -> f.end(broker)),
                of(
                        Side.BROKER,
                        Fault.CLIENTS_CUT_OFF,
                        3,
                        f -> f.begin(broker, environment.virtualHost()),
                        f -> f.end(broker)),
                of(Side.LIBVIRTD, Fault.KILLED, 3, f -> f.begin(daemon), f -> f.end(daemon)),
                of(Side.LIBVIRTD, Fault.STOPPED, 2, f -> f.begin(daemon), f -> f.end(daemon)),
                of(Side.LIBVIRTD, Fault.FROZEN, 3, f -> f.begin(daemon), f -> f.end(daemon)),
                of(Side.LIBVIRTD, Fault.CLIENTS_CUT_OFF, 3, f -> f.begin(daemon), f -> f.end(daemon)),
                of(Side.AGENT, Fault.KILLED, 2, f -> f.begin(agent), f -> f.end(agent)),
                of(Side.AGENT, Fault.STOPPED, 1, f -> f.begin(agent), f -> f.end(agent)),
                of(Side.AGENT, Fault.FROZEN, 3, f -> f.begin(agent), f -> f.end(agent)));
    }

    private static InjectedFault of(Side side, Fault fault, int weight, Consumer<Fault> begin, Consumer<Fault> end) {
        Duration most = fault == Fault.FROZEN ? FROZEN : AWAY;
        return new InjectedFault(
                side, fault.toString(), weight, most, () -> begin.accept(fault), () -> end.accept(fault));
    }

    /** Lets one happen, or two at once; when it returns all are there again. */
    public void happen() {
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

    private void begin(InjectedFault injectedFault) {
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
}
