package org.vmeventagent.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.notification.PublishedNotification;

/** The columns of a notification for a person. What tenants chose is escaped. */
final class NotificationText {
    /** Their attributes are too many for a line. */
    private static final Set<String> WITHOUT_ATTRIBUTES = Set.of("job_completed", "tunable");

    private NotificationText() {}

    /** {@code stopped failed}, {@code io_error /disk virtio-disk0 pause enospc}. */
    static String event(PublishedNotification notification) {
        List<String> words = new ArrayList<>(List.of(notification.name()));
        notification.text("detail").ifPresent(words::add);
        if (!WITHOUT_ATTRIBUTES.contains(notification.name())) {
            notification.payload().path("attributes").forEach(value -> words.add(value.asText()));
        }
        if (!notification.isOfDomain()) {
            notification.text("reason").ifPresent(words::add);
        }
        return LogText.of(String.join(" ", words));
    }

    /** {@code running -> paused}, {@code running}. */
    static String states(PublishedNotification notification) {
        String now = notification.text("domain_state").orElse("");
        return LogText.of(notification
                .text("old_domain_state")
                .map(old -> old + " -> " + now)
                .orElse(now));
    }

    /** OpenStack's name; libvirt's in parentheses where there is none. */
    static String instance(PublishedNotification notification) {
        return LogText.of(notification
                .text("display_name")
                .or(() -> notification.text("domain").map(name -> "(" + name + ")"))
                .or(() -> notification.text("connection_uri"))
                .orElse(""));
    }

    static String project(PublishedNotification notification) {
        return LogText.of(notification
                .text("project_name")
                .or(() -> notification.text("project_id"))
                .orElse(""));
    }

    /** A field as text, escaped; empty where it is none. */
    static String field(JsonNode object, String key) {
        return LogText.of(object.path(key).asText());
    }
}
