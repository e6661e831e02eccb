package org.vmeventagent.telemetry;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.vmeventagent.metrics.AgentMetrics;

/**
 * Every metric of the agent itself, by Prometheus' naming conventions, with the prefix {@code vmevent_}. Thread-safe.
 *
 * <p>Labels are bounded: words of libvirt, of this program or of its configuration, never an instance's name or UUID.
 * Times are timestamps, durations seconds. {@code docs/metrics.md} is written from the declarations here.
 */
public final class PrometheusMetrics implements AgentMetrics {
    /** What the metrics read at the moment somebody asks. Any thread. What isn't known is empty, and left out. */
    public interface Samples {
        /** 1 while the broker is connected, 0 while it is not; empty where none is configured. */
        OptionalLong brokerUp();

        /** How many inputs wait for the recorder. */
        int queueLength();

        /** How many notifications wait for the broker. */
        OptionalLong outboxMessages();

        /** How many bytes of the database are in use. */
        OptionalLong outboxBytes();

        /** How large it may become, in bytes. */
        long outboxLimitBytes();

        /** For how many milliseconds of the agent running the oldest notification has waited; 0 when none waits. */
        OptionalLong oldestMessageMillis();

        /** The sequence number of the newest notification. */
        long lastSequence();

        /** For how long each of the agent's loops has made no progress where some was expected, by its name. */
        Map<String, Duration> loopsWithoutProgress();
    }

    /** Of Prometheus' text format. */
    public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusTextFormatWriter writer =
            PrometheusTextFormatWriter.builder().build();

    private final Gauge libvirtUp =
            gauge("libvirt_up", "Whether events of this connection are received.", "connection");
    private final Gauge libvirtEventIds = gauge(
            "libvirt_registered_event_ids",
            "How many of libvirt's event ids are registered; 0 for a driver that is polled.",
            "connection");
    private final Counter libvirtConnects = counter("libvirt_connects", "Connections made.", "connection");
    private final Counter libvirtFailures =
            counter("libvirt_connect_failures", "Attempts to connect that failed.", "connection");
    private final Counter libvirtLosses =
            counter("libvirt_losses", "Connections that ended, by libvirt's reason.", "connection", "reason");
    private final Counter libvirtLeaks = counter(
            "libvirt_leaked_connections",
            "Closed connections that libvirt keeps; each costs two file descriptors until a restart.",
            "connection");

    private final Counter events = counter("events", "Events received from libvirt.", "event", "detail");
    private final Counter missed =
            counter("events_missed", "Events lost because the queue was full. A comparison finds what they changed.");
    private final Counter failedInputs =
            counter("inputs_failed", "Inputs of libvirt that could not be recorded and were left out.", "input");
    private final Counter lookups = counter(
            "metadata_lookups",
            "Look-ups of a domain's metadata for an event; late: the event went on without the answer.",
            "result");
    private final Counter transitions = counter(
            "transitions",
            "Notifications recorded about domains, by the cause of the change (empty: no state changed) and how it was"
                    + " found.",
            "event",
            "cause",
            "origin");
    private final Counter agentEvents =
            counter("agent_events", "Notifications recorded about the agent itself.", "event");
    private final Counter filtered = counter("filtered", "Notifications that the configuration keeps back.");
    private final Counter suppressed =
            counter("suppressed_events", "Events of one guest that were folded into one notification.", "event");
    private final Counter gapSeconds = counter(
            "gap_seconds",
            "How long those gaps were, from the last moment at which all was known to the end of the comparison.",
            "connection",
            "reason");
    private final Counter gaps =
            counter("gaps", "Gaps in what was received, closed by a comparison.", "connection", "reason");
    private final Counter resyncTransitions =
            counter("resync_transitions", "Transitions that a comparison found.", "connection");
    private final Gauge lastResync =
            gauge("last_gap_closed_timestamp_seconds", "When a comparison last closed a gap.", "connection");
    private final Counter dropped = counter(
            "dropped_notifications",
            "Notifications dropped unsent. outbox: too many bytes or too old. memory: the disk took nothing. unroutable: no"
                    + " queue took them.",
            "reason");
    private final Gauge domains = gauge("domains", "Domains that exist.", "state");
    private final Counter commits = counter("commits", "Commits of the database.");
    private final Counter committedRows = counter("recorded_notifications", "Notifications that are on disk.");
    private final Counter failedCommits = counter("commit_failures", "Commits that failed and were tried again.");

    private final Histogram stages = histogram(
            "stage_seconds",
            "How long things take. queue: from libvirt's callback to the recorder. lookup: from the callback until an event"
                    + " goes on with the answer about its domain's metadata, or without. commit: one commit."
                    + " confirm: from sending a message to the broker's confirm.",
            new double[] {0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60},
            "stage");
    private final Histogram deliveries = histogram(
            "delivery_seconds",
            "From libvirt's callback, or from the comparison that found it, to the broker's confirm of a notification, in"
                    + " time in which the agent ran.",
            new double[] {0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600, 3_600});

    private final Counter brokerConnects = counter("broker_connects", "Connections made to the broker.");
    private final Counter brokerLosses = counter("broker_losses", "Connections to the broker that ended.", "problem");
    private final Counter published =
            counter("published", "Messages sent to the broker, repetitions included.", "routing_key");
    private final Counter resent = counter("resent", "Messages that were sent again.", "routing_key");
    private final Counter confirmed = counter("confirmed", "Messages that the broker confirmed.", "routing_key");
    private final Counter returned =
            counter("returned", "Messages that the broker returned because no queue takes them.", "routing_key");
    private final Counter nacked = counter("nacked", "Messages that the broker refused.", "routing_key");
    private final Gauge unroutable =
            gauge("routing_key_waiting", "Whether nothing takes messages of this routing key.", "routing_key");

    /** @param samples read at each scrape */
    public PrometheusMetrics(String version, Samples samples) {
        gauge("build_info", "The version; always 1.", "version", "java")
                .labelValues(version, System.getProperty("java.version", "unknown"))
                .set(1);
        sampled("broker_up", "Whether the broker is connected; without a broker it is left out.", samples::brokerUp);
        sampled("queue_length", "Inputs of libvirt that wait for the recorder.", () -> known(samples.queueLength()));
        sampled("outbox_messages", "Notifications that wait for the broker.", samples::outboxMessages);
        sampled("outbox_bytes", "Bytes of the database that are in use.", samples::outboxBytes);
        sampled(
                "outbox_limit_bytes",
                "[outbox] max_bytes: beyond it notifications are dropped.",
                () -> known(samples.outboxLimitBytes()));
        GaugeWithCallback.builder()
                .name("vmevent_outbox_oldest_message_age_seconds")
                .help("How long the oldest notification has waited, in time in which the agent ran.")
                .callback(gauge -> samples.oldestMessageMillis().ifPresent(millis -> gauge.call(millis / 1000.0)))
                .register(registry);
        sampled("last_sequence", "The newest notification's sequence number.", () -> known(samples.lastSequence()));
        GaugeWithCallback.builder()
                .name("vmevent_loop_stalled_seconds")
                .help("For how long a loop of the agent has made no progress where some was expected.")
                .labelNames("loop")
                .callback(gauge -> samples.loopsWithoutProgress()
                        .forEach((loop, since) -> gauge.call(since.toMillis() / 1000.0, loop)))
                .register(registry);
        List.of("outbox", "memory", "unroutable").forEach(dropped::initLabelValues);
        List.of("queue", "lookup", "commit", "confirm").forEach(stages::initLabelValues);
        ProcessSamples.register(registry);
    }

    /** All of it in Prometheus' text format. */
    public String text() {
        return text(read());
    }

    /** The same for a file that another exporter reads: without {@code process_*}, which are its own there. */
    public String textWithoutProcess() {
        return text(registry.scrape(name -> !name.startsWith("process_")));
    }

    private String text(MetricSnapshots snapshots) {
        try {
            ByteArrayOutputStream text = new ByteArrayOutputStream(16_384);
            writer.write(text, snapshots);
            return text.toString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    MetricSnapshots read() {
        return registry.scrape();
    }

    @Override
    public void libvirtConnected(String uri, int eventIds) {
        libvirtUp.labelValues(uri).set(1);
        libvirtEventIds.labelValues(uri).set(eventIds);
        libvirtConnects.labelValues(uri).inc();
        resyncTransitions.initLabelValues(uri);
    }

    @Override
    public void libvirtFailed(String uri) {
        libvirtUp.labelValues(uri).set(0);
        libvirtFailures.labelValues(uri).inc();
    }

    @Override
    public void libvirtLost(String uri, String reason) {
        libvirtUp.labelValues(uri).set(0);
        libvirtLosses.labelValues(uri, reason).inc();
    }

    @Override
    public void libvirtLeaked(String uri) {
        libvirtLeaks.labelValues(uri).inc();
    }

    @Override
    public void eventReceived(String kind, String detail, long nanos) {
        events.labelValues(kind, detail).inc();
        stage("queue", nanos);
    }

    @Override
    public void eventsMissed(long count) {
        missed.inc(count);
    }

    @Override
    public void inputFailed(String kind) {
        failedInputs.labelValues(kind).inc();
    }

    @Override
    public void lookedUp(String result, long nanos) {
        lookups.labelValues(result).inc();
        stage("lookup", nanos);
    }

    @Override
    public void transitionRecorded(String name, String cause, String origin) {
        transitions.labelValues(name, cause, origin).inc();
    }

    @Override
    public void agentEventRecorded(String name) {
        agentEvents.labelValues(name).inc();
    }

    @Override
    public void filtered() {
        filtered.inc();
    }

    @Override
    public void suppressed(String event, long count) {
        suppressed.labelValues(event).inc(count);
    }

    @Override
    public void gapClosed(String uri, String reason, Duration length, int transitionsFound) {
        gaps.labelValues(uri, reason).inc();
        gapSeconds.labelValues(uri, reason).inc(length.toNanos() / 1e9);
        resyncTransitions.labelValues(uri).inc(transitionsFound);
        lastResync.labelValues(uri).set(System.currentTimeMillis() / 1000.0);
    }

    @Override
    public void rowsDropped(String reason, long rows) {
        dropped.labelValues(reason).inc(rows);
    }

    @Override
    public void domains(Map<String, Integer> byState) {
        byState.forEach((state, count) -> domains.labelValues(state).set(count));
    }

    @Override
    public void committed(int rows, long nanos) {
        commits.inc();
        stage("commit", nanos);
        committedRows.inc(rows);
    }

    @Override
    public void commitFailed() {
        failedCommits.inc();
    }

    @Override
    public void brokerUp(String broker) {
        brokerConnects.inc();
    }

    @Override
    public void brokerDown(String kind) {
        brokerLosses.labelValues(kind).inc();
    }

    @Override
    public void published(String routingKey, boolean again) {
        published.labelValues(routingKey).inc();
        if (again) {
            resent.labelValues(routingKey).inc();
        }
    }

    @Override
    public void confirmed(String routingKey, int rows) {
        confirmed.labelValues(routingKey).inc(rows);
    }

    @Override
    public void delivered(long sentNanos, long observedMillis) {
        stage("confirm", sentNanos);
        deliveries.observe(observedMillis / 1e3);
    }

    @Override
    public void returned(String routingKey) {
        returned.labelValues(routingKey).inc();
    }

    @Override
    public void nacked(String routingKey, int messages) {
        nacked.labelValues(routingKey).inc(messages);
    }

    @Override
    public void waiting(String routingKey, boolean waits) {
        unroutable.labelValues(routingKey).set(waits ? 1 : 0);
    }

    @Override
    public void unroutableDropped(String routingKey, int rows) {
        dropped.labelValues("unroutable").inc(rows);
    }

    private void stage(String stage, long nanos) {
        stages.labelValues(stage).observe(nanos / 1e9);
    }

    private Histogram histogram(String name, String help, double[] upperBounds, String... labels) {
        return Histogram.builder()
                .name("vmevent_" + name)
                .help(help)
                .labelNames(labels)
                .classicOnly()
                .classicUpperBounds(upperBounds)
                .register(registry);
    }

    private Counter counter(String name, String help, String... labels) {
        return Counter.builder()
                .name("vmevent_" + name)
                .help(help)
                .labelNames(labels)
                .register(registry);
    }

    private Gauge gauge(String name, String help, String... labels) {
        return Gauge.builder()
                .name("vmevent_" + name)
                .help(help)
                .labelNames(labels)
                .register(registry);
    }

    private void sampled(String name, String help, Supplier<OptionalLong> sample) {
        GaugeWithCallback.builder()
                .name("vmevent_" + name)
                .help(help)
                .callback(gauge -> sample.get().ifPresent(gauge::call))
                .register(registry);
    }

    private static OptionalLong known(long value) {
        return OptionalLong.of(value);
    }
}
