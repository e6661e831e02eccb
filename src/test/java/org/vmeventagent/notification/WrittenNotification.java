package org.vmeventagent.notification;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.vmeventagent.inventory.IdentifiedDomain;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.MetadataSource;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.rig.SampleXml;
import org.vmeventagent.simulator.ExampleEvents;

/** Writes a notification, checks it against the schema, and takes it apart again. */
final class WrittenNotification {
    private static final ObjectMapper JSON = new ObjectMapper();

    private WrittenNotification() {}

    static Transition started() {
        return Examples.after("defined/added started/booted?metadata", SampleXml.of("nova-2025.2"));
    }

    static Instance instance(Map<String, String> specs, List<Instance.FixedIp> ips) {
        return new Instance(
                null, null, null, new Instance.Flavor("f", null, 1, 1, 1, 1, 1, specs), null, ips, null, null);
    }

    static Transition with(Transition transition, Instance instance) {
        KnownDomain domain = transition.domain();
        return new Transition(
                transition.name(),
                new IdentifiedDomain(
                        new KnownDomain(
                                domain.key(),
                                domain.name(),
                                domain.lifecycle(),
                                instance,
                                HostClock.at(ExampleEvents.START),
                                domain.lastObservation(),
                                domain.removal(),
                                domain.interruption(),
                                1,
                                0),
                        MetadataSource.LIVE,
                        null),
                transition.event(),
                transition.change(),
                transition.discovery(),
                false,
                Transition.Folding.NONE);
    }

    static JsonNode named(String name) {
        return payload(with(started(), new Instance(name, null, null, null, null, List.of(), null, null)));
    }

    static JsonNode example(String name) {
        Notification notification = Examples.all().get(name);
        return notification == null
                ? JSON.createObjectNode()
                : inner(notification).get("payload");
    }

    static JsonNode payload(Transition transition) {
        return inner(write(Examples.writer(), transition)).get("payload");
    }

    static JsonNode inner(Transition transition) {
        return inner(write(Examples.writer(), transition));
    }

    static JsonNode inner(NotificationWriter writer, AgentEvent event) {
        return inner(writer.write(event, Examples.HYPERVISOR, Examples.STAMP));
    }

    static Notification write(NotificationWriter writer, Transition transition) {
        return writer.write(transition, Examples.HYPERVISOR, Examples.STAMP);
    }

    static JsonNode inner(Notification notification) {
        NotificationSchema.assertValid(notification.body());
        assertTrue(notification.body().length <= NotificationWriter.MAX_BYTES);
        try {
            return JSON.readTree(notification.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
