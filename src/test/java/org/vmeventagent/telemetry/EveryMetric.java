package org.vmeventagent.telemetry;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;

/** Metrics of which each has been counted once. */
final class EveryMetric {
    private EveryMetric() {}

    static PrometheusMetrics make() {
        PrometheusMetrics metrics = new PrometheusMetrics("1.2.3", new Samples());
        metrics.libvirtConnected("qemu:///system", 28);
        metrics.libvirtFailed("xen:///system");
        metrics.libvirtLost("qemu:///system", "eof");
        metrics.libvirtLeaked("qemu:///system");
        metrics.eventReceived("lifecycle", "started/booted", 1_000_000);
        metrics.eventsMissed(3);
        metrics.inputFailed("graphics");
        metrics.lookedUp("metadata", 2_000_000);
        metrics.transitionRecorded("started", "booted", "event");
        metrics.agentEventRecorded("gap");
        metrics.filtered();
        metrics.suppressed("io_error", 4);
        metrics.gapClosed("qemu:///system", "eof", Duration.ofSeconds(3), 2);
        metrics.rowsDropped("outbox", 5);
        metrics.domains(Map.of("running", 10));
        metrics.committed(6, 3_000_000);
        metrics.commitFailed();
        metrics.brokerUp("rabbit1:5672");
        metrics.brokerDown("unreachable");
        metrics.published("notifications.info", true);
        metrics.confirmed("notifications.info", 7);
        metrics.delivered(4_000_000, 20);
        metrics.returned("notifications.info");
        metrics.nacked("notifications.info", 8);
        metrics.waiting("notifications.info", true);
        metrics.unroutableDropped("notifications.info", 9);
        return metrics;
    }

    private static final class Samples implements PrometheusMetrics.Samples {
        @Override
        public OptionalLong brokerUp() {
            return OptionalLong.of(1);
        }

        @Override
        public int queueLength() {
            return 1;
        }

        @Override
        public OptionalLong outboxMessages() {
            return OptionalLong.of(2);
        }

        @Override
        public OptionalLong outboxBytes() {
            return OptionalLong.of(4096);
        }

        @Override
        public long outboxLimitBytes() {
            return 268_435_456;
        }

        @Override
        public OptionalLong oldestMessageMillis() {
            return OptionalLong.of(1_500);
        }

        @Override
        public long lastSequence() {
            return 42;
        }

        @Override
        public Map<String, Duration> loopsWithoutProgress() {
            return Map.of("recorder", Duration.ofMillis(20));
        }
    }
}
