package org.vmeventagent.publisher;

/** Counts for the log, and passes everything on. Belongs to the publisher's thread. */
final class PublishCounters implements PublisherListener {
    private final PublisherListener next;
    private long sent;
    private long confirmed;

    PublishCounters(PublisherListener next) {
        this.next = next;
    }

    long sent() {
        return sent;
    }

    long confirmed() {
        return confirmed;
    }

    @Override
    public void connected(String broker) {
        next.connected(broker);
    }

    @Override
    public void disconnected(BrokerProblem problem) {
        next.disconnected(problem);
    }

    @Override
    public void sent(String routingKey) {
        sent++;
        next.sent(routingKey);
    }

    @Override
    public void confirmed(String routingKey, int rows) {
        confirmed += rows;
        next.confirmed(routingKey, rows);
    }

    @Override
    public void failed(String routingKey, int rows) {
        next.failed(routingKey, rows);
    }

    @Override
    public void dropped(String routingKey, int rows) {
        next.dropped(routingKey, rows);
    }

    @Override
    public void waiting(String routingKey, boolean waits) {
        next.waiting(routingKey, waits);
    }
}
