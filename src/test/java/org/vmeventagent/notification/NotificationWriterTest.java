package org.vmeventagent.notification;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.notification.WrittenNotification.example;
import static org.vmeventagent.notification.WrittenNotification.inner;
import static org.vmeventagent.notification.WrittenNotification.payload;
import static org.vmeventagent.notification.WrittenNotification.started;
import static org.vmeventagent.notification.WrittenNotification.with;
import static org.vmeventagent.notification.WrittenNotification.write;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.simulator.ExampleEvents;

class NotificationWriterTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The first key of that name is the notification's own, whatever a tenant called an instance. */
    @Test
    void aBodyGetsAnotherPriority() {
        String body =
                "{\"publisher_id\":\"a \\\"priority\\\":\\\"ERROR\\\"\",\"priority\":\"ERROR\",\"payload\":{\"priority\":\"ERROR\"}}";

        byte[] other = NotificationWriter.withPriority(body.getBytes(StandardCharsets.US_ASCII), "info");

        assertEquals(
                body.replaceFirst(",\"priority\":\"ERROR\"", ",\"priority\":\"INFO\""),
                new String(other, StandardCharsets.US_ASCII));
        assertArrayEquals(new byte[] {1}, NotificationWriter.withPriority(new byte[] {1}, "info"));
    }

    @Test
    void leavesTheUniqueIdToTheDriver() {
        assertFalse(inner(started()).has("_unique_id"));
    }

    @Test
    void writesTheSameBytesAgain() {
        NotificationWriter writer = Examples.writer();
        byte[] first =
                writer.write(started(), Examples.HYPERVISOR, Examples.STAMP).body();
        writer.write(Examples.of(EventKind.REBOOT), Examples.HYPERVISOR, Examples.STAMP);

        assertArrayEquals(
                first,
                writer.write(started(), Examples.HYPERVISOR, Examples.STAMP).body());
    }

    @Test
    void writesSixDigitsOfAWholeSecond() {
        JsonNode inner = inner(
                Examples.writer(),
                new AgentEvent("started", false, HostClock.at(Instant.parse("2026-11-22T20:14:42Z")), Map.of()));

        assertEquals("2026-11-22 20:14:42.000000", inner.get("timestamp").textValue());
        assertEquals(
                "2026-11-22T20:14:42.000000Z", inner.at("/payload/observed_at").textValue());
    }

    @Test
    void sendsFaultsUnderTheConfiguredPriority() {
        NotificationWriter writer = new NotificationWriter(
                new NotificationConfig("cmp-01", null, "kvm.events", "error", true, true), "1.0.0");
        Notification fault = write(writer, Examples.after("started/booted stopped/failed"));
        Notification usual = write(writer, started());

        assertEquals("error", fault.priority());
        assertEquals("ERROR", inner(fault).get("priority").textValue());
        assertEquals("kvm.events.domain.stopped", fault.eventType());
        assertFalse(inner(fault).get("payload").has("region"));
        assertEquals("info", usual.priority());
        assertEquals("INFO", inner(usual).get("priority").textValue());
        AgentEvent gap = new AgentEvent("heartbeat", true, HostClock.at(ExampleEvents.START), Map.of());
        assertEquals(
                "error", writer.write(gap, Hypervisor.UNKNOWN, Examples.STAMP).priority());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            REBOOT          |               | info
            CONTROL_ERROR   |               | error
            IO_ERROR        | /d vda 2      | error
            IO_ERROR_REASON | /d vda 0 ''   | error
            WATCHDOG        | 0             | info
            WATCHDOG        | 2             | error
            WATCHDOG        | 99            | error
            MEMORY_FAILURE  | 0 2 0         | error
            MEMORY_FAILURE  | 0 0 0         | info
            BLOCK_JOB_2     | vda 2 1       | error
            BLOCK_JOB_2     | vda 2 3       | info
            BLOCK_JOB       | /d 2 1        | error
            """)
    void reportsTheSeverity(EventKind kind, String values, String severity) {
        Object[] fields = values == null
                ? new Object[0]
                : Arrays.stream(values.split(" ", -1))
                        .map(value -> value.matches("\\d+") ? (Object) Integer.valueOf(value) : value)
                        .toArray();

        assertEquals(
                severity, payload(Examples.of(kind, fields)).get("severity").textValue());
    }

    @Test
    void dropsNamesAndAddresses() {
        JsonNode payload = inner(write(
                        new NotificationWriter(
                                new NotificationConfig("cmp-01", null, "libvirt", "info", false, false), "1.0.0"),
                        started()))
                .get("payload");

        for (String key : List.of("display_name", "project_name", "user_name", "fixed_ips")) {
            assertFalse(payload.has(key), key);
        }
        assertTrue(payload.has("project_id"));
        assertTrue(payload.has("flavor_extra_specs"));
    }

    @Test
    void reportsWhatIsNotKnownByAbsence() {
        Transition bare = Examples.after("started/booted", "<instance/>");
        JsonNode payload = inner(Examples.writer().write(bare, Hypervisor.UNKNOWN, Examples.STAMP))
                .get("payload");

        for (String key : List.of(
                "project_id",
                "tenant_id",
                "display_name",
                "node",
                "hypervisor",
                "image_id",
                "vcpus",
                "metadata_read_at",
                "attributes",
                "count",
                "suppressed",
                "clock_stepped",
                "truncated")) {
            assertFalse(payload.has(key), key);
        }
        assertEquals("none", payload.get("metadata_source").textValue());
    }

    @Test
    void reportsTheWholeIdentityOnlyWhereItIsNew() {
        for (String name : List.of("defined", "started", "exists", "metadata_change")) {
            assertTrue(example(name).has("image_meta"), name);
        }
        for (String name : List.of("stopped", "reboot", "removed", "undefined", "io_error_reason")) {
            assertFalse(example(name).has("image_meta"), name);
            assertFalse(example(name).has("fixed_ips"), name);
            assertFalse(example(name).has("flavor_extra_specs"), name);
            assertTrue(example(name).has("project_id"), name);
        }
    }

    @Test
    void claimsNoPowerStateOfADomainThatMigratedAway() {
        assertFalse(example("stopped.migrated_out").has("power_state"));
        assertEquals(4, example("stopped").get("power_state").intValue());
    }

    /** Nor in what libvirt reports of it a moment later, whether its definition was removed by then or not. */
    @ParameterizedTest
    @ValueSource(strings = {"no_domain", "metadata"})
    void claimsNoPowerStateLaterEither(String definition) {
        String words = Examples.BOOT + " suspended/migrated stopped/migrated?" + definition;
        JsonNode job = payload(Examples.ofAfter(words, EventKind.JOB_COMPLETED, Map.of("operation", 5)));

        assertFalse(job.has("power_state"), job::toString);
        assertEquals(
                3,
                payload(Examples.after(words + " started/migrated"))
                        .get("power_state")
                        .intValue());
    }

    @Test
    void believesNoImagePropertyThatCallsItselfBaseImageRef() {
        Transition transition = with(
                started(),
                new Instance(
                        null,
                        null,
                        null,
                        null,
                        new Instance.Image(null, Map.of("base_image_ref", "forged", "a", "b")),
                        List.of(),
                        null,
                        null));

        assertEquals(JSON.createObjectNode().put("a", "b"), payload(transition).get("image_meta"));
    }

    @Test
    void addsNoSumOfWhatIsNotKnown() {
        Instance.Flavor flavor = new Instance.Flavor(null, null, null, Integer.MAX_VALUE, null, null, null, Map.of());
        Instance instance = new Instance(null, null, null, flavor, null, List.of(), null, null);
        JsonNode payload = payload(with(started(), instance));

        assertEquals(Integer.MAX_VALUE, payload.get("root_gb").intValue());
        assertFalse(payload.has("disk_gb"));
    }

    @Test
    void writesTheNumbersOfWhatANewerLibvirtSays() {
        JsonNode detail = payload(Examples.after("started/booted 5/99"));
        assertEquals("stopped", detail.get("event").textValue());
        assertEquals("unknown", detail.get("detail").textValue());
        assertEquals(99, detail.get("detail_code").intValue());

        JsonNode attributes = payload(Examples.of(EventKind.WATCHDOG, 99)).get("attributes");
        assertEquals(JSON.createObjectNode().put("action", "unknown").put("action_code", 99), attributes);
    }
}
