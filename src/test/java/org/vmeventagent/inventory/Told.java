package org.vmeventagent.inventory;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.Code;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.Lifecycle;
import org.vmeventagent.event.Look;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.time.Moment;

/** What libvirt tells in the tests of this package: events by name, listings by number, on a clock that is turned by hand. */
final class Told {
    static final String URI = "qemu:///system";
    static final UUID UUID_1 = UUID.fromString("6f5b7a1e-0c1d-4f6e-9d0a-1b2c3d4e5f60");

    Instant clock = Instant.parse("2026-11-22T10:00:00Z");
    long generation = 1;

    /** A lifecycle event of the first domain, {@code "started booted"}. */
    DomainEvent event(String typeAndDetail, int id) {
        return event(UUID_1, typeAndDetail, id);
    }

    DomainEvent event(UUID uuid, String typeAndDetail, int id) {
        String[] words = typeAndDetail.split(" ", -1);
        Code type = Lifecycle.TYPES.known().stream()
                .filter(code -> code.is(words[0]))
                .findFirst()
                .orElseThrow();
        Code detail = Lifecycle.details(type).stream()
                .filter(code -> code.is(words[1]))
                .findFirst()
                .orElseThrow();
        return new DomainEvent(
                URI, generation, uuid, "instance-1", id, EventKind.LIFECYCLE, type, detail, Map.of(), now(), null);
    }

    DomainEvent event(EventKind kind, int id, @Nullable Object... fields) {
        return new DomainEvent(
                URI, generation, UUID_1, "instance-1", id, kind, null, null, kind.attributes(fields), now(), null);
    }

    /** A listed domain: libvirt's state and reason, id and CPU time. */
    Snapshot.Seen seen(UUID uuid, int state, int reason, int id, long cpuTime) {
        return new Snapshot.Seen(uuid, "instance-1", id, state, reason, true, false, cpuTime, null, now());
    }

    Snapshot.Seen seen(int state, int reason, int id) {
        return seen(UUID_1, state, reason, id, 0);
    }

    Snapshot listing(Snapshot.Seen... seen) {
        return new Snapshot(URI, generation, now(), List.of(seen));
    }

    Heard.Answer answer(UUID uuid, Snapshot.@Nullable Seen seen) {
        return new Heard.Answer(URI, generation, uuid, seen);
    }

    Look metadata(String name) {
        return new Look(Look.Answer.METADATA, "<instance><name>" + name + "</name></instance>", now());
    }

    Moment now() {
        return HostClock.at(clock);
    }

    void seconds(long seconds) {
        clock = clock.plusSeconds(seconds);
    }

    /** {@code "stopped running->defined destroyed"}; the origin where it is not an event. */
    static String text(Transition transition) {
        String origin = transition.origin() == Origin.EVENT
                ? ""
                : " " + transition.origin().text();
        String states = transition.oldState() == null
                ? ""
                : " " + transition.oldState().text() + "->"
                        + transition.domain().life().state().text();
        String cause =
                transition.cause() == null ? "" : " " + transition.cause().text();
        return transition.name() + states + cause + origin;
    }

    static List<String> texts(List<Transition> transitions) {
        return transitions.stream().map(Told::text).toList();
    }
}
