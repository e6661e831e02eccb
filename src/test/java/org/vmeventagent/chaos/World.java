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
public final class World implements AutoCloseable {
    static final List<String> TEST_DOMAINS = List.of("t1", "t2", "t3");
    static final List<String> QEMU_DOMAINS = List.of("g1", "g2", "g3");

    /** Length of {@code 2026-11-22 10:00:00.000}. */
    private static final int LOG_TIME = 23;

    private final LibvirtDaemon here = new LibvirtDaemon("chaos-here");
    private final LibvirtDaemon there = new LibvirtDaemon("chaos-there");
    final Place test = new Place(here, here.testUri());
    final Place qemu = new Place(here, here.qemuUri());
    final Place far = new Place(there, there.qemuUri());
    final List<Place> places = List.of(test, qemu, far);
    final Bus bus;
    final Guests guests;
    /** All that was done to domains and to those who watch them, for the story of a violation. */
    final List<String> story = new ArrayList<>();

    /** What earlier runs of the agent logged. */
    final List<String> said = new ArrayList<>();

    private final Map<LibvirtDaemon, Instant> daemonSince = new HashMap<>();
    private final QemuGuests images;
    private final AgentFiles files;
    private RunningAgent agent;

    public World(Path directory, int resyncInterval) throws Exception {
        EventLoop.start();
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        bus = new Bus(broker, virtualHost);
        images = new QemuGuests(here);
        guests = new Guests(images, directory);
        files = AgentFiles.of(directory, test.agentUri())
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
        for (Place place : places) {
            place.connect();
        }
        agent = RunningAgent.run(files).awaitReady();
        awaitSeeded();
    }

    /** Before its first listing is on disk an agent has nothing to miss. An event that comes after it says that it is. */
    private void awaitSeeded() throws LibvirtException {
        for (Place place : places) {
            guests.define(place, "seeded");
        }
        Awaitility.await()
                .until(() -> bus.all().stream()
                                .filter(Told::isLifecycleEvent)
                                .map(Told::uri)
                                .distinct()
                                .count()
                        == places.size());
    }

    RunningAgent agent() {
        return agent;
    }

    Set<String> allUris() {
        return places.stream().map(Place::agentUri).collect(Collectors.toSet());
    }

    Set<String> urisOf(LibvirtDaemon daemon) {
        return places.stream()
                .filter(place -> place.daemon() == daemon)
                .map(Place::agentUri)
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
        return bus.lastSequence() + " notifications, " + bus.duplicates() + " of them again; " + counts;
    }

    /** What happened lately: what was done, what the consumer got, what the agent said. */
    public String recently(int lines) {
        List<String> all = new ArrayList<>(said);
        all.addAll(agent.err());
        List<String> told = bus.all().stream().map(Told::toString).toList();
        return named(
                "-- done\n" + last(story, lines) + "-- told\n" + last(told, lines) + "-- said\n" + last(all, lines));
    }

    /** The text with short names for the places. */
    public String named(String text) {
        return text.replace(test.agentUri(), "TEST")
                .replace(qemu.agentUri(), "QEMU")
                .replace(far.agentUri(), "FAR");
    }

    private static String last(List<String> all, int lines) {
        return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size())) + "\n";
    }

    public Bus bus() {
        return bus;
    }

    Instant tells(String what) {
        Instant now = Instant.now();
        story.add(now + " " + what);
        return now;
    }

    /** When this run of the agent found that its queue was full. */
    List<Instant> overflows() {
        return agent.err().stream()
                .filter(line -> line.contains("The queue was full"))
                .map(line -> Instant.parse(line.substring(0, LOG_TIME).replace(' ', 'T') + 'Z'))
                .toList();
    }

    /** Before this a place's daemon was another process. */
    Instant daemonSince(Place place) {
        return daemonSince.getOrDefault(place.daemon(), Instant.MIN);
    }

    void startAgent() {
        tells("agent starts");
        said.addAll(agent.err());
        agent = RunningAgent.run(files);
    }

    /** The daemon's end, and of all connections to it. */
    void forgets(LibvirtDaemon daemon) {
        places.stream().filter(place -> place.daemon() == daemon).forEach(Place::forget);
    }

    /** The test driver has forgotten its domains with its daemon; libvirtd no longer knows who was saved. */
    void connectAgain(LibvirtDaemon daemon) throws LibvirtException {
        daemonSince.put(daemon, Instant.now());
        for (Place place : places) {
            if (place.daemon() == daemon) {
                place.connect();
            }
        }
    }

    @Override
    public void close() throws LibvirtException {
        agent.close();
        bus.close();
        images.close();
        places.forEach(Place::forget);
        here.close();
        there.close();
    }
}
