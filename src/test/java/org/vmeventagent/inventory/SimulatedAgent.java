package org.vmeventagent.inventory;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.simulator.SimulatedDomain;
import org.vmeventagent.simulator.SimulatedHypervisor;
import org.vmeventagent.time.AgentClock;

/**
 * The way from a simulated hypervisor to an inventory: events arrive in order and a little late, answers to questions
 * may overtake them or come seconds late, a lost connection or an overflow loses some. Then it compares, as RESYNC says.
 * What comes out is held against {@link ChainInvariants}.
 */
final class SimulatedAgent {
    static final Duration TICK = Duration.ofMillis(10);
    static final Duration SETTLE = Duration.ofSeconds(2);

    private record Message(Instant arrival, long order, Runnable content) {}

    private final Random random;
    private final SimulatedHypervisor hypervisor;
    private final ChainInvariants rules;
    private final PriorityQueue<Message> onTheWay =
            new PriorityQueue<>(Comparator.comparing(Message::arrival).thenComparing(Message::order));
    private final Map<DomainKey, String> metadata = new HashMap<>();

    private Inventory inventory = new Inventory();
    private @Nullable Resync resync;
    private AgentClock clock;
    private Instant lastArrival = Instant.EPOCH;
    private long order;
    private long generation;
    private boolean connected;
    private boolean seeded;
    private boolean dropping;
    private boolean rebooted;
    private boolean outdated;
    private boolean gap;
    private final Set<UUID> reportedSince = new HashSet<>();
    private int listingsAwaited;

    SimulatedAgent(Random random, int domains) {
        this.random = random;
        hypervisor = new SimulatedHypervisor(random, domains, this::emitted);
        rules = new ChainInvariants(hypervisor);
        clock = clock(0);
    }

    SimulatedHypervisor hypervisor() {
        return hypervisor;
    }

    Inventory inventory() {
        return inventory;
    }

    ChainInvariants rules() {
        return rules;
    }

    boolean isSettled() {
        return connected
                && seeded
                && onTheWay.isEmpty()
                && listingsAwaited == 0
                && (resync == null || resync.isSettled());
    }

    /** Lets a tick pass. */
    void run(int restless) {
        hypervisor.run(TICK, restless);
        while (!onTheWay.isEmpty() && !onTheWay.element().arrival().isAfter(hypervisor.now())) {
            onTheWay.remove().content().run();
        }
        if (connected && resync != null) {
            resync.due(nanos()).forEach(this::query);
            gap &= outdated || !resync.isSettled();
        }
    }

    /** Opens a connection and compares, but for the very first time, when what is listed is believed. */
    void connect(boolean hostRebooted) {
        connected = true;
        missedEvents();
        generation++;
        compare(hostRebooted);
    }

    void disconnect() {
        connected = false;
        resync = null;
        rebooted = false;
        listingsAwaited = 0;
        onTheWay.clear();
        rules.mayHaveMissed();
    }

    /** Ends the process and starts it again; what was kept is all that is known. */
    void restart() {
        disconnect();
        List<KnownDomain> kept = new ArrayList<>();
        AgentClock next = clock(clock.ran());
        for (KnownDomain domain : inventory.domains()) {
            String text = KnownDomainCodec.write(domain, clock);
            KnownDomain read = KnownDomainCodec.read(
                    KnownDomainCodec.key(domain.key()), text, metadata.getOrDefault(domain.key(), ""), next);
            rules.check(
                    text.equals(KnownDomainCodec.write(read, next))
                            && Objects.equals(domain.instance(), read.instance()),
                    () -> "kept " + domain + " and read " + read);
            kept.add(read);
        }
        clock = next;
        inventory = new Inventory(kept);
        generation = 0;
    }

    /** From now on events are lost, or no more; in the end the queue says so. */
    void drop(boolean begin) {
        dropping = begin;
        if (!begin && connected) {
            send(eventArrival(), () -> {
                if (resync != null) {
                    resync.dropped();
                }
                missedEvents();
                compare(false);
            });
        }
    }

    private void missedEvents() {
        outdated = true;
        gap = true;
        reportedSince.clear();
    }

    void compare(boolean hostRebooted) {
        if (seeded) {
            if (resync == null) {
                resync = new Resync(inventory, SimulatedHypervisor.URI, Origin.RESYNC, SETTLE);
                rules.compares();
            }
            rebooted |= hostRebooted;
        }
        listingsAwaited++;
        list();
    }

    // What libvirt says

    private void emitted(DomainEvent event) {
        if (!connected || (dropping && random.nextInt(3) > 0)) {
            rules.missed(event.uuid());
            return;
        }
        send(eventArrival(), () -> received(event));
    }

    private Instant eventArrival() {
        Instant arrival = hypervisor.now().plusMillis(random.nextInt(30));
        lastArrival = arrival.isBefore(lastArrival) ? lastArrival : arrival;
        return lastArrival;
    }

    private void send(Instant arrival, Runnable content) {
        onTheWay.add(new Message(arrival, order++, content));
    }

    private void received(DomainEvent received) {
        DomainEvent event = new DomainEvent(
                received.connectionUri(),
                generation,
                received.uuid(),
                received.name(),
                received.domainId(),
                received.kind(),
                received.type(),
                received.detail(),
                received.attributes(),
                HostClock.at(hypervisor.now()),
                null);
        LookupResult lookup = lookUp(event);
        if (resync != null) {
            resync.eventReceived(event.uuid());
        }
        rules.received(event.uuid());
        ListingState listing = listing(event.uuid());
        DomainKey key = new DomainKey(event.connectionUri(), event.uuid());
        boolean unheard = listing != ListingState.CURRENT
                && inventory.known(key, "").lifecycle().state() == DomainState.UNDEFINED;
        if (unheard
                && listing == ListingState.OUTDATED
                && !hypervisor.domain(event.uuid()).isPersistent()) {
            rules.missed(event.uuid()); // in a gap it is taken for one with a definition until it is listed
        }
        List<Transition> transitions = inventory.apply(event, lookup, listing);
        reported(
                "event " + event.wireName() + " "
                        + (event.detail() == null ? "" : event.detail().name()) + " id " + event.domainId()
                        + ", listing "
                        + listing,
                transitions);
        if (event.observedAt().equals(inventory.known(key, "").lastObservation().certainAt())) {
            reportedSince.add(event.uuid());
        }
        if (unheard) {
            rules.existedBefore(event.uuid(), transitions, listing);
        }
        if (event.is("stopped", "migrated") && (lookup == null || lookup.status() == LookupResult.Status.FAILED)) {
            rules.missed(event.uuid());
            if (seeded) {
                compare(false); // nobody said whether it is gone
            }
        }
    }

    private ListingState listing(UUID uuid) {
        boolean listedAnew = gap && resync != null && resync.hasListed(uuid);
        if (reportedSince.contains(uuid) || (!outdated && !listedAnew)) {
            return ListingState.CURRENT;
        }
        return seeded ? ListingState.OUTDATED : ListingState.NONE;
    }

    private @Nullable LookupResult lookUp(DomainEvent event) {
        boolean due = event.wireName().equals("defined")
                || event.wireName().equals("started")
                || event.wireName().equals("metadata_change")
                || event.is("stopped", "migrated")
                || inventory
                        .find(new DomainKey(event.connectionUri(), event.uuid()))
                        .isEmpty();
        if (!due || random.nextInt(30) == 0) {
            return null;
        }
        if (random.nextInt(30) == 0) {
            return new LookupResult(LookupResult.Status.FAILED, null, HostClock.at(hypervisor.now()));
        }
        return hypervisor.domain(event.uuid()).look(hypervisor.now());
    }

    // Questions

    private Instant soon() {
        return hypervisor.now().plusMillis(random.nextInt(50) == 0 ? random.nextInt(3000) : random.nextInt(20));
    }

    private void list() {
        long asked = generation;
        List<DomainListing.ListedDomain> listedDomain = new ArrayList<>();
        Instant began = hypervisor.now();
        Instant last = began;
        for (SimulatedDomain domain : hypervisor.domains()) {
            if (domain.exists()) {
                Instant at = soon();
                last = at.isAfter(last) ? at : last;
                send(at, () -> {
                    if (domain.exists()) {
                        listedDomain.add(domain.seen(hypervisor.now()));
                    }
                });
            }
        }
        send(
                last.plusMillis(random.nextInt(20)),
                () -> listed(new DomainListing(SimulatedHypervisor.URI, asked, HostClock.at(began), listedDomain)));
    }

    private void listed(DomainListing listing) {
        if (listing.generation() != generation) {
            return;
        }
        listingsAwaited--;
        outdated = false;
        if (resync != null) {
            rules.listed();
            reported("listing", resync.listed(listing, rebooted, HostClock.at(hypervisor.now()), nanos()));
            rebooted = false;
        } else if (!seeded) {
            seeded = true;
            for (DomainListing.ListedDomain listedDomain : listing.domains()) {
                inventory.adopt(listing, listedDomain).ifPresent(adopted -> {
                    rules.adopted(adopted);
                    keep(adopted);
                });
            }
            compare(false); // what was received before was not taken over
        }
    }

    private void query(UUID uuid) {
        long asked = generation;
        Instant at = soon();
        send(at, () -> {
            SimulatedDomain domain = hypervisor.domain(uuid);
            DomainListing.ListedDomain listedDomain = domain.exists() ? domain.seen(hypervisor.now()) : null;
            LibvirtInput.DomainRecheck recheck =
                    new LibvirtInput.DomainRecheck(SimulatedHypervisor.URI, asked, uuid, listedDomain);
            send(hypervisor.now().plusMillis(random.nextInt(20)), () -> answered(recheck));
        });
    }

    private void answered(LibvirtInput.DomainRecheck recheck) {
        if (resync != null && recheck.generation() == generation) {
            rules.answered(recheck.uuid());
            reported("answer", resync.rechecked(recheck, HostClock.at(hypervisor.now()), nanos()));
        }
    }

    private void reported(String by, List<Transition> transitions) {
        rules.reported(by, transitions);
        transitions.forEach(this::keep);
        Set<DomainKey> last = new HashSet<>();
        for (int i = transitions.size() - 1; i >= 0; i--) {
            KnownDomain domain = transitions.get(i).domain();
            if (last.add(domain.key())) {
                rules.check(
                        inventory.find(domain.key()).orElseThrow().lifecycle().equals(domain.lifecycle()),
                        () -> "the inventory does not hold " + domain);
            }
        }
    }

    private void keep(Transition transition) {
        if (transition.identified().freshMetadata() != null) {
            metadata.put(transition.domain().key(), transition.identified().freshMetadata());
        }
    }

    private AgentClock clock(long ran) {
        return new AgentClock(Clock.systemUTC(), this::nanos, ran);
    }

    private long nanos() {
        return Duration.between(Instant.EPOCH, hypervisor.now()).toNanos();
    }
}
