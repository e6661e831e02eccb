package org.vmeventagent.inventory;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.event.LifecycleEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.time.Moment;

/** What libvirt tells in the tests of this package: events by name, listings by number, on a clock that is turned by hand. */
final class TestInputs {
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
        EnumValue type = LifecycleEvent.TYPES.known().stream()
                .filter(enumValue -> enumValue.is(words[0]))
                .findFirst()
                .orElseThrow();
        EnumValue detail = LifecycleEvent.details(type).stream()
                .filter(enumValue -> enumValue.is(words[1]))
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
    DomainListing.ListedDomain seen(UUID uuid, int state, int reason, int id, long cpuTime) {
        return new DomainListing.ListedDomain(uuid, "instance-1", id, state, reason, true, false, cpuTime, null, now());
    }

    DomainListing.ListedDomain seen(int state, int reason, int id) {
        return seen(UUID_1, state, reason, id, 0);
    }

    DomainListing listing(DomainListing.ListedDomain... seen) {
        return new DomainListing(URI, generation, now(), List.of(seen));
    }

    LibvirtInput.DomainRecheck answer(UUID uuid, DomainListing.@Nullable ListedDomain listedDomain) {
        return new LibvirtInput.DomainRecheck(URI, generation, uuid, listedDomain);
    }

    LookupResult metadata(String name) {
        return new LookupResult(LookupResult.Status.METADATA, "<instance><name>" + name + "</name></instance>", now());
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
                        + transition.domain().lifecycle().state().text();
        String cause =
                transition.cause() == null ? "" : " " + transition.cause().text();
        return transition.name() + states + cause + origin;
    }

    static List<String> texts(List<Transition> transitions) {
        return transitions.stream().map(TestInputs::text).toList();
    }
}
