package org.vmeventagent.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
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
    private static final Duration SETTLED = Duration.ofMinutes(15);
    /** A machine has its time from a clock that shows seconds. */
    private static final Duration CLOCK = Duration.ofSeconds(1);

    private static final int STORY = 80;

    private final RabbitBroker broker = RabbitBroker.shared();
    private final BrokerConsumer consumer;
    private final Invariants invariants;
    private final AgentMachine machine;

    /** Boots the machine, installs the agent, and waits until the consumer knows all of its domains. */
    MachineEnvironment(String suite, Path directory, String configuration) throws Exception {
        String virtualHost = broker.newVirtualHost();
        consumer = new BrokerConsumer(broker, virtualHost);
        invariants = new Invariants(consumer);
        String url = broker.url(virtualHost).replace("127.0.0.1", Machine.HOST);
        machine = new AgentMachine(suite, directory, url, configuration);
        awaitSettled(null);
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
     * @param cut since when the agent was away: that must be told as well; null if it was not
     */
    void awaitSettled(@Nullable Instant cut) {
        AtomicReference<String> left = new AtomicReference<>("");
        try {
            Awaitility.await()
                    .atMost(SETTLED)
                    .pollInterval(Duration.ofSeconds(2))
                    .until(() -> left.updateAndGet(before -> unsettled(cut)).isEmpty());
            invariants.check();
            assertEquals("", machine.damagedDatabases());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(left.get() + "\n" + recently(), e);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + recently(), e);
        }
    }

    /** What is not as it shall be yet; empty for nothing. */
    private String unsettled(@Nullable Instant cut) {
        assertEquals(List.of(), consumer.faults());
        if (!consumer.missing().isEmpty()) {
            return "missing: " + consumer.missing();
        }
        for (String uri : List.of(AgentMachine.QEMU, AgentMachine.TEST)) {
            if (cut != null && !invariants.connectedSince(uri, cut)) {
                return uri + " is not connected since " + cut;
            }
            if (cut != null && !invariants.covered(uri, window(cut))) {
                return "no gap of " + uri + " covers " + cut;
            }
            String difference = invariants.difference(uri, machine.currentState(uri));
            if (difference != null) {
                return difference;
            }
        }
        return "";
    }

    private static MissedWindow window(Instant cut) {
        return new MissedWindow("away", Set.of(AgentMachine.QEMU, AgentMachine.TEST), cut, cut.plus(CLOCK), cut);
    }

    String figures() {
        return consumer.count() + " notifications, " + consumer.duplicates() + " of them again";
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
        consumer.close();
    }
}
