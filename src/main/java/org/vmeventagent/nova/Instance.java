package org.vmeventagent.nova;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The OpenStack instance that a domain is, as Nova wrote it into the domain's metadata. What Nova didn't write, wrote
 * empty, or wrote as {@code N/A}, is null. Names are the tenant's text and not authoritative: Nova doesn't rewrite them
 * on a rename.
 *
 * @param createdAt when this metadata was generated; not the instance's creation
 * @param novaVersion the version of Nova that wrote it
 */
public record Instance(
        @Nullable String displayName,
        @Nullable Owner project,
        @Nullable Owner user,
        @Nullable Flavor flavor,
        @Nullable Image image,
        List<FixedIp> fixedIps,
        @Nullable String novaVersion,
        @Nullable Instant createdAt) {

    public Instance {
        project = Shared.of(project);
        user = Shared.of(user);
        flavor = Shared.of(flavor);
        image = Shared.of(image);
        novaVersion = Shared.of(novaVersion);
        fixedIps = List.copyOf(fixedIps);
    }

    /** A project or a user: its Keystone id and its name. */
    public record Owner(@Nullable String id, @Nullable String name) {}

    /**
     * The flavor, as it was when this metadata was written.
     *
     * @param id the public flavor id, 2025.2 and later
     * @param memoryMb MiB
     * @param diskGb GiB of the root disk
     * @param ephemeralGb GiB
     * @param swapMb MiB
     */
    public record Flavor(
            @Nullable String name,
            @Nullable String id,
            @Nullable Integer memoryMb,
            @Nullable Integer diskGb,
            @Nullable Integer ephemeralGb,
            @Nullable Integer swapMb,
            @Nullable Integer vcpus,
            Map<String, String> extraSpecs) {

        public Flavor {
            extraSpecs = Collections.unmodifiableMap(new LinkedHashMap<>(extraSpecs));
        }
    }

    /**
     * What the root disk was made from.
     *
     * @param id of {@code <image>}, else of {@code <root type="image">}
     * @param properties name to value: the image's properties, with container_format, disk_format, min_disk and min_ram
     *     where Nova wrote them (2025.2 and later)
     */
    public record Image(@Nullable String id, Map<String, String> properties) {

        public Image {
            properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
        }
    }

    /**
     * An address of a port.
     *
     * @param version 4 or 6; null where Nova's text is neither
     */
    public record FixedIp(
            String address,
            @Nullable Integer version,
            @Nullable String type,
            @Nullable String portId) {}

    /**
     * One object for equal values: the instances of a host share few projects, users, flavors and images, and most of what is
     * kept of an instance are these. Thread-safe.
     */
    private static final class Shared {
        /** The values used last; an equal one of an older is another object. */
        private static final int MOST = 1024;

        private static final Map<Object, Object> VALUES = new LinkedHashMap<>(64, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, Object> eldest) {
                return size() > MOST;
            }
        };

        @SuppressWarnings("unchecked") // an equal value is of the same class
        static <T> @Nullable T of(@Nullable T value) {
            if (value == null) {
                return null;
            }
            synchronized (VALUES) {
                Object present = VALUES.putIfAbsent(value, value);
                return present == null ? value : (T) present;
            }
        }
    }
}
