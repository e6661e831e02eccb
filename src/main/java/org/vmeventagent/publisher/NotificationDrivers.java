package org.vmeventagent.publisher;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code [oslo_messaging_notifications] driver} asks for.
 *
 * @param envelope of the one acknowledging driver; null if there is none, and a row is then acknowledged at commit
 * @param log whether each notification is also a line on standard output
 */
public record NotificationDrivers(@Nullable OsloEnvelope envelope, boolean log) {
    /**
     * Reads the names of the drivers. {@code noop} adds nothing.
     *
     * @throws IllegalArgumentException says which name is not allowed
     */
    public static NotificationDrivers of(List<String> names) {
        OsloEnvelope envelope = null;
        boolean log = false;
        for (String name : names) {
            switch (name.strip().toLowerCase(Locale.ROOT)) {
                case "messagingv2" -> envelope = one(envelope, OsloEnvelope.MESSAGINGV2);
                case "messaging" -> envelope = one(envelope, OsloEnvelope.MESSAGING);
                case "log" -> log = true;
                case "noop" -> {}
                default ->
                    throw new IllegalArgumentException(
                            "unknown driver " + name + "; allowed are messagingv2, messaging, log, noop");
            }
        }
        return new NotificationDrivers(envelope, log);
    }

    private static OsloEnvelope one(@Nullable OsloEnvelope before, OsloEnvelope now) {
        if (before != null && before != now) {
            throw new IllegalArgumentException("messagingv2 and messaging exclude each other");
        }
        return now;
    }
}
