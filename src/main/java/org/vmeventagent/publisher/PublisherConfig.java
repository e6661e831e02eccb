package org.vmeventagent.publisher;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.FilterOptions;
import org.vmeventagent.config.NotificationOptions;
import org.vmeventagent.config.OsloNotificationOptions;
import org.vmeventagent.config.OutboxOptions;

/**
 * What the publisher needs to know.
 *
 * @param topics each notification is sent once per topic, but those that are for one topic alone
 * @param filterTopics get only the notifications that are for them alone; those among the topics are left out
 * @param priorities that are published, lower case; with a topic they make a routing key
 * @param window unconfirmed messages per routing key, at least 1; bounds the duplicates after a crash
 * @param reconnectSplay the first attempt after a start or a loss waits a random time up to this
 * @param reconnectMax later attempts wait a random time up to 1 s, 2 s, 4 s ... and never more than this
 * @param drainRate rows per second recorded before the connection opened; 0 = as fast as it goes
 * @param probeInterval how often a key without a queue is tried again
 * @param unroutableMaxAge rows that waited so long for a queue of their key, while the broker was there, are dropped
 * @param confirmTimeout a broker that says nothing about sent messages for so long is disconnected
 */
public record PublisherConfig(
        OsloEnvelope envelope,
        List<String> topics,
        List<String> filterTopics,
        List<String> priorities,
        int window,
        Duration reconnectSplay,
        Duration reconnectMax,
        int drainRate,
        Duration probeInterval,
        Duration unroutableMaxAge,
        Duration confirmTimeout) {

    /** Checks and copies. */
    public PublisherConfig {
        List<String> configured = List.copyOf(topics);
        topics = configured;
        filterTopics = filterTopics.stream()
                .filter(topic -> !configured.contains(topic))
                .toList();
        priorities = List.copyOf(priorities);
        if (topics.isEmpty() || priorities.isEmpty() || window < 1 || drainRate < 0) {
            throw new IllegalArgumentException("a topic, a priority, a window and a drain rate are needed");
        }
    }

    /** All that are sent to. */
    public List<String> allTopics() {
        return Stream.concat(topics.stream(), filterTopics.stream()).toList();
    }

    /**
     * After so long in one write the connection is cut: half of {@link #confirmTimeout}, so that the watchdog, which waits
     * for 120 s, doesn't end a process that waits.
     */
    Duration writeTimeout() {
        return confirmTimeout.dividedBy(2);
    }

    /** What the configuration says; {@link #defaults} for what it can't say. */
    public static PublisherConfig from(Configuration configuration, OsloEnvelope envelope) {
        PublisherConfig defaults = defaults();
        boolean errors = configuration.get(NotificationOptions.ERROR_PRIORITY).equals("ERROR");
        return new PublisherConfig(
                envelope,
                configuration.get(OsloNotificationOptions.TOPICS),
                FilterOptions.topics(configuration),
                errors ? List.of("info", "error") : List.of("info"),
                defaults.window(),
                configuration.get(NotificationOptions.RECONNECT_SPLAY),
                defaults.reconnectMax(),
                configuration.get(NotificationOptions.DRAIN_RATE),
                defaults.probeInterval(),
                configuration.get(OutboxOptions.UNROUTABLE_MAX_AGE),
                defaults.confirmTimeout());
    }

    /** The documented defaults. */
    public static PublisherConfig defaults() {
        return new PublisherConfig(
                OsloEnvelope.MESSAGINGV2,
                List.of("notifications"),
                List.of(),
                List.of("info"),
                256,
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                1000,
                Duration.ofSeconds(30),
                Duration.ofDays(1),
                Duration.ofSeconds(120));
    }
}
