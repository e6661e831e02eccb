package org.vmeventagent.chaos;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The view that a consumer makes of the notifications, as docs/notifications.md says. Used by one thread. */
public final class FoldedView {
    private final Map<String, Map<String, ReceivedNotification>> views = new HashMap<>();

    /** Folds the next one, in the order of their numbers. */
    public void take(ReceivedNotification notification) {
        if (notification.has("domain_state")) {
            views.computeIfAbsent(notification.uri(), uri -> new HashMap<>())
                    .put(notification.instance(), notification);
        }
    }

    /** What was published last of each instance of a connection, by its id; a copy. */
    public Map<String, ReceivedNotification> instances(String uri) {
        return new LinkedHashMap<>(views.getOrDefault(uri, Map.of()));
    }
}
