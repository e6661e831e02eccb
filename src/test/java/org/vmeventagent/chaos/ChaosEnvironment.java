package org.vmeventagent.chaos;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.libvirt.LibvirtException;
import org.vmeventagent.libvirt.EventLoop;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.QemuGuests;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;

/** Two libvirt daemons with three drivers, an agent that listens to all of them, a broker, a consumer. One thread's. */
public final class ChaosEnvironment implements AutoCloseable {
    static final List<String> TEST_DOMAINS = List.of("t1", "t2", "t3");
    static final List<String> QEMU_DOMAINS = List.of("g1", "g2", "g3");

    /** Length of {@code 2026-11-22 10:00:00.000}. */
    private static final int LOG_TIME = 23;

    private final LibvirtDaemon here = new LibvirtDaemon("chaos-here");
    private final LibvirtDaemon there = new LibvirtDaemon("chaos-there");
    final TestHypervisor test = new TestHypervisor(here, here.testUri());
    final TestHypervisor qemu = new TestHypervisor(here, here.qemuUri());
    final TestHypervisor far = new TestHypervisor(there, there.qemuUri());
    final List<TestHypervisor> testHypervisors = List.of(test, qemu, far);
    final BrokerConsumer brokerConsumer;
    final RandomOperations randomOperations;
    /** All that was done to domains and to those who watch them, for the story of a violation. */
    final List<String> story = new ArrayList<>();

    private final Map<LibvirtDaemon, Instant> daemonSince = new HashMap<>();
    private final QemuGuests images;
    private final AgentRuns agent;

    public ChaosEnvironment(Path directory, int resyncInterval) throws Exception {
        EventLoop.start();
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        brokerConsumer = new BrokerConsumer(broker, virtualHost);
        images = new QemuGuests(here);
        randomOperations = new RandomOperations(images, directory);
        AgentFiles files = AgentFiles.of(directory, test.agentUri())
                .withBroker(broker.url(virtualHost))
                .add("""
                [libvirt]
                connection_uri = %s
                connection_uri = %s
                keepalive_interval = 1
                keepalive_count = 2
                open_timeout = 2
                queue_size = 16
                resync_interval = %d
                [notifications]
                declare = full
                budget_state = 0
                budget_other = 0
                removed_grace = 3
                """.formatted(qemu.agentUri(), far.agentUri(), resyncInterval));
        for (TestHypervisor testHypervisor : testHypervisors) {
            testHypervisor.connect();
        }
        agent = new AgentRuns(files, Map.of());
        agent.current().awaitReady();
        awaitSeeded();
    }

    /** Before its first listing is on disk an agent has nothing to miss. An event that comes after it says that it is. */
    private void awaitSeeded() throws LibvirtException {
        for (TestHypervisor testHypervisor : testHypervisors) {
            randomOperations.define(testHypervisor, "seeded");
        }
        Awaitility.await()
                .until(() -> brokerConsumer.all().stream()
                                .filter(ReceivedNotification::isLifecycleEvent)
                                .map(ReceivedNotification::uri)
                                .distinct()
                                .count()
                        == testHypervisors.size());
    }

    RunningAgent agent() {
        return agent.current();
    }

    Set<String> allUris() {
        return testHypervisors.stream().map(TestHypervisor::agentUri).collect(Collectors.toSet());
    }

    Set<String> urisOf(LibvirtDaemon daemon) {
        return testHypervisors.stream()
                .filter(testHypervisor -> testHypervisor.daemon() == daemon)
                .map(TestHypervisor::agentUri)
                .collect(Collectors.toSet());
    }

    LibvirtDaemon here() {
        return here;
    }

    LibvirtDaemon there() {
        return there;
    }

    /** How much happened, for a person. */
    public String summary() {
        Map<String, Long> counts = new TreeMap<>();
        story.stream()
                .map(line -> line.replaceAll("^\\S+ ", "").replaceAll("[:\\[ ]*([0-9a-f]{8}-|/tmp|t\\d|g\\d).*", ""))
                .forEach(what -> counts.merge(what, 1L, Long::sum));
        return brokerConsumer.lastSequence() + " notifications, " + brokerConsumer.duplicates() + " of them again; "
                + counts;
    }

    /** What happened lately: what was done, what the consumer got, what the agent said. */
    public String recently(int lines) {
        return named("-- done\n" + AgentRuns.last(story, lines) + agent.recently(lines, brokerConsumer));
    }

    /** The text with short names for the places. */
    public String named(String text) {
        return text.replace(test.agentUri(), "TEST")
                .replace(qemu.agentUri(), "QEMU")
                .replace(far.agentUri(), "FAR");
    }

    public BrokerConsumer bus() {
        return brokerConsumer;
    }

    Instant reports(String what) {
        Instant now = Instant.now();
        story.add(now + " " + what);
        return now;
    }

    /** When this run of the agent found that its queue was full. */
    List<Instant> overflows() {
        return agent().err().stream()
                .filter(line -> line.contains("The queue was full"))
                .map(line -> Instant.parse(line.substring(0, LOG_TIME).replace(' ', 'T') + 'Z'))
                .toList();
    }

    /** Before this the hypervisor's daemon was another process. */
    Instant daemonSince(TestHypervisor testHypervisor) {
        return daemonSince.getOrDefault(testHypervisor.daemon(), Instant.MIN);
    }

    /** To be killed, stopped or frozen. */
    AgentRuns agentRuns() {
        return agent;
    }

    void startAgent() {
        reports("agent starts");
        agent.start();
    }

    /** The daemon's end, and of all connections to it. */
    void forgets(LibvirtDaemon daemon) {
        testHypervisors.stream()
                .filter(testHypervisor -> testHypervisor.daemon() == daemon)
                .forEach(TestHypervisor::forget);
    }

    /** The test driver has forgotten its domains with its daemon; libvirtd no longer knows who was saved. */
    void connectAgain(LibvirtDaemon daemon) throws LibvirtException {
        daemonSince.put(daemon, Instant.now());
        for (TestHypervisor testHypervisor : testHypervisors) {
            if (testHypervisor.daemon() == daemon) {
                testHypervisor.connect();
            }
        }
    }

    @Override
    public void close() throws LibvirtException {
        agent.close();
        brokerConsumer.close();
        images.close();
        testHypervisors.forEach(TestHypervisor::forget);
        here.close();
        there.close();
    }
}
