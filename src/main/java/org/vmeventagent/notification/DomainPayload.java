package org.vmeventagent.notification;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.inventory.Cause;
import org.vmeventagent.inventory.Interruption;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.time.Moment;

/** The keys that a notification about a domain has of its own, in the order of {@code docs/notifications.md}. */
final class DomainPayload {
    /** What may be left out of a body that is too large, in this order. */
    static final List<String> LARGE = List.of("flavor_extra_specs", "image_meta", "fixed_ips", "attributes");

    /** Where the whole identity is published; elsewhere it would only repeat itself. */
    private static final Set<String> IN_FULL = Set.of("defined", "started", "exists", "metadata_change");

    private static final String BASE_IMAGE_REF = "base_image_ref";

    private final NotificationConfig config;

    DomainPayload(NotificationConfig config) {
        this.config = config;
    }

    void identity(PayloadFields out, Transition transition) throws IOException {
        KnownDomain domain = transition.domain();
        out.put("instance_id", domain.key().uuid().toString());
        Instance instance = domain.instance();
        if (instance != null) {
            owners(out, instance);
            flavor(out, instance.flavor());
            image(out, instance.image(), IN_FULL.contains(transition.name()));
            if (IN_FULL.contains(transition.name())) {
                out.put(
                        "flavor_extra_specs",
                        instance.flavor() == null ? null : instance.flavor().extraSpecs());
                out.put("fixed_ips", config.includeAddresses() ? fixedIps(instance) : null);
            }
            out.put("nova_version", instance.novaVersion());
            out.put("metadata_created_at", instance.createdAt());
        }
        out.put("metadata_source", transition.identified().source().text());
        out.put(
                "metadata_read_at",
                domain.metadataReadAt() == null ? null : domain.metadataReadAt().wall());
    }

    void domain(PayloadFields out, Transition transition, Hypervisor hypervisor) throws IOException {
        KnownDomain domain = transition.domain();
        DomainEvent event = transition.event();
        out.put("connection_uri", domain.key().connectionUri());
        out.put("hypervisor", hypervisor.type().toLowerCase(Locale.ROOT));
        out.put("domain", domain.name());
        int heardId = event == null ? -1 : event.domainId();
        out.putAbove(
                -1, "domain_id", heardId >= 0 ? heardId : domain.lifecycle().domainId());
        out.put("persistent", domain.lifecycle().persistent());
        out.putAbove(0, "incarnation", domain.lifecycle().incarnation().number());
        if (event != null) {
            event(out, event);
        }
        out.put("attributes", event == null ? transition.job() : event.attributes());
        out.put("domain_state", domain.lifecycle().state().text());
        out.put(
                "old_domain_state",
                transition.oldState() == null ? null : transition.oldState().text());
        out.put("cause", transition.cause() == null ? null : transition.cause().text());
        if (transition.cause() != Cause.MIGRATED_OUT && !domain.isElsewhere()) {
            out.put("power_state", domain.lifecycle().state().powerState());
        }
        out.put("origin", transition.origin().text());
        out.putAbove(1, "count", transition.folding().count());
        out.putAbove(0, "suppressed", transition.folding().suppressed());
        out.put(
                "removal",
                transition.removal() == null ? null : transition.removal().text());
        out.put("returned", transition.returned() ? true : null);
        out.put("window_start", transition.discovery().windowStart());
        if (transition.summary() != null) {
            summary(out, transition.summary(), transition);
        }
    }

    private static void summary(PayloadFields out, Interruption.Summary summary, Transition transition)
            throws IOException {
        boolean arrival = summary.name().equals("migrated");
        Moment since = summary.since().at();
        out.put(arrival ? "migration_since" : "down_since", since);
        Moment until = summary.until();
        if (until != null) {
            out.put(arrival ? "migration_ms" : "downtime_ms", millis(transition.observedAt(), since, until));
        }
        if (arrival) {
            out.put("downtime_ms", transition.job().get("downtime"));
        } else {
            out.put("down_cause", summary.since().cause().text());
        }
    }

    /** By the host's clock as it is set now: the agent may not have run all the time. Null where that is not known. */
    private static @Nullable Long millis(Moment now, Moment since, Moment until) {
        Instant began = now.labelOf(since).orElse(null);
        Instant ended = now.labelOf(until).orElse(null);
        return began == null || ended == null
                ? null
                : Math.max(0, Duration.between(began, ended).toMillis());
    }

    private void owners(PayloadFields out, Instance instance) throws IOException {
        String projectId =
                instance.project() == null ? null : instance.project().id();
        out.put("project_id", projectId);
        out.put("tenant_id", projectId);
        out.put("user_id", instance.user() == null ? null : instance.user().id());
        if (config.includeNames()) {
            out.put("display_name", instance.displayName());
            out.put(
                    "project_name",
                    instance.project() == null ? null : instance.project().name());
            out.put(
                    "user_name",
                    instance.user() == null ? null : instance.user().name());
        }
    }

    private static void flavor(PayloadFields out, Instance.@Nullable Flavor flavor) throws IOException {
        if (flavor == null) {
            return;
        }
        out.put("instance_type", flavor.name());
        out.put("instance_flavor_id", flavor.id());
        out.put("memory_mb", flavor.memoryMb());
        out.put("vcpus", flavor.vcpus());
        out.put("root_gb", flavor.diskGb());
        out.put("ephemeral_gb", flavor.ephemeralGb());
        if (flavor.diskGb() != null && flavor.ephemeralGb() != null) {
            out.put("disk_gb", flavor.diskGb().longValue() + flavor.ephemeralGb());
        }
        out.put("swap_mb", flavor.swapMb());
    }

    private static void image(PayloadFields out, Instance.@Nullable Image image, boolean inFull) throws IOException {
        if (image == null) {
            return;
        }
        out.put("image_id", image.id());
        if (inFull) {
            Map<String, String> meta = new LinkedHashMap<>();
            if (image.id() != null) {
                meta.put(BASE_IMAGE_REF, image.id());
            }
            image.properties().forEach((name, value) -> {
                if (!name.equals(BASE_IMAGE_REF)) { // would be a tenant's word, not Nova's
                    meta.put(name, value);
                }
            });
            out.put("image_meta", meta);
        }
    }

    private static List<Map<String, Object>> fixedIps(Instance instance) {
        return instance.fixedIps().stream().map(DomainPayload::fixedIp).toList();
    }

    private static Map<String, Object> fixedIp(Instance.FixedIp ip) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", ip.address());
        if (ip.version() != null) {
            fields.put("version", ip.version());
        }
        if (ip.type() != null) {
            fields.put("type", ip.type());
        }
        if (ip.portId() != null) {
            fields.put("port_id", ip.portId());
        }
        return fields;
    }

    private static void event(PayloadFields out, DomainEvent event) throws IOException {
        if (event.kind() == EventKind.LIFECYCLE && event.type() != null && event.detail() != null) {
            out.put("event", event.type().name());
            out.put("event_code", event.type().number());
            out.put("detail", event.detail().name());
            out.put("detail_code", event.detail().number());
        } else {
            out.put("event", event.kind().libvirtName());
        }
        out.put("event_id", event.kind().number());
    }
}
