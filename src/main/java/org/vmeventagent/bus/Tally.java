package org.vmeventagent.bus;

/** Counts for the log, and passes everything on. Belongs to the publisher's thread. */
final class Tally implements PublisherListener {
    private final PublisherListener next;
    private long sent;
    private long confirmed;

    Tally(PublisherListener next) {
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
    public void disconnected(Trouble why) {
        next.disconnected(why);
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
    public void givenUp(String routingKey, int rows) {
        next.givenUp(routingKey, rows);
    }

    @Override
    public void waiting(String routingKey, boolean waits) {
        next.waiting(routingKey, waits);
    }
}
