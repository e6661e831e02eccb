package org.vmeventagent.notification;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.NotificationOptions;

/**
 * What is the same in every notification of this host.
 *
 * @param host Nova's {@code [DEFAULT] host}
 * @param eventTypePrefix {@code libvirt}
 * @param errorPriority {@code info} or {@code error}: the priority of notifications whose severity is error
 * @param includeNames whether names that people chose are published
 * @param includeAddresses whether fixed addresses are published
 */
public record NotificationConfig(
        String host,
        @Nullable String region,
        String eventTypePrefix,
        String errorPriority,
        boolean includeNames,
        boolean includeAddresses) {

    /** As the configuration has it. */
    public static NotificationConfig from(Configuration configuration, String host) {
        return new NotificationConfig(
                host,
                configuration.find(DefaultOptions.REGION).orElse(null),
                configuration.get(NotificationOptions.EVENT_TYPE_PREFIX),
                configuration.get(NotificationOptions.ERROR_PRIORITY).toLowerCase(Locale.ROOT),
                configuration.get(NotificationOptions.INCLUDE_NAMES),
                configuration.get(NotificationOptions.INCLUDE_ADDRESSES));
    }
}
