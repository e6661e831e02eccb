package org.vmeventagent.simulator;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LifecycleEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.rig.HostClock;

/**
 * One domain as libvirt's QEMU driver keeps it: it exists while it is active or persistent, and each change of its state
 * comes before the event that reports it. What it does next is a plan of steps in time; a step is atomic.
 *
 * <p>The numbers are those of virDomainState and its reasons (libvirt-domain.h).
 */
public final class SimulatedDomain {
    static final int RUNNING = 1;
    static final int PAUSED = 3;
    static final int SHUTDOWN = 4;
    static final int SHUTOFF = 5;
    static final int CRASHED = 6;
    static final int PMSUSPENDED = 7;

    static final int PAUSED_MIGRATION = 2;
    static final int PAUSED_SAVE = 3;
    static final int PAUSED_STARTING_UP = 11;

    /** What receives the events of all domains. */
    interface EventListener {
        void receive(
                SimulatedDomain domain,
                EventKind kind,
                @Nullable EnumValue type,
                @Nullable EnumValue detail,
                Object... fields);
    }

    private record Step(Instant at, Runnable change) {}

    private final UUID uuid;
    private final String name;
    private final boolean nova;
    private final SimulatedHypervisor host;
    private final Random random;
    private final EventListener eventListener;
    private final Deque<Step> plan = new ArrayDeque<>();
    private Instant planned = Instant.EPOCH;

    private int id = -1;
    private int state = SHUTOFF;
    private int reason;
    private boolean persistent;
    private Instant persistentSince = Instant.EPOCH;
    private boolean managedSave;
    private boolean incoming;
    private Instant processBegan = Instant.EPOCH;
    private Instant processEnded = Instant.EPOCH;
    private int processes;
    private @Nullable String definedMetadata;
    private @Nullable String liveMetadata;

    SimulatedDomain(
            UUID uuid,
            String name,
            boolean nova,
            SimulatedHypervisor host,
            Random random,
            EventListener eventListener) {
        this.uuid = uuid;
        this.name = name;
        this.nova = nova;
        this.host = host;
        this.random = random;
        this.eventListener = eventListener;
    }

    public UUID uuid() {
        return uuid;
    }

    public String name() {
        return name;
    }

    public int id() {
        return id;
    }

    public boolean exists() {
        return persistent || id >= 0;
    }

    public boolean isPersistent() {
        return persistent;
    }

    /** When it got the definition that it has. */
    public Instant persistentSince() {
        return persistentSince;
    }

    /** How many hypervisor processes it has had: no more starts may be claimed. */
    public int processes() {
        return processes;
    }

    /** When the newest of them began. */
    public Instant processBegan() {
        return processBegan;
    }

    /** When the newest that is no more ended. */
    public Instant processEnded() {
        return processEnded;
    }

    /** Whether something is under way. */
    public boolean isBusy() {
        return !plan.isEmpty();
    }

    /** What a consumer should take it for. */
    public DomainState currentState() {
        return exists() ? seen(Instant.EPOCH).domainState() : DomainState.UNDEFINED;
    }

    /** Whether libvirt no longer knows why it is off: it may have been saved to a file. */
    public boolean hasForgottenReason() {
        return state == SHUTOFF && reason == 0 && !managedSave;
    }

    public DomainListing.ListedDomain seen(Instant now) {
        long cpuTime = id < 0 ? 0 : 1 + Duration.between(processBegan, now).toNanos() / 3;
        return new DomainListing.ListedDomain(
                uuid, name, id, state, reason, persistent, managedSave, cpuTime, metadata(), HostClock.at(now));
    }

    /** The metadata that a look-up finds: of the process while there is one, else of the definition. */
    public @Nullable String metadata() {
        return id >= 0 ? liveMetadata : definedMetadata;
    }

    public LookupResult look(Instant now) {
        if (!exists()) {
            return new LookupResult(LookupResult.Status.NO_DOMAIN, null, HostClock.at(now));
        }
        String metadata = metadata();
        return new LookupResult(
                metadata == null ? LookupResult.Status.NO_METADATA : LookupResult.Status.METADATA,
                metadata,
                HostClock.at(now));
    }

    // The plan

    void run(Instant now) {
        while (!plan.isEmpty() && !plan.element().at().isAfter(now)) {
            plan.remove().change().run();
        }
    }

    /** Plans a step some milliseconds after the one before. */
    void then(int millis, Runnable change) {
        Instant now = host.now();
        planned = (plan.isEmpty() || planned.isBefore(now) ? now : planned).plusMillis(millis);
        plan.add(new Step(planned, change));
    }

    // What steps are made of

    /** Emits a lifecycle event, {@code "started booted"}. */
    void emits(String typeAndDetail) {
        int space = typeAndDetail.indexOf(' ');
        EnumValue type = named(LifecycleEvent.TYPES.known(), typeAndDetail.substring(0, space));
        eventListener.receive(
                this,
                EventKind.LIFECYCLE,
                type,
                named(LifecycleEvent.details(type), typeAndDetail.substring(space + 1)));
    }

    void emits(EventKind kind, Object... fields) {
        eventListener.receive(this, kind, null, null, fields);
    }

    private static EnumValue named(List<EnumValue> enumValues, String name) {
        return enumValues.stream()
                .filter(enumValue -> enumValue.is(name))
                .findFirst()
                .orElseThrow();
    }

    void is(int newState, int newReason) {
        state = newState;
        reason = newReason;
    }

    boolean isActive() {
        return id >= 0;
    }

    boolean is(int expected) {
        return state == expected;
    }

    boolean isSaved() {
        return exists() && id < 0 && seen(Instant.EPOCH).saved();
    }

    boolean hasManagedSave() {
        return managedSave;
    }

    void managedSave(boolean exists) {
        managedSave = exists;
    }

    void persistent(boolean nowPersistent) {
        if (nowPersistent && !persistent) {
            persistentSince = host.now();
        }
        persistent = nowPersistent;
        managedSave &= nowPersistent;
    }

    /** A definition that Nova generated now. */
    void define() {
        if (!exists()) {
            is(SHUTOFF, 0);
        }
        persistent(true);
        definedMetadata = generated();
    }

    /** Keeps the definition of the running process: what Nova does around a live snapshot. */
    void defineAsIs() {
        persistent(true);
        definedMetadata = liveMetadata;
    }

    void attach() {
        liveMetadata = generated();
    }

    void begins(int newReason) {
        id = host.nextId();
        processes++;
        processBegan = host.now();
        liveMetadata = persistent ? definedMetadata : generated();
        incoming = newReason == PAUSED_MIGRATION;
        is(PAUSED, newReason);
    }

    void arrived() {
        incoming = false;
    }

    void ends(int newReason) {
        if (id >= 0) {
            processEnded = host.now();
        }
        id = -1;
        is(SHUTOFF, newReason);
    }

    private @Nullable String generated() {
        return nova
                ? "<instance><name>%s</name><creationTime>%s</creationTime></instance>"
                        .formatted(name, host.now().toString().substring(0, 19).replace('T', ' '))
                : null;
    }

    // What happens to it without a word

    /** The daemon was restarted: why a domain is off is forgotten, and what was half done is undone. */
    void daemonRestarted() {
        boolean halfBegun = id >= 0 && state == PAUSED && (reason == PAUSED_STARTING_UP || incoming);
        boolean leaving = state == PAUSED && reason == PAUSED_MIGRATION && !incoming;
        boolean saving = state == PAUSED && reason == PAUSED_SAVE;
        if (state != SHUTDOWN) {
            plan.clear();
        }
        if (halfBegun) {
            ends(0);
        } else if (leaving || saving) {
            is(RUNNING, leaving ? 6 : 7);
        } else if (id < 0) {
            reason = 0;
        }
        if (id >= 0 && random.nextInt(5) == 0) { // its process died meanwhile
            plan.clear();
            ends(3);
        }
    }

    void hostRebooted() {
        plan.clear();
        ends(0);
    }

    @Override
    public String toString() {
        return "%s id %d state %d/%d %s".formatted(name, id, state, reason, persistent ? "persistent" : "transient");
    }
}
