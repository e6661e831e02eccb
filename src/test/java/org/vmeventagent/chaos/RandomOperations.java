package org.vmeventagent.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.libvirt.Domain;
import org.libvirt.DomainInfo.DomainState;
import org.libvirt.LibvirtException;
import org.vmeventagent.rig.BootSector;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NovaXml;
import org.vmeventagent.rig.QemuGuests;

/** Does something possible to a domain, at random, and knows what libvirt raises for it. Used by one thread. */
final class RandomOperations {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int UNDEFINE_SAVED = 1;

    private final QemuGuests qemu;
    private final Path directory;

    /**
     * Where a domain was saved to a file of ours, by hypervisor and UUID: when. The beginning of time where it was saved
     * otherwise: nobody can tell it from the first if libvirtd has forgotten it and no listing saw the image.
     */
    private final Map<String, Instant> savedToFile = new HashMap<>();

    /**
     * Undefined while they were saved: defined again in a gap, they look like one that is saved to a file and of which
     * libvirtd has forgotten that.
     */
    private final Set<String> undefinedSaved = new HashSet<>();

    RandomOperations(QemuGuests qemu, Path directory) {
        this.qemu = qemu;
        this.directory = directory;
    }

    private interface Step {
        void run() throws LibvirtException;
    }

    private record Choice(String what, Step step, List<String> events) {}

    /** Since when a domain's state is only in a file that libvirtd knows nothing of; null where it is not. */
    @Nullable Instant savedToFile(TestHypervisor testHypervisor, String uuid) {
        return savedToFile.get(key(testHypervisor, uuid));
    }

    /** Whether nobody who didn't hear of its end can know that it is not saved. */
    boolean mayLookSaved(TestHypervisor testHypervisor, String uuid) {
        return undefinedSaved.contains(key(testHypervisor, uuid));
    }

    static UUID uuid(String name) {
        return QemuGuests.uuid(name);
    }

    /**
     * Does one thing to that domain.
     *
     * @param received whether only things are done that raise an event
     */
    GuestOperation operate(TestHypervisor testHypervisor, String name, RandomGenerator random, boolean received)
            throws LibvirtException {
        UUID uuid = uuid(name);
        Domain domain = testHypervisor.find(uuid);
        try {
            List<Choice> choices =
                    domain == null ? absent(testHypervisor, name) : present(testHypervisor, name, domain, received);
            Choice choice = choices.get(random.nextInt(choices.size()));
            Instant begin = Instant.now();
            choice.step().run();
            return new GuestOperation(
                    testHypervisor.agentUri(), uuid.toString(), choice.what(), begin, Instant.now(), choice.events());
        } finally {
            if (domain != null) {
                domain.free();
            }
        }
    }

    void define(TestHypervisor testHypervisor, String name) throws LibvirtException {
        testHypervisor.connect().domainDefineXML(xml(testHypervisor, name)).free();
    }

    /** Moves a running guest to another daemon; null when it can't be moved. */
    @Nullable List<GuestOperation> migrate(TestHypervisor from, TestHypervisor to, String name, boolean persistent)
            throws LibvirtException {
        UUID uuid = uuid(name);
        Domain domain = from.find(uuid);
        if (domain == null) {
            return null;
        }
        boolean running = domain.getInfo().state == DomainState.VIR_DOMAIN_RUNNING;
        domain.free();
        if (!running) {
            return null;
        }
        List<String> command = new ArrayList<>(List.of(
                "virsh",
                "-c",
                from.uri(),
                "migrate",
                "--live",
                "--unsafe",
                "--undefinesource",
                name,
                to.uri(),
                "--migrateuri",
                "tcp://127.0.0.1"));
        if (persistent) {
            command.add("--persistent");
        }
        Instant begin = Instant.now();
        LibvirtDaemon.run(command.toArray(String[]::new));
        Instant end = Instant.now();
        return List.of(
                new GuestOperation(
                        from.agentUri(),
                        uuid.toString(),
                        "migrate away",
                        begin,
                        end,
                        List.of("suspended/migrated", "stopped/migrated")),
                new GuestOperation(
                        to.agentUri(),
                        uuid.toString(),
                        "migrate here",
                        begin,
                        end,
                        List.of("started/migrated", "defined/added?", "resumed/migrated")));
    }

    /** Ends a guest's process, also while its daemon is away. */
    static boolean kill(TestHypervisor testHypervisor, String name) {
        Path pid = testHypervisor.daemon().directory().resolve("run/qemu/" + name + ".pid");
        if (!pid.toFile().exists()) {
            return false;
        }
        ProcessHandle process = testHypervisor.daemon().guest(name);
        process.destroyForcibly();
        Awaitility.await().atMost(SOON).until(() -> !process.isAlive());
        return true;
    }

    private List<Choice> absent(TestHypervisor testHypervisor, String name) {
        List<Choice> choices = new ArrayList<>();
        String xml = xml(testHypervisor, name);
        choices.add(new Choice(
                "define", () -> testHypervisor.connect().domainDefineXML(xml).free(), List.of("defined/added")));
        choices.add(choices.get(0));
        choices.add(new Choice(
                "create transient",
                () -> {
                    undefinedSaved.remove(key(testHypervisor, uuid(name).toString()));
                    testHypervisor.connect().domainCreateXML(xml, 0).free();
                },
                testHypervisor.isQemu() ? List.of("resumed/unpaused", "started/booted") : List.of("started/booted")));
        return choices;
    }

    private List<Choice> present(TestHypervisor testHypervisor, String name, Domain domain, boolean received)
            throws LibvirtException {
        DomainState state = domain.getInfo().state;
        boolean persistent = domain.isPersistent() == 1;
        List<Choice> choices = new ArrayList<>();
        if (state == DomainState.VIR_DOMAIN_SHUTOFF) {
            inactive(choices, testHypervisor, name, domain, received);
        } else {
            active(choices, testHypervisor, name, domain, state, persistent);
        }
        choices.add(new Choice(
                persistent ? "redefine" : "define the transient",
                () -> testHypervisor
                        .connect()
                        .domainDefineXML(xml(testHypervisor, name))
                        .free(),
                persistent ? List.of("defined/updated") : List.of("defined/added?", "defined/updated?")));
        return choices;
    }

    private void inactive(
            List<Choice> choices, TestHypervisor testHypervisor, String name, Domain domain, boolean received)
            throws LibvirtException {
        boolean image = domain.hasManagedSaveImage() == 1;
        String key = key(testHypervisor, uuid(name).toString());
        List<String> started = !testHypervisor.isQemu()
                ? List.of("started/booted")
                : image
                        ? List.of("started/restored", "resumed/from_snapshot?", "suspended/restored?")
                        : List.of("resumed/unpaused", "started/booted");
        Choice start = new Choice(
                "start",
                () -> {
                    savedToFile.remove(key);
                    undefinedSaved.remove(key);
                    domain.create();
                },
                started);
        choices.addAll(List.of(start, start, start));
        if (image && !received) {
            choices.add(new Choice(
                    "remove the saved image",
                    () -> {
                        domain.managedSaveRemove();
                        savedToFile.put(key, Instant.MIN); // libvirt's reason says saved until the next start
                    },
                    List.of()));
        }
        if (savedToFile.getOrDefault(key, Instant.MIN).isAfter(Instant.MIN)) {
            Choice restore = new Choice(
                    "restore",
                    () -> {
                        savedToFile.remove(key);
                        testHypervisor.connect().restore(file(name));
                    },
                    List.of("started/restored", "resumed/from_snapshot?", "suspended/restored?"));
            choices.addAll(List.of(restore, restore));
        }
        choices.add(new Choice(
                "undefine",
                () -> {
                    if (savedToFile.remove(key) != null) {
                        undefinedSaved.add(key);
                    }
                    domain.undefine(image ? UNDEFINE_SAVED : 0);
                },
                List.of("undefined/removed")));
    }

    private void active(
            List<Choice> choices,
            TestHypervisor testHypervisor,
            String name,
            Domain domain,
            DomainState state,
            boolean persistent) {
        boolean paused = state == DomainState.VIR_DOMAIN_PAUSED;
        Choice pause = paused
                ? new Choice("resume", domain::resume, List.of("resumed/unpaused"))
                : new Choice("suspend", domain::suspend, List.of("suspended/paused"));
        choices.addAll(List.of(pause, pause));
        choices.add(new Choice(
                "destroy",
                domain::destroy,
                testHypervisor.isQemu()
                        ? List.of("shutdown/host?", "stopped/destroyed")
                        : List.of("stopped/destroyed")));
        List<String> saved = testHypervisor.isQemu() && !paused
                ? List.of("suspended/paused", "stopped/saved")
                : List.of("stopped/saved");
        if (persistent) {
            choices.add(new Choice(
                    "managed save",
                    () -> {
                        domain.managedSave();
                        savedToFile.put(key(testHypervisor, uuid(name).toString()), Instant.MIN);
                    },
                    saved));
            choices.add(new Choice("undefine", domain::undefine, List.of("undefined/removed")));
        }
        choices.add(new Choice(
                "save to a file",
                () -> {
                    domain.save(file(name));
                    if (persistent) {
                        savedToFile.put(key(testHypervisor, uuid(name).toString()), Instant.now());
                    }
                },
                saved));
        if (testHypervisor.isQemu()) {
            choices.add(new Choice("kill", () -> killed(testHypervisor, name), List.of("stopped/failed")));
        } else {
            choices.add(new Choice("shut down", domain::shutdown, List.of("stopped/shutdown")));
        }
    }

    /** Returns when libvirt has noticed. */
    private static void killed(TestHypervisor testHypervisor, String name) {
        kill(testHypervisor, name);
        Awaitility.await().atMost(SOON).until(() -> {
            String state = testHypervisor.currentState().get(uuid(name).toString());
            return state == null || state.equals("defined") || state.equals("saved");
        });
    }

    private String file(String name) {
        return directory.resolve(name + ".save").toString();
    }

    private static String key(TestHypervisor testHypervisor, String uuid) {
        return testHypervisor.agentUri() + ' ' + uuid;
    }

    private String xml(TestHypervisor testHypervisor, String name) {
        return testHypervisor.isQemu()
                ? qemu.xml(name, BootSector.IDLE, "")
                : NovaXml.testDomain(name, uuid(name), name);
    }
}
