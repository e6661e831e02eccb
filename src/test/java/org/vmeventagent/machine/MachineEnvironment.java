package org.vmeventagent.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.vmeventagent.chaos.BrokerConsumer;
import org.vmeventagent.chaos.Invariants;
import org.vmeventagent.chaos.MissedWindow;
import org.vmeventagent.chaos.ReceivedNotification;
import org.vmeventagent.rig.RabbitBroker;

/**
 * A machine with the agent, a broker of this host, and a consumer there: what happens to the machine happens to neither of
 * them. Used by one thread.
 */
final class MachineEnvironment implements AutoCloseable {
    /** An emulated machine is slow, and this host may be busy. */
    static final Duration SETTLED = Duration.ofMinutes(15);
    /** A machine has its time from a clock that shows seconds. */
    private static final Duration CLOCK = Duration.ofSeconds(1);

    private static final int STORY = 80;

    private final RabbitBroker broker = RabbitBroker.shared();
    private final String virtualHost = broker.newVirtualHost();
    private final BrokerConsumer consumer;
    private final Invariants invariants;
    private final AgentMachine machine;
    private List<String> uris = List.of();

    /**
     * Boots the machine. The agent is not started yet.
     *
     * @param options for QEMU
     */
    MachineEnvironment(String system, Path directory, String... options) throws Exception {
        consumer = new BrokerConsumer(broker, virtualHost);
        invariants = new Invariants(consumer);
        machine = new AgentMachine(system, directory, options);
    }

    /**
     * Starts the agent, and waits until the consumer knows all of its domains.
     *
     * @param more of its configuration
     */
    void startAgent(List<String> connections, String more) {
        uris = List.copyOf(connections);
        machine.startAgent(broker.url(virtualHost).replace("127.0.0.1", Machine.HOST), uris, more);
        awaitSettled();
    }

    RabbitBroker broker() {
        return broker;
    }

    BrokerConsumer consumer() {
        return consumer;
    }

    Invariants invariants() {
        return invariants;
    }

    AgentMachine machine() {
        return machine;
    }

    /**
     * Until the consumer has all numbers, and the domains as they are.
     *
     * @param away moments in which the agent was away, the last at last: that must be told as well
     */
    void awaitSettled(Instant... away) {
        awaitSettled(List.of(away));
    }

    /** The same. */
    void awaitSettled(List<Instant> away) {
        AtomicReference<String> left = new AtomicReference<>("");
        try {
            Awaitility.await()
                    .atMost(SETTLED)
                    .pollInterval(Duration.ofSeconds(2))
                    .until(() -> left.updateAndGet(before -> unsettled(away)).isEmpty());
            invariants.check();
            assertEquals("", machine.complaints());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(left.get() + "\n" + recently(), e);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + recently(), e);
        }
    }

    /** Until all connections were made since then, and as {@link #awaitSettled} does. */
    void awaitReconnected(Instant begin) {
        Awaitility.await("connections made since " + begin)
                .atMost(SETTLED)
                .until(() -> uris.stream().allMatch(uri -> invariants.connectedSince(uri, begin)));
        awaitSettled();
    }

    /** Boots the machine in good order, and waits as {@link #awaitSettled} does. */
    void reboot() {
        reboot("systemctl --no-block reboot");
    }

    /** Boots the machine without ending anything, and waits as {@link #awaitSettled} does. */
    void forceReboot() {
        reboot("sync; systemd-run -q sh -c 'sleep 1; reboot -f'");
    }

    private void reboot(String command) {
        machine.run(command);
        machine.awaitOff();
        Instant off = Instant.now();
        machine.boot();
        awaitSettled(off);
    }

    /** What is not as it shall be yet; empty for nothing. */
    private String unsettled(List<Instant> away) {
        machine.assertOn();
        assertEquals(List.of(), consumer.faults());
        assertTrue(consumer.isConnected(), "the consumer has lost its connection");
        if (!invariants.missing().isEmpty()) {
            return "missing: " + invariants.missing();
        }
        for (String uri : uris) {
            for (Instant moment : away) {
                if (!invariants.connectedSince(uri, moment)) {
                    return uri + " is not connected since " + moment;
                }
                if (!invariants.covered(uri, window(moment))) {
                    return "no gap of " + uri + " covers " + moment;
                }
            }
            String difference = invariants.difference(uri, machine.currentState(uri));
            if (difference != null) {
                return difference;
            }
        }
        return "";
    }

    private MissedWindow window(Instant moment) {
        return new MissedWindow("away", Set.copyOf(uris), moment, moment.plus(CLOCK), moment);
    }

    /** What was published of a guest after that number, as far as it has a cause: event and cause. */
    List<String> told(String guest, long sequence) {
        return all(guest, sequence).filter(told -> told.contains(" ")).toList();
    }

    /** All that was published of a guest after that number: event, and cause if it has one. */
    private Stream<String> all(String guest, long sequence) {
        return consumer.after(sequence).stream()
                .filter(notification -> notification.text("domain").equals(guest))
                .map(notification ->
                        (notification.name().replace("domain.", "") + ' ' + notification.text("cause")).strip());
    }

    /** Waits until as much with a cause was published of a guest, and that it is this. */
    void awaitTold(String guest, long sequence, String... expected) {
        try {
            Awaitility.await().atMost(SETTLED).until(() -> told(guest, sequence).size() >= expected.length);
        } finally {
            assertEquals(List.of(expected), told(guest, sequence), this::recently);
        }
    }

    /** Waits until this was published of a guest, in that order, whatever else was published between. */
    void awaitToldInOrder(String guest, long sequence, String... expected) {
        AtomicReference<List<String>> left = new AtomicReference<>(List.of());
        try {
            Awaitility.await().atMost(SETTLED).until(() -> {
                Deque<String> missing = new ArrayDeque<>(List.of(expected));
                all(guest, sequence).filter(told -> told.equals(missing.peek())).forEach(told -> missing.remove());
                left.set(List.copyOf(missing));
                return missing.isEmpty();
            });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("not published: " + left + "\n" + recently(), e);
        }
    }

    String figures() {
        return consumer.count() + " notifications, " + consumer.duplicates() + " of them again, "
                + consumer.overflows().size() + " reports of dropped ones";
    }

    /** What the consumer got lately, and what the agent said, for the report of a violation. */
    String recently() {
        return consumer.all().stream()
                        .map(ReceivedNotification::toString)
                        .skip(Math.max(0, consumer.count() - STORY))
                        .collect(Collectors.joining("\n"))
                + "\n" + machine.log();
    }

    @Override
    public void close() {
        machine.close();
        broker.thaw();
        consumer.close();
    }
}
