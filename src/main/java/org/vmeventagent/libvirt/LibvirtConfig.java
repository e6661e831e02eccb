package org.vmeventagent.libvirt;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.LibvirtOptions;
import org.vmeventagent.event.EventKind;

/**
 * How to talk to libvirt.
 *
 * @param keepaliveInterval whole seconds, at least 1; a hung daemon is noticed after this times count + 1
 * @param keepaliveCount at least 1
 * @param openTimeout how long opening a connection may take
 * @param pollInterval between listings of a driver without events
 * @param events what to register; {@link EventKind#LIFECYCLE} always is
 */
public record LibvirtConfig(
        Duration keepaliveInterval,
        int keepaliveCount,
        Duration openTimeout,
        Duration pollInterval,
        Set<EventKind> events) {

    public LibvirtConfig {
        positive("keepalive_interval", keepaliveInterval.toSeconds());
        positive("keepalive_count", keepaliveCount);
        positive("open_timeout", openTimeout.toNanos());
        positive("poll_interval", pollInterval.toNanos());
        events = Set.copyOf(events);
    }

    /** As the configuration has it. */
    public static LibvirtConfig from(Configuration configuration, Set<EventKind> events) {
        return new LibvirtConfig(
                configuration.get(LibvirtOptions.KEEPALIVE_INTERVAL),
                configuration.get(LibvirtOptions.KEEPALIVE_COUNT),
                configuration.get(LibvirtOptions.OPEN_TIMEOUT),
                configuration.get(LibvirtOptions.POLL_INTERVAL),
                events);
    }

    /** The defaults of the options, and every event. */
    public static LibvirtConfig defaults() {
        return from(Configuration.ofText(""), EnumSet.allOf(EventKind.class));
    }

    /** After this time without an answer a daemon counts as hanging. */
    Duration hangsAfter() {
        return keepaliveInterval.multipliedBy(keepaliveCount + 1L);
    }

    private static void positive(String option, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(option + " must be positive, not " + value);
        }
    }
}
