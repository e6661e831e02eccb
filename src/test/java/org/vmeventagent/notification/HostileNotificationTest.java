package org.vmeventagent.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.nova.MetadataReader;
import org.vmeventagent.rig.GeneratedCases;
import org.vmeventagent.rig.SampleXml;
import org.vmeventagent.rig.TextMutator;
import org.vmeventagent.simulator.ExampleEvents;

/** Whatever stands in the metadata and in the fields of an event, what goes out is a notification by the schema. */
@Tag("fuzz")
class HostileNotificationTest {
    private static final List<String> SAMPLES =
            SampleXml.ALL.stream().map(SampleXml::of).toList();

    @Test
    void anyMetadataMakesAValidNotification() {
        GeneratedCases.each("metadata to notification", 800, random -> {
            String sample = SAMPLES.get(random.nextInt(SAMPLES.size()));
            Optional<Instance> instance = MetadataReader.read(TextMutator.of(sample, random));
            if (instance.isPresent()) {
                assertWellWritten(WrittenNotification.with(WrittenNotification.started(), instance.get()));
            }
        });
    }

    @Test
    void anyFieldsMakeAValidNotification() {
        GeneratedCases.each("fields to notification", 800, random -> {
            assertWellWritten(Examples.of(EventKind.TUNABLE, fields(random, 0)));
        });
    }

    /** The schema, and the bound, are held by {@link WrittenNotification#inner}. */
    private static void assertWellWritten(Transition transition) {
        Notification notification = WrittenNotification.write(Examples.writer(), transition);
        for (byte octet : notification.body()) {
            assertTrue(octet < 0 || octet >= ' ', "a control character stands in the body as it is");
        }
        assertEquals(
                "libvirt.domain." + transition.name(),
                WrittenNotification.inner(notification).get("event_type").asText());
    }

    private static Map<String, Object> fields(Random random, int depth) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = random.nextInt(depth == 0 ? 80 : 5); i > 0; i--) {
            fields.put(TextMutator.text(random, random.nextInt(10) == 0 ? 400 : 30), value(random, depth));
        }
        return fields;
    }

    private static Object value(Random random, int depth) {
        return switch (random.nextInt(depth < 5 ? 10 : 8)) {
            case 0 -> random.nextInt();
            case 1 -> random.nextLong();
            case 2 -> Double.longBitsToDouble(random.nextLong());
            case 3 -> random.nextBoolean();
            case 4 -> new EnumValue(random.nextInt(), "c" + TextMutator.text(random, 10));
            case 5 -> ExampleEvents.START.plusNanos(random.nextLong() >>> 4);
            case 6 -> random.nextBoolean() ? Double.NaN : Double.NEGATIVE_INFINITY;
            case 7 -> TextMutator.text(random, random.nextInt(20) == 0 ? 3_000 : 30);
            case 8 -> fields(random, depth + 1);
            default -> list(random, depth + 1);
        };
    }

    private static List<Object> list(Random random, int depth) {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            list.add(value(random, depth));
        }
        return list;
    }
}
