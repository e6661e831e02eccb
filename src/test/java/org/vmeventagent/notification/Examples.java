package org.vmeventagent.notification;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.inventory.Cause;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.Origin;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.rig.SampleXml;
import org.vmeventagent.simulator.ExampleEvents;
import org.vmeventagent.time.Moment;

/** One example of every notification there is, by event name, with everything fixed that is random in life. */
final class Examples {
    static final Hypervisor HYPERVISOR = new Hypervisor("QEMU", "cmp-01.example.org");
    static final NotificationIds STAMP = new NotificationIds(
            UUID.fromString("0d9e3c1a-6c1f-4f5e-8a54-3f0f6f1f7a11"),
            43,
            41,
            UUID.fromString("1a501727-b96d-40a0-beec-4c668a4961ca"),
            UUID.fromString("5d1c2f3a-2a51-4a3c-9f0c-7be4a9d3e210"),
            false);

    private static final NotificationIds STEPPED =
            new NotificationIds(STAMP.stream(), 44, 43, STAMP.messageId(), STAMP.requestId(), true);
    static final String BOOT = "defined/added?metadata resumed/unpaused+3 started/booted+3?metadata";
    private static final Map<String, String> LIFECYCLE = Map.of(
            "defined", "defined/added?metadata",
            "undefined", "defined/added?metadata undefined/removed",
            "started", BOOT,
            "suspended", BOOT + " suspended/ioerror",
            "resumed", BOOT + " suspended/paused resumed/unpaused",
            "stopped", BOOT + " stopped/failed",
            "shutdown", BOOT + " shutdown/guest",
            "pmsuspended", BOOT + " pmsuspended/memory",
            "crashed", BOOT + " crashed/panicked",
            "unknown", BOOT + " 9/4");

    private Examples() {}

    static NotificationConfig config() {
        return new NotificationConfig("cmp-01", "RegionOne", "libvirt", "info", true, true);
    }

    static NotificationWriter writer() {
        return new NotificationWriter(config(), "1.0.0");
    }

    /** By the name of the golden file: the event name, or libvirt's where two ids share one. */
    static Map<String, Notification> all() {
        Map<String, Notification> all = new LinkedHashMap<>();
        new TreeMap<>(LIFECYCLE).forEach((name, words) -> all.put(name, domain(after(words))));
        for (EventKind kind : EventKind.values()) {
            if (kind != EventKind.LIFECYCLE) {
                all.put(kind.libvirtName(), domain(of(kind)));
            }
        }
        all.put("exists", domain(exists()));
        all.put("removed", domain(removed()));
        all.put("restarted", domain(summary("restarted", BOOT + " stopped/failed resumed/unpaused started/booted+3")));
        all.put("outage", domain(summary("outage", BOOT + " suspended/ioerror resumed/unpaused")));
        all.put("migrated", domain(migrated()));
        all.put("migration_progress", domain(migrating()));
        all.put("defined.returned", domain(returned()));
        all.put("stopped.resync", domain(resynced()));
        all.put("stopped.migrated_out", domain(after(BOOT + " suspended/migrated stopped/migrated?no_domain")));
        all.put("reboot.folded", writer().write(folded(), HYPERVISOR, STEPPED));
        all.put("suspended.large", domain(large()));
        agents().forEach(event -> all.put(EventNames.ofAgent(event.name()), writer().write(event, HYPERVISOR, STAMP)));
        return all;
    }

    /** The last transition that these events make. */
    static Transition after(String words) {
        return after(words, SampleXml.of("nova-2025.2"));
    }

    static Transition after(String words, String metadata) {
        ExampleEvents events = new ExampleEvents(metadata);
        Inventory inventory = new Inventory();
        Transition last = null;
        for (ExampleEvents.Example example : events.reportAll(words)) {
            List<Transition> transitions = inventory.apply(example.event(), example.look());
            last = transitions.get(transitions.size() - 1);
        }
        return Objects.requireNonNull(last);
    }

    /** An event of this kind of a running domain. */
    static Transition of(EventKind kind) {
        return of(kind, values(kind));
    }

    static Transition of(EventKind kind, @Nullable Object... values) {
        return ofAfter(BOOT, kind, values);
    }

    /** An event of this kind after those. */
    static Transition ofAfter(String words, EventKind kind, @Nullable Object... values) {
        ExampleEvents events = new ExampleEvents(SampleXml.of("nova-2025.2"));
        Inventory inventory = new Inventory();
        for (ExampleEvents.Example example : events.reportAll(words)) {
            inventory.apply(example.event(), example.look());
        }
        return inventory
                .apply(
                        events.report(kind, values).event(),
                        kind == EventKind.METADATA_CHANGE ? events.look("metadata") : null)
                .get(0);
    }

    private static Transition exists() {
        DomainListing.ListedDomain listedDomain = new DomainListing.ListedDomain(
                ExampleEvents.UUID_OF_DOMAIN,
                ExampleEvents.NAME,
                7,
                1,
                1,
                true,
                false,
                1_234_567_890L,
                SampleXml.of("nova-26-two-ports"),
                HostClock.at(ExampleEvents.START));
        return new Inventory()
                .adopt(
                        new DomainListing(ExampleEvents.URI, 1, listedDomain.askedAt(), List.of(listedDomain)),
                        listedDomain)
                .orElseThrow();
    }

    private static Transition removed() {
        Transition gone = after(BOOT + " stopped/destroyed undefined/removed");
        return new Transition(
                "removed",
                gone.identified(),
                null,
                null,
                new Transition.Discovery(
                        Origin.EVENT, HostClock.at(gone.observedAt().wall().plusSeconds(600)), null),
                false,
                Transition.Folding.NONE);
    }

    /** What is over when the last of these events came. */
    private static Transition summary(String name, String words) {
        Inventory inventory = new Inventory();
        return new ExampleEvents(SampleXml.of("nova-2025.2"))
                .reportAll(words).stream()
                        .flatMap(example -> inventory.apply(example.event(), example.look()).stream())
                        .flatMap(transition -> inventory.summaries(transition).stream())
                        .filter(transition -> transition.name().equals(name))
                        .findFirst()
                        .orElseThrow();
    }

    /** Arrived, with what libvirt 9.0 answered about a migration on the host that it came to. */
    private static Transition migrated() {
        Inventory inventory = new Inventory();
        Map<String, Object> job = EventKind.JOB_COMPLETED.attributes(fields(
                "operation", 4,
                "time_elapsed", 4868L,
                "time_elapsed_net", 4859L,
                "downtime", 64L,
                "downtime_net", 55L,
                "setup_time", 2L,
                "data_total", 17_309_696L,
                "data_processed", 1_566_820L,
                "data_remaining", 0L,
                "memory_total", 17_309_696L,
                "memory_processed", 1_566_820L,
                "memory_remaining", 0L,
                "memory_bps", 1_932_536L,
                "memory_constant", 3985L,
                "memory_normal", 373L,
                "memory_normal_bytes", 1_527_808L,
                "memory_dirty_rate", 0L,
                "memory_iteration", 3L,
                "memory_postcopy_requests", 0L,
                "memory_page_size", 4096L,
                "disk_total", 0L,
                "disk_processed", 0L,
                "disk_remaining", 0L));
        Transition last = null;
        for (ExampleEvents.Example example : new ExampleEvents(SampleXml.of("nova-2025.2"))
                .reportAll("started/migrated?metadata defined/added resumed/migrated")) {
            for (Transition transition : inventory.apply(example.event(), example.look())) {
                inventory.summaries(transition);
                last = transition;
            }
        }
        return inventory.moved(Objects.requireNonNull(last).domain().key(), job).get(0);
    }

    /** On its way, with what libvirt 9.0 answered meanwhile on the host that it leaves. */
    private static Transition migrating() {
        Inventory inventory = new Inventory();
        DomainEvent last = null;
        for (ExampleEvents.Example example : new ExampleEvents(SampleXml.of("nova-2025.2")).reportAll(BOOT)) {
            inventory.apply(example.event(), example.look());
            last = example.event();
        }
        DomainEvent event = Objects.requireNonNull(last);
        Map<String, Object> job = EventKind.JOB_COMPLETED.attributes(fields(
                "operation", 5,
                "time_elapsed", 835L,
                "downtime", 300L,
                "setup_time", 7L,
                "data_total", 17_309_696L,
                "data_processed", 127_356L,
                "data_remaining", 17_125_376L,
                "memory_total", 17_309_696L,
                "memory_processed", 127_356L,
                "memory_remaining", 17_125_376L,
                "memory_constant", 13L,
                "memory_normal", 31L,
                "memory_normal_bytes", 126_976L,
                "memory_dirty_rate", 0L,
                "memory_iteration", 1L,
                "memory_postcopy_requests", 0L,
                "memory_page_size", 4096L));
        return inventory
                .progress(new DomainKey(event.connectionUri(), event.uuid()), job, event.observedAt())
                .orElseThrow();
    }

    /** Defined again after it was reported as removed. */
    private static Transition returned() {
        ExampleEvents events = new ExampleEvents(SampleXml.of("nova-2025.2"));
        Inventory inventory = new Inventory();
        events.reportAll(BOOT + " stopped/destroyed undefined/removed")
                .forEach(example -> inventory.apply(example.event(), example.look()));
        inventory.removed(Duration.ofMinutes(10), HostClock.at(ExampleEvents.START.plus(Duration.ofMinutes(11))));
        ExampleEvents.Example again =
                events.reportAll("defined/added+900000?metadata").get(0);
        return inventory.apply(again.event(), again.look()).get(0);
    }

    /** A reset that libvirt reported three times, after ten more that the budget swallowed. */
    private static Transition folded() {
        Transition reboot = of(EventKind.REBOOT);
        return reboot.counted(3).suppressing(10);
    }

    /** Of an instance whose name is longer than any may be. */
    private static Transition large() {
        return after(
                "started/booted?metadata suspended/paused",
                "<instance><name>" + "name ".repeat(60) + "</name></instance>");
    }

    /** A stop that was found by comparison. */
    private static Transition resynced() {
        Transition stopped = after(BOOT + " stopped/failed");
        return new Transition(
                "stopped",
                stopped.identified(),
                null,
                new Transition.Change(Objects.requireNonNull(stopped.oldState()), Cause.CRASHED, true),
                new Transition.Discovery(
                        Origin.RESYNC,
                        stopped.observedAt(),
                        HostClock.at(stopped.observedAt().wall().minusSeconds(90))),
                false,
                Transition.Folding.NONE);
    }

    static Notification domain(Transition transition) {
        return writer().write(transition, HYPERVISOR, STAMP);
    }

    private static List<AgentEvent> agents() {
        Moment at = HostClock.at(ExampleEvents.START);
        return List.of(
                events("started", "reason", "boot"),
                events("stopped", "reason", "signal"),
                events("connected", "connection_uri", ExampleEvents.URI, "reason", "start", "events_registered", 25),
                events("disconnected", "connection_uri", ExampleEvents.URI, "reason", "eof"),
                new AgentEvent(
                        "gap",
                        true,
                        at,
                        fields(
                                "connection_uri",
                                ExampleEvents.URI,
                                "from",
                                HostClock.at(ExampleEvents.START.minus(Duration.ofMinutes(3))),
                                "to",
                                at,
                                "reason",
                                "libvirt_down",
                                "domains_compared",
                                12,
                                "transitions_found",
                                1,
                                "mass_change",
                                false)),
                new AgentEvent(
                        "overflow",
                        true,
                        at,
                        fields(
                                "ranges",
                                List.of(fields("first", 17L, "last", 29L), fields("first", 31L, "last", 31L)),
                                "dropped",
                                fields("reboot", 13, "balloon_change", 1))),
                events("heartbeat", "uptime_s", 86400L, "domains", 12, "outbox_depth", 0L),
                events("test"));
    }

    private static AgentEvent events(String name, Object... fields) {
        return new AgentEvent(name, false, HostClock.at(ExampleEvents.START), fields(fields));
    }

    private static Map<String, Object> fields(Object... pairs) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            fields.put((String) pairs[i], pairs[i + 1]);
        }
        return fields;
    }

    private static @Nullable Object[] values(EventKind kind) {
        String disk = "/var/lib/nova/instances/6f5b7a1e-0c1d-4f6e-9d0a-1b2c3d4e5f60/disk";
        return switch (kind) {
            case LIFECYCLE -> throw new IllegalArgumentException("has no values");
            case REBOOT, CONTROL_ERROR -> values();
            case RTC_CHANGE -> values(3600L);
            case WATCHDOG -> values(1);
            case IO_ERROR -> values(disk, "virtio-disk0", 1);
            case GRAPHICS ->
                values(
                        0,
                        fields("family", "ipv4", "node", "192.0.2.1", "service", "5900"),
                        fields("family", "ipv4", "node", "198.51.100.7", "service", "41234"),
                        "vnc",
                        List.of(fields("type", "x509dname", "name", "CN=console")));
            case IO_ERROR_REASON -> values(disk, "virtio-disk0", 1, "enospc");
            case BLOCK_JOB -> values(disk, 2, 3);
            case DISK_CHANGE -> values("/iso/old.iso", null, "ide0-1-0", 1);
            case TRAY_CHANGE -> values("ide0-1-0", 0);
            case PMWAKEUP, PMSUSPEND, PMSUSPEND_DISK -> values(0);
            case BALLOON_CHANGE -> values(1_048_576L);
            case DEVICE_REMOVED, DEVICE_ADDED, DEVICE_REMOVAL_FAILED -> values("net1");
            case BLOCK_JOB_2 -> values("vda", 2, 1);
            case TUNABLE -> values(fields("cputune.cpu_shares", 2048L));
            case AGENT_LIFECYCLE -> values(1, 2);
            case MIGRATION_ITERATION -> values(2);
            case JOB_COMPLETED ->
                values(fields("operation", 2, "time_elapsed", 92L, "data_total", 202_121_216L, "success", true));
            case METADATA_CHANGE -> values(2, "http://openstack.org/xmlns/libvirt/nova/1.1");
            case BLOCK_THRESHOLD -> values("vda[1]", disk, 10_737_418_240L, 65_536L);
            case MEMORY_FAILURE -> values(1, 2, 1);
            case MEMORY_DEVICE_SIZE_CHANGE -> values("virtiomem0", 1_073_741_824L);
            case NIC_MAC_CHANGE -> values("net0", "fa:16:3e:00:00:01", "fa:16:3e:00:00:02");
            case VCPU_REMOVED -> values(3L);
            case CHANNEL_LIFECYCLE -> values("com.redhat.spice.0", 1, 2);
        };
    }

    private static @Nullable Object[] values(@Nullable Object... values) {
        return Arrays.copyOf(values, values.length);
    }
}
