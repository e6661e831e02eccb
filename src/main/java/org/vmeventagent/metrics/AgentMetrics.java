package org.vmeventagent.metrics;

import java.time.Duration;
import java.util.Map;

/**
 * What happens in an agent, one call each time. By default nothing is done with it.
 *
 * <p>Threads: each part calls on its own, as the headings say. An implementation is thread-safe, returns at once and throws
 * nothing. Nothing here decides what the agent does next.
 *
 * <p>Arguments are few words each, so that they can be labels: no text of tenants, no credentials.
 */
public interface AgentMetrics {
    /** Counts nothing. */
    AgentMetrics NONE = new AgentMetrics() {};

    // Each connection's thread. URIs are without credentials.

    /**
     * libvirt is connected and the events are registered.
     *
     * @param eventIds registered; 0 for a driver that is polled
     */
    default void libvirtConnected(String uri, int eventIds) {}

    /** An attempt to connect or to register failed; another follows. */
    default void libvirtFailed(String uri) {}

    /**
     * A connection ended, other than by our own close.
     *
     * @param reason libvirt's, one word: {@code eof}, {@code keepalive}, {@code error} ...
     */
    default void libvirtLost(String uri, String reason) {}

    /** libvirt kept a closed connection alive: two file descriptors are lost. */
    default void libvirtLeaked(String uri) {}

    // The recorder's thread.

    /**
     * An event of libvirt was taken from the queue.
     *
     * @param kind the last part of its event type
     * @param detail of a lifecycle event; empty for others
     * @param nanos since libvirt's callback
     */
    default void eventReceived(String kind, String detail, long nanos) {}

    /** The queue was full: this many events of libvirt are missing. */
    default void eventsMissed(long events) {}

    /** Something from the queue could not be recorded and is left out; the next is not. */
    default void inputFailed(String kind) {}

    /**
     * The metadata of an event's domain was looked up.
     *
     * @param result {@code metadata}, {@code no_metadata}, {@code no_domain}, {@code failed}, or {@code late} where the
     *     event went on without it
     * @param nanos from the event's callback until it went on
     */
    default void lookedUp(String result, long nanos) {}

    /**
     * A notification about a domain was recorded.
     *
     * @param name the last part of the event type
     * @param cause empty where no state changed
     * @param origin how the agent found it
     */
    default void transitionRecorded(String name, String cause, String origin) {}

    /** A notification about the agent itself was recorded. */
    default void agentEventRecorded(String name) {}

    /** The filter keeps something from being published. */
    default void filtered() {}

    /**
     * A guest's budget merged events into one that is recorded now.
     *
     * @param event its name
     */
    default void suppressed(String event, long events) {}

    /**
     * Domains were compared after a gap.
     *
     * @param length since the last moment before it at which all were known; zero where that is not known
     */
    default void gapClosed(String uri, String reason, Duration length, int transitionsFound) {}

    /**
     * Notifications were dropped unsent.
     *
     * @param reason {@code outbox} where it was too large or they were too old, {@code memory} where the disk took nothing
     *     and the memory buffer was full
     */
    default void rowsDropped(String reason, long rows) {}

    /**
     * How many domains exist, every few seconds.
     *
     * @param byState the state's word
     */
    default void domains(Map<String, Integer> byState) {}

    /**
     * A commit is on disk, with so many notifications.
     *
     * @param nanos that it took
     */
    default void committed(int rows, long nanos) {}

    /** A commit failed; it is tried again. */
    default void commitFailed() {}

    // The publisher's thread.

    /** A connection to the broker is open. */
    default void brokerUp(String broker) {}

    /**
     * It is gone.
     *
     * @param kind of problem, one word
     */
    default void brokerDown(String kind) {}

    /**
     * A message went to the broker.
     *
     * @param again whether it did before on the same routing key, as far as this process knows
     */
    default void published(String routingKey, boolean again) {}

    /** The broker has confirmed so many more rows. */
    default void confirmed(String routingKey, int rows) {}

    /**
     * The broker has taken a message.
     *
     * @param sentNanos since it was sent
     * @param observedMillis since libvirt's callback, or since a comparison found it; in time in which an agent ran
     */
    default void delivered(long sentNanos, long observedMillis) {}

    /** The broker has returned a message that no queue takes; it is sent again. */
    default void returned(String routingKey) {}

    /** The broker has refused messages (basic.nack); they are sent again. */
    default void nacked(String routingKey, int messages) {}

    /** Nothing takes messages of this key, or something does again. */
    default void waiting(String routingKey, boolean waits) {}

    /** Rows waited too long for a queue of this key and are dropped. */
    default void unroutableDropped(String routingKey, int rows) {}
}
