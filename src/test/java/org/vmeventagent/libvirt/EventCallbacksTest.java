package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.CallbackReference;
import com.sun.jna.Function;
import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.rig.QueueRecord;
import org.vmeventagent.system.Progress;
import org.vmeventagent.time.Moment;

/** Calls the native function pointers as libvirt would, with a real domain and real structures. */
@Timeout(60)
class EventCallbacksTest {
    private static final String URI = "test:///default";
    private static final String LONG_TEXT = "/dev/disk/" + "ü".repeat(2000);

    private final NativeCall c = new NativeCall();
    private final QueueRecord record = new QueueRecord();
    private TimeLimitedQueries queries;
    private MetadataLookups lookups;
    private NativeConnect connect;
    private Pointer domain;
    private EventSubscription subscription;

    @BeforeEach
    void open() throws Exception {
        EventLoop.start();
        connect = new NativeConnect(URI);
        queries = new TimeLimitedQueries(
                LibvirtConfig.defaults(), URI, connect.raw(), new Progress(), () -> {}, () -> {});
        lookups = new MetadataLookups(queries, connect.raw());
        com.sun.jna.ptr.PointerByReference array = new com.sun.jna.ptr.PointerByReference();
        assertTrue(NativeLibvirt.virConnectListAllDomains(connect.raw(), array, 0) > 0);
        domain = array.getValue().getPointer(0);
        subscription = EventSubscription.begin(URI, record.queue(), lookups);
        subscription.announce("TEST", "host", 28);
    }

    @AfterEach
    void close() throws Exception {
        subscription.end("closed", Moment.now());
        queries.stop(Duration.ofSeconds(5));
        NativeLibvirt.virDomainFree(domain);
        assertEquals(0, connect.close());
    }

    @ParameterizedTest
    @EnumSource(EventKind.class)
    void copiesEveryArgument(EventKind kind) {
        Case expected = expected(kind);

        call(kind, expected.arguments());

        DomainEvent event = record.await(DomainEvent.class);
        assertEquals(kind, event.kind());
        assertEquals(expected.attributes(), event.attributes());
        assertEquals("test", event.name());
        assertEquals(EventSubscription.uuid(domain), event.uuid());
        assertTrue(event.domainId() > 0);
        assertEquals(subscription.generation(), event.generation());
        assertEquals(URI, event.connectionUri());
    }

    private Case expected(EventKind kind) {
        return switch (kind) {
            case LIFECYCLE -> of(Map.of(), 5, 5);
            case REBOOT, CONTROL_ERROR -> of(Map.of());
            case RTC_CHANGE -> of(Map.of("utcoffset", -7_200_000_000L), -7_200_000_000L);
            case WATCHDOG -> of(Map.of("action", new EnumValue(3, "poweroff")), 3);
            case IO_ERROR ->
                of(
                        Map.of("path", LONG_TEXT, "device", "virtio-disk0", "action", new EnumValue(1, "pause")),
                        c.text(LONG_TEXT),
                        c.text("virtio-disk0"),
                        1);
            case GRAPHICS ->
                of(
                        Map.of(
                                "phase",
                                new EnumValue(1, "initialize"),
                                "local",
                                Map.of("family", "ipv4", "node", "192.0.2.1", "service", "5900"),
                                "remote",
                                Map.of("family", "unix", "node", "/run/vnc"),
                                "auth_scheme",
                                "vnc+tls",
                                "subject",
                                List.of(Map.of("type", "saslUsername", "name", "älice"))),
                        1,
                        c.address(0, "192.0.2.1", "5900"),
                        c.address(2, "/run/vnc", null),
                        c.text("vnc+tls"),
                        c.subject("saslUsername", "älice"));
            case IO_ERROR_REASON ->
                of(
                        Map.of(
                                "path",
                                "/full",
                                "device",
                                "ide0-0-1",
                                "action",
                                new EnumValue(2, "report"),
                                "reason",
                                "enospc"),
                        c.text("/full"),
                        c.text("ide0-0-1"),
                        2,
                        c.text("enospc"));
            case BLOCK_JOB, BLOCK_JOB_2 ->
                of(
                        Map.of(
                                "disk",
                                "vda",
                                "type",
                                new EnumValue(4, "active_commit"),
                                "status",
                                new EnumValue(3, "ready")),
                        c.text("vda"),
                        4,
                        3);
            case DISK_CHANGE ->
                of(
                        Map.of(
                                "old_path",
                                "/cd.iso",
                                "device",
                                "sda",
                                "reason",
                                new EnumValue(1, "drop_missing_on_start")),
                        c.text("/cd.iso"),
                        null,
                        c.text("sda"),
                        1);
            case TRAY_CHANGE ->
                of(Map.of("device", "ide0-1-0", "reason", new EnumValue(1, "close")), c.text("ide0-1-0"), 1);
            case PMWAKEUP, PMSUSPEND, PMSUSPEND_DISK -> of(Map.of("reason", 7), 7);
            case BALLOON_CHANGE -> of(Map.of("actual_kib", Long.MAX_VALUE), -1L);
            case DEVICE_REMOVED, DEVICE_ADDED, DEVICE_REMOVAL_FAILED -> of(Map.of("device", "net1"), c.text("net1"));
            case TUNABLE ->
                of(
                        Map.of(
                                "cputune.vcpupin2",
                                "0-3,5",
                                "cputune.cpu_shares",
                                2048L,
                                "blkdeviotune.total_bytes_sec",
                                Long.MAX_VALUE,
                                "blkdeviotune.disk",
                                "vdä"),
                        c.parameters(ordered(
                                "cputune.vcpupin2",
                                "0-3,5",
                                "cputune.cpu_shares",
                                new NativeCall.ULong(2048),
                                "blkdeviotune.total_bytes_sec",
                                new NativeCall.ULong(-1),
                                "blkdeviotune.disk",
                                "vdä")),
                        4);
            case AGENT_LIFECYCLE ->
                of(Map.of("state", new EnumValue(2, "disconnected"), "reason", new EnumValue(2, "channel")), 2, 2);
            case MIGRATION_ITERATION -> of(Map.of("iteration", 3), 3);
            case JOB_COMPLETED ->
                of(
                        Map.of(
                                "operation",
                                new EnumValue(2, "save"),
                                "time_elapsed",
                                4_000_000_000L,
                                "rate",
                                1.5,
                                "success",
                                true,
                                "memory_bps",
                                -1L,
                                "retries",
                                4_294_967_295L),
                        c.parameters(ordered(
                                "operation",
                                2,
                                "time_elapsed",
                                new NativeCall.ULong(4_000_000_000L),
                                "rate",
                                1.5,
                                "success",
                                true,
                                "memory_bps",
                                -1L,
                                "retries",
                                new NativeCall.UInt(-1),
                                "news",
                                new NativeCall.Unknown(99))),
                        7);
            case METADATA_CHANGE -> of(Map.of("type", new EnumValue(0, "description")), 0, null);
            case BLOCK_THRESHOLD ->
                of(
                        Map.of(
                                "device",
                                "vda[1]",
                                "path",
                                "/pool/disk",
                                "threshold_bytes",
                                1L << 40,
                                "excess_bytes",
                                42L),
                        c.text("vda[1]"),
                        c.text("/pool/disk"),
                        1L << 40,
                        42L);
            case MEMORY_FAILURE ->
                of(
                        Map.of("recipient", new EnumValue(1, "guest"), "action", new EnumValue(2, "fatal"), "flags", 3),
                        1,
                        2,
                        3);
            case MEMORY_DEVICE_SIZE_CHANGE ->
                of(Map.of("device", "mem0", "size_bytes", 1L << 33), c.text("mem0"), 1L << 33);
            case NIC_MAC_CHANGE ->
                of(
                        Map.of("device", "net0", "old_mac", "52:54:00:00:00:01", "new_mac", "52:54:00:00:00:02"),
                        c.text("net0"),
                        c.text("52:54:00:00:00:01"),
                        c.text("52:54:00:00:00:02"));
            case VCPU_REMOVED -> of(Map.of("vcpu", 4_294_967_295L), -1);
            case CHANNEL_LIFECYCLE ->
                of(
                        Map.of(
                                "channel",
                                "org.example.ü",
                                "state",
                                new EnumValue(2, "disconnected"),
                                "reason",
                                new EnumValue(1, "domain_started")),
                        c.text("org.example.ü"),
                        2,
                        1);
        };
    }

    @Test
    void passesUnknownNumbersOn() {
        call(EventKind.LIFECYCLE, 42, 43);
        call(EventKind.LIFECYCLE, 5, -1);
        call(EventKind.WATCHDOG, 99);

        DomainEvent unknownType = record.await(DomainEvent.class, event -> "unknown".equals(event.wireName()));
        assertEquals(new EnumValue(42, "unknown"), unknownType.type());
        assertEquals(new EnumValue(43, "unknown"), unknownType.detail());
        assertEquals(
                new EnumValue(-1, "unknown"),
                record.await(DomainEvent.class, event -> event.wireName().equals("stopped"))
                        .detail());
        assertEquals(
                Map.of("action", new EnumValue(99, "unknown")),
                record.await(DomainEvent.class, event -> event.kind() == EventKind.WATCHDOG)
                        .attributes());
    }

    @Test
    void reportsTheGuestAgentsChannelOnce() throws LibvirtFailure {
        subscription.register(connect.raw(), EnumSet.of(EventKind.CHANNEL_LIFECYCLE));
        call(EventKind.CHANNEL_LIFECYCLE, c.text("org.qemu.guest_agent.0"), 1, 2);
        assertEquals("org.qemu.guest_agent.0", channel(), "no other id reports it");
        subscription.deregister(connect.raw());

        subscription.register(connect.raw(), EnumSet.of(EventKind.AGENT_LIFECYCLE, EventKind.CHANNEL_LIFECYCLE));
        call(EventKind.CHANNEL_LIFECYCLE, c.text("org.qemu.guest_agent.0"), 2, 2);
        call(EventKind.CHANNEL_LIFECYCLE, c.text("org.qemu.guest_agent.1"), 2, 2);
        assertEquals("org.qemu.guest_agent.1", channel());
        call(EventKind.CHANNEL_LIFECYCLE, null, 2, 2);
        assertEquals("null", channel());
        subscription.deregister(connect.raw());
    }

    private String channel() {
        String channel =
                String.valueOf(record.await(DomainEvent.class).attributes().get("channel"));
        record.clear();
        return channel;
    }

    @Test
    void leavesOutTextThatIsNull() {
        call(EventKind.IO_ERROR_REASON, null, null, 1, null);
        call(EventKind.GRAPHICS, 0, null, null, null, null);
        call(EventKind.TUNABLE, null, 0);

        assertEquals(
                Map.of("action", new EnumValue(1, "pause")),
                record.await(DomainEvent.class, event -> event.kind() == EventKind.IO_ERROR_REASON)
                        .attributes());
        assertEquals(
                Map.of("phase", new EnumValue(0, "connect")),
                record.await(DomainEvent.class, event -> event.kind() == EventKind.GRAPHICS)
                        .attributes());
        assertEquals(
                Map.of(),
                record.await(DomainEvent.class, event -> event.kind() == EventKind.TUNABLE)
                        .attributes());
    }

    @Test
    void reportsAnEventItCouldNotReadAsOverflow() {
        Function.getFunction(CallbackReference.getFunctionPointer(EventCallbacks.of(EventKind.REBOOT)))
                .invoke(void.class, new Object[] {connect.raw(), null, subscription.opaque()});

        assertEquals(1, record.await(LibvirtInput.Overflow.class).dropped());
    }

    @Test
    void dropsEventsOfAConnectionThatEnded() {
        subscription.end("eof", Moment.now());
        call(EventKind.REBOOT);

        record.await(LibvirtInput.ConnectionLost.class);
        assertTrue(record.queue().size() == 0, "nothing follows the end of a generation");
        assertTrue(record.all().stream().noneMatch(DomainEvent.class::isInstance));
    }

    @Test
    void holdsEventsUntilTheConnectionIsAnnounced() {
        EventSubscription early = EventSubscription.begin(URI, record.queue(), lookups);
        record.clear();
        Function.getFunction(CallbackReference.getFunctionPointer(EventCallbacks.of(EventKind.REBOOT)))
                .invoke(void.class, new Object[] {connect.raw(), domain, early.opaque()});
        early.announce("TEST", "host", 28);
        early.end("closed", Moment.now());

        record.await(LibvirtInput.ConnectionLost.class);
        assertEquals(
                List.of(LibvirtInput.ConnectionUp.class, DomainEvent.class, LibvirtInput.ConnectionLost.class),
                record.all().stream().map(Object::getClass).toList());
    }

    @Test
    void returnsWithinTwentyMicroseconds() {
        record.clear();
        Function function =
                Function.getFunction(CallbackReference.getFunctionPointer(EventCallbacks.of(EventKind.LIFECYCLE)));
        Object[] arguments = {connect.raw(), domain, 3, 0, subscription.opaque()};
        long[] times = new long[20_000];
        for (int i = 0; i < times.length; i++) {
            long begin = System.nanoTime();
            function.invoke(int.class, arguments);
            times[i] = System.nanoTime() - begin;
            if (i % 1000 == 0) {
                record.clear();
            }
        }
        Arrays.sort(times);
        assertTrue(times[times.length / 2] < 20_000, () -> "median " + times[times.length / 2] + " ns");
    }

    private void call(EventKind kind, Object... arguments) {
        Object[] all = Stream.concat(
                        Stream.of(connect.raw(), domain),
                        Stream.concat(Arrays.stream(arguments), Stream.of(subscription.opaque())))
                .toArray();
        Pointer pointer = CallbackReference.getFunctionPointer(EventCallbacks.of(kind));
        assertNotNull(pointer);
        Function.getFunction(pointer).invoke(kind == EventKind.LIFECYCLE ? int.class : void.class, all);
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private static Case of(Map<String, Object> attributes, Object... arguments) {
        return new Case(attributes, arguments);
    }

    @SuppressWarnings("ArrayRecordComponent") // only carries arguments
    private record Case(Map<String, Object> attributes, Object[] arguments) {}
}
