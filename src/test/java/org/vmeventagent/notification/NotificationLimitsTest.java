package org.vmeventagent.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.notification.WrittenNotification.inner;
import static org.vmeventagent.notification.WrittenNotification.instance;
import static org.vmeventagent.notification.WrittenNotification.named;
import static org.vmeventagent.notification.WrittenNotification.payload;
import static org.vmeventagent.notification.WrittenNotification.started;
import static org.vmeventagent.notification.WrittenNotification.with;
import static org.vmeventagent.notification.WrittenNotification.write;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.simulator.ExampleEvents;

/** Whatever tenants, libvirt or the configuration say: every body is small, valid, and says what it lacks. */
class NotificationLimitsTest {
    private static final String FOX = "\uD83E\uDD8A";
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void cutsTextAtCodePointsAndSaysSo() {
        JsonNode whole = named(FOX.repeat(255));
        assertEquals(FOX.repeat(255), whole.get("display_name").textValue());
        assertFalse(whole.has("truncated"));

        JsonNode cut = named(FOX.repeat(256));
        assertEquals(FOX.repeat(255), cut.get("display_name").textValue());
        assertEquals("[\"display_name\"]", cut.get("truncated").toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"two\nlines\r\n", "\u001B[31mred\u001B[0m", "\"quoted\\\"", "\u2028\u202E", "\uFFFE", "\u007F"})
    void carriesAnyNameAsItIs(String name) {
        assertEquals(name, named(name).get("display_name").textValue());
    }

    @Test
    void replacesNulAndHalfSurrogates() {
        assertEquals(
                "a\uFFFDb\uFFFDc\uFFFD" + FOX + "\uFFFD",
                named("a\u0000b\uD83Ec\uDD8A" + FOX + "\uD83E")
                        .get("display_name")
                        .textValue());
    }

    @Test
    void cutsMapsAndListsAtSixtyFour() {
        Map<String, String> specs = new LinkedHashMap<>();
        List<Instance.FixedIp> ips = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            specs.put("spec" + i, "v");
            ips.add(new Instance.FixedIp("192.0.2." + i, 4, null, null));
        }
        JsonNode payload = payload(with(started(), instance(specs, ips)));

        assertEquals(64, payload.get("flavor_extra_specs").size());
        assertEquals(64, payload.get("fixed_ips").size());
        assertEquals(
                "[\"flavor_extra_specs\",\"fixed_ips\"]",
                payload.get("truncated").toString());
    }

    @Test
    void leavesLargeKeysOutUntilTheBodyFits() {
        Map<String, String> specs = new LinkedHashMap<>();
        for (int i = 0; i < 64; i++) {
            specs.put(i + FOX.repeat(200), FOX.repeat(255));
        }
        Instance large = new Instance(
                FOX.repeat(255),
                null,
                null,
                instance(specs, List.of()).flavor(),
                new Instance.Image("id", specs),
                List.of(new Instance.FixedIp("192.0.2.1", 4, null, null)),
                null,
                null);
        JsonNode payload = payload(with(started(), large));

        assertFalse(payload.has("flavor_extra_specs"));
        assertFalse(payload.has("image_meta"));
        assertTrue(payload.has("fixed_ips"));
        assertEquals(
                "[\"image_meta\",\"flavor_extra_specs\"]",
                payload.get("truncated").toString());
    }

    @Test
    void fitsSeventyKibibytesOfAttributes() {
        Map<String, Object> parameters = new LinkedHashMap<>();
        for (int i = 0; i < 300; i++) {
            parameters.put("parameter" + i, "x".repeat(240));
        }
        JsonNode narrow = payload(Examples.of(EventKind.TUNABLE, parameters));
        assertEquals(64, narrow.get("attributes").size());
        assertEquals("[\"attributes\"]", narrow.get("truncated").toString());

        parameters.replaceAll((name, value) -> FOX.repeat(240));
        JsonNode wide = payload(Examples.of(EventKind.TUNABLE, parameters));
        assertFalse(wide.has("attributes"));
        assertEquals("[\"attributes\"]", wide.get("truncated").toString());
    }

    @Test
    void fitsEvenWhenEveryTextIsAsLongAsCanBe() {
        String wide = FOX.repeat(300);
        Map<String, String> many = new LinkedHashMap<>();
        for (int i = 0; i < 100; i++) {
            many.put(i + wide, wide);
        }
        Instance instance = new Instance(
                wide,
                new Instance.Owner(wide, wide),
                new Instance.Owner(wide, wide),
                new Instance.Flavor(wide, wide, 1, 1, 1, 1, 1, many),
                new Instance.Image(wide, many),
                List.of(new Instance.FixedIp(wide, 4, wide, wide)),
                wide,
                ExampleEvents.START);
        NotificationWriter writer =
                new NotificationWriter(new NotificationConfig(wide, wide, "libvirt", "info", true, true), wide);
        Notification notification = writer.write(with(started(), instance), new Hypervisor(wide, wide), Examples.STAMP);

        NotificationSchema.assertValid(notification.body());
        assertTrue(notification.body().length <= NotificationWriter.MAX_BYTES, "" + notification.body().length);
        JsonNode payload = inner(notification).get("payload");
        assertTrue(payload.get("truncated").size() > 15);
        assertEquals(
                WireText.SHORT_TEXT,
                payload.get("display_name").textValue().codePoints().count());
    }

    @Test
    void keepsNoKeyTwiceWhenLongNamesBecomeEqual() {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("x".repeat(255) + "1", 1);
        parameters.put("x".repeat(255) + "2", 2);
        parameters.put("", 3);
        JsonNode payload = payload(Examples.of(EventKind.TUNABLE, parameters));

        assertEquals(JSON.createObjectNode().put("x".repeat(255), 1), payload.get("attributes"));
    }

    @Test
    void writesEveryTypeOfAttribute() {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("int", Integer.MIN_VALUE);
        parameters.put("long", Long.MAX_VALUE);
        parameters.put("double", 0.5);
        parameters.put("nan", Double.NaN);
        parameters.put("nothing", Map.of("nan", List.of("", Map.of("", 1))));
        parameters.put("boolean", false);
        parameters.put("instant", ExampleEvents.START);
        parameters.put("code", new EnumValue(7, EnumValue.UNKNOWN));
        parameters.put("list", Arrays.asList(1, null, "", "a", List.of(), new EnumValue(1, "one")));
        parameters.put("map", Map.of("a", Map.of("b", Map.of("c", Map.of("too", "deep"), "d", 1))));
        JsonNode payload = payload(Examples.of(EventKind.TUNABLE, parameters));

        assertEquals(
                "{\"int\":-2147483648,\"long\":9223372036854775807,\"double\":0.5,\"boolean\":false,"
                        + "\"instant\":\"2026-11-22T20:14:42.481190Z\",\"code\":\"unknown\",\"code_code\":7,"
                        + "\"list\":[1,\"a\",\"one\"],\"map\":{\"a\":{\"b\":{\"d\":1}}}}",
                payload.get("attributes").toString());
        assertEquals("[\"attributes\"]", payload.get("truncated").toString());
    }

    @Test
    void leavesOutTheAgentsListsWhenTheyAreTooLarge() {
        Map<String, Object> fields = new LinkedHashMap<>();
        Map<String, Object> dropped = new LinkedHashMap<>();
        for (int i = 0; i < 64; i++) {
            dropped.put(i + FOX.repeat(250), i + 1);
        }
        fields.put("ranges", List.of(Map.of("first", 1L, "last", 2L)));
        fields.put("dropped", dropped);
        JsonNode payload = inner(
                        Examples.writer(), new AgentEvent("overflow", true, HostClock.at(ExampleEvents.START), fields))
                .get("payload");

        assertTrue(payload.has("ranges"));
        assertEquals("[\"dropped\"]", payload.get("truncated").toString());
    }

    @Test
    void staysUnderTwoKibibytesInLife() {
        assertTrue(write(Examples.writer(), Examples.of(EventKind.REBOOT)).body().length < 2_048);
    }
}
