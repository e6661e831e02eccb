package org.vmeventagent.agent;

import java.util.Set;
import org.vmeventagent.config.DefaultOptions;
import org.vmeventagent.config.NotificationOptions;
import org.vmeventagent.config.Option;
import org.vmeventagent.config.OsloNotificationOptions;
import org.vmeventagent.config.RabbitOptions;

/** Which options SIGHUP takes over; all others count from the next start. */
final class ReloadableOptions {
    /** Beside all that is said of RabbitMQ. */
    private static final Set<Option<?>> RELOADED = Set.of(
            NotificationOptions.EVENTS,
            NotificationOptions.NON_NOVA_DOMAINS,
            NotificationOptions.EXCHANGE,
            NotificationOptions.ALLOW_FOREIGN_EXCHANGE,
            NotificationOptions.DECLARE,
            DefaultOptions.DEBUG,
            DefaultOptions.LOG_FORMAT);

    private static final Set<Option<?>> TRANSPORT = Set.of(
            DefaultOptions.TRANSPORT_URL,
            OsloNotificationOptions.TRANSPORT_URL,
            OsloNotificationOptions.TRANSPORT_URL_FILE);

    private ReloadableOptions() {}

    /**
     * Whether SIGHUP takes over an option.
     *
     * @param publisherStays whether there is a publisher before and after, or none before and after: it is made at the
     *     start only
     */
    static boolean contains(Option<?> option, boolean publisherStays) {
        return TRANSPORT.contains(option)
                ? publisherStays
                : RELOADED.contains(option) || option.name().section().equals(RabbitOptions.SECTION);
    }
}
