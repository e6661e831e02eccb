package org.vmeventagent.publisher;

import java.util.Locale;
import org.vmeventagent.metrics.AgentMetrics;

/** Counts for the log, and reports to the metrics. Belongs to the publisher's thread. */
final class PublishCounters {
    private final AgentMetrics metrics;
    private long sent;
    private long confirmed;

    PublishCounters(AgentMetrics metrics) {
        this.metrics = metrics;
    }

    long sent() {
        return sent;
    }

    long confirmed() {
        return confirmed;
    }

    void connected(String broker) {
        metrics.brokerUp(broker);
    }

    void disconnected(BrokerProblem problem) {
        metrics.brokerDown(problem.kind().name().toLowerCase(Locale.ROOT));
    }

    void sent(String routingKey, boolean again) {
        sent++;
        metrics.published(routingKey, again);
    }

    void confirmed(String routingKey, int rows) {
        confirmed += rows;
        metrics.confirmed(routingKey, rows);
    }

    void returned(String routingKey) {
        metrics.returned(routingKey);
    }

    void nacked(String routingKey, int messages) {
        metrics.nacked(routingKey, messages);
    }

    void dropped(String routingKey, int rows) {
        metrics.unroutableDropped(routingKey, rows);
    }

    void waiting(String routingKey, boolean waits) {
        metrics.waiting(routingKey, waits);
    }
}
