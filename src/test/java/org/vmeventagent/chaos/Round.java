package org.vmeventagent.chaos;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.libvirt.LibvirtException;

/**
 * Acts while all is well, then a fault with acts in it, then acts as soon as the agent listens again; and when all has
 * come to rest, what must be true.
 */
public final class Round {
    /** A daemon that was lost often is tried again only every 10 s; five questions may be put, 2 s apart. */
    private static final Duration PATIENCE = Duration.ofSeconds(45);

    private static final Duration SOON = Duration.ofSeconds(15);

    private final World world;
    private final RandomGenerator random;
    private final Rules rules;
    private final Set<String> touched = new HashSet<>();

    public Round(World world, Rules rules, RandomGenerator random) {
        this.world = world;
        this.rules = rules;
        this.random = random;
    }

    /**
     * Plays it.
     *
     * @throws AssertionError says what is wrong
     */
    public void run() throws Exception {
        rules.beginRound();
        Instant begin = world.tells("--- round");
        List<Act> before = acts(random.nextInt(5), true);
        boolean quiet = random.nextInt(3) > 0;
        if (quiet) {
            heard(before, begin, touched);
        }
        int overflows = world.overflows().size();
        Faults kinds = new Faults(world, random, this::meanwhile);
        List<Fault> faults = random.nextInt(6) == 0 ? List.of() : kinds.happen();
        Instant up = awaitConnected(faults);
        List<Act> after = acts(random.nextInt(4), true);
        settled(faults, overflows);
        if (!kinds.hadBurst() && faults.isEmpty() && !quiet) {
            before.addAll(after);
            heard(before, begin, touched);
        } else if (!kinds.hadBurst()) {
            heard(after, up, touched);
        }
        sameAsHypervisor();
        rules.check();
    }

    /** @param heard false in a gap: then also what no event tells */
    private void meanwhile(boolean heard) {
        acts(random.nextInt(4), heard).forEach(act -> touched.add(act.instance()));
    }

    private List<Act> acts(int count, boolean heard) {
        List<Act> acts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            acts.addAll(act(heard));
        }
        return acts;
    }

    private List<Act> act(boolean heard) {
        boolean qemu = random.nextInt(4) == 0;
        List<String> names = qemu ? World.QEMU_DOMAINS : World.TEST_DOMAINS;
        String name = names.get(random.nextInt(names.size()));
        try {
            return act(name, qemu, heard);
        } catch (LibvirtException | AssertionError e) {
            // of a guest that died and of which libvirtd does not know it yet, for one
            world.tells("failed with " + name + ": " + e.getMessage());
            touched.add(Guests.uuid(name).toString());
            return List.of();
        }
    }

    private List<Act> act(String name, boolean qemu, boolean heard) throws LibvirtException {
        Place place = qemu ? home(name) : world.test;
        if (qemu && random.nextInt(3) == 0) {
            List<Act> moved = world.guests.migrate(
                    place, place == world.qemu ? world.far : world.qemu, name, random.nextBoolean());
            if (moved != null) {
                return told(moved);
            }
        }
        return told(List.of(world.guests.act(place, name, random, heard)));
    }

    private List<Act> told(List<Act> acts) {
        acts.forEach(act -> world.story.add(act.toString()));
        return acts;
    }

    private Place home(String name) throws LibvirtException {
        org.libvirt.Domain domain = world.far.find(Guests.uuid(name));
        if (domain == null) {
            return world.qemu;
        }
        domain.free();
        return world.far;
    }

    /** Waits until every connection that a fault cut is subscribed again; when that was seen. */
    private Instant awaitConnected(List<Fault> faults) {
        for (Fault fault : faults) {
            for (String uri : fault.uris()) {
                await(
                        PATIENCE,
                        () -> rules.connectedSince(uri, fault.begin())
                                ? null
                                : uri + " is not connected after " + fault);
            }
        }
        return Instant.now();
    }

    /** Every fault is announced by a gap that covers it, and after every overflow there is one. */
    private void settled(List<Fault> faults, int overflows) {
        for (Fault fault : faults) {
            for (String uri : fault.uris()) {
                await(PATIENCE, () -> rules.covered(uri, fault) ? null : "no gap of " + uri + " covers " + fault);
            }
        }
        if (world.overflows().size() != overflows) {
            for (String uri : world.allUris()) {
                await(PATIENCE, () -> comparedAfterOverflow(uri) ? null : uri + " was not compared after an overflow");
            }
        }
    }

    private boolean comparedAfterOverflow(String uri) {
        boolean compared = true;
        for (String line : world.agent().err()) {
            if (line.contains("The queue was full")) {
                compared = false;
            } else if (line.contains(uri + ": compared ")) {
                compared = true;
            }
        }
        return compared;
    }

    /** Every event of these acts came once and nothing else did; loose domains may have more to tell. */
    private void heard(List<Act> acts, Instant from, Set<String> loose) {
        for (String domain : rules.domains(acts)) {
            await(SOON, () -> rules.heard(domain, acts, from, loose));
        }
    }

    private void sameAsHypervisor() {
        await(SOON, () -> {
            try {
                for (Place place : world.places) {
                    String difference = rules.difference(place, truth(place));
                    if (difference != null) {
                        return difference;
                    }
                }
                return null;
            } catch (LibvirtException e) {
                throw new AssertionError(e);
            }
        });
    }

    private Map<String, String> truth(Place place) throws LibvirtException {
        Map<String, String> truth = place.truth();
        truth.replaceAll((uuid, state) -> {
            Instant saved = world.guests.savedToFile(place, uuid);
            boolean known = saved != null && !saved.isBefore(world.daemonSince(place));
            if (!state.equals("defined")) {
                return state;
            }
            boolean unknown = saved == null ? world.guests.mayLookSaved(place, uuid) : !known;
            return unknown ? "saved or defined" : saved == null ? state : "saved";
        });
        return truth;
    }

    /** @param wrong null once it is right */
    static void await(Duration patience, Supplier<@Nullable String> wrong) {
        String[] last = new String[1];
        try {
            Awaitility.await()
                    .atMost(patience)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        last[0] = wrong.get();
                        return last[0] == null;
                    });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(last[0], e);
        }
    }
}
