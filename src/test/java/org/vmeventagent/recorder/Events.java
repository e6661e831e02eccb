package org.vmeventagent.recorder;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LifecycleEvent;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.rig.HostClock;
import org.vmeventagent.time.Moment;

/** Events for tests: of domains with a number, on one connection. */
final class Events {
    static final String URI = "qemu:///system";
    static final Instant START = Instant.parse("2026-03-04T05:06:07Z");

    /** It showed START when the tests began. */
    static final HostClock CLOCK = new HostClock(START);

    private static final Moment READ = CLOCK.now();

    private Events() {}

    static UUID uuid(int domain) {
        return new UUID(0, domain);
    }

    static String name(int domain) {
        return String.format("instance-%08x", domain);
    }

    static DomainEvent defined(int domain, @Nullable CompletableFuture<LookupResult> lookup) {
        return lifecycle(domain, name(domain), 0, 0, lookup, CLOCK.now());
    }

    static DomainEvent started(int domain) {
        return started(domain, null, CLOCK.now());
    }

    static DomainEvent started(int domain, @Nullable CompletableFuture<LookupResult> lookup, Moment observedAt) {
        return lifecycle(domain, name(domain), 2, 0, lookup, observedAt);
    }

    static DomainEvent stopped(int domain) {
        return lifecycle(domain, name(domain), 5, 1, null, CLOCK.now());
    }

    static DomainEvent reboot(int domain) {
        return new DomainEvent(
                URI, 1, uuid(domain), name(domain), domain, EventKind.REBOOT, null, null, Map.of(), CLOCK.now(), null);
    }

    static DomainEvent lifecycle(
            int domain,
            String name,
            int type,
            int detail,
            @Nullable CompletableFuture<LookupResult> lookup,
            Moment observedAt) {
        return lifecycle(domain, name, type, detail, lookup, observedAt, 1);
    }

    static DomainEvent lifecycle(
            int domain,
            String name,
            int type,
            int detail,
            @Nullable CompletableFuture<LookupResult> lookup,
            Moment observedAt,
            long generation) {
        EnumValue named = LifecycleEvent.TYPES.of(type);
        boolean inactive = named.is("defined") || named.is("undefined") || named.is("stopped");
        return new DomainEvent(
                URI,
                generation,
                uuid(domain),
                name,
                inactive ? -1 : domain,
                EventKind.LIFECYCLE,
                named,
                LifecycleEvent.detail(type, detail),
                Map.of(),
                observedAt,
                lookup);
    }

    static LookupResult metadata(int domain) {
        return new LookupResult(LookupResult.Status.METADATA, metadataText(domain), READ);
    }

    static String metadataText(int domain) {
        return "<nova:instance xmlns:nova=\"http://openstack.org/xmlns/libvirt/nova/1.1\"><nova:name>vm" + domain
                + "</nova:name><nova:owner><nova:user uuid=\"u" + domain + "\">alice</nova:user><nova:project uuid=\"p"
                + domain + "\">demo</nova:project></nova:owner></nova:instance>";
    }

    static CompletableFuture<LookupResult> answered(LookupResult lookup) {
        return CompletableFuture.completedFuture(lookup);
    }

    /** A look-up of a domain that is locked. */
    static CompletableFuture<LookupResult> unanswered() {
        return new CompletableFuture<>();
    }
}
