package org.vmeventagent.libvirt;

import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.vmeventagent.metrics.AgentMetrics;

/** Keeps what a connection reports. */
final class RecordedConnection implements ConnectionListener, AgentMetrics {
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final List<String> losses = new CopyOnWriteArrayList<>();
    private final List<String> leaks = new CopyOnWriteArrayList<>();

    private final BlockingQueue<OptionalInt> subscriptions = new LinkedBlockingQueue<>();

    @Override
    public void subscribed(String uri, int registered, OptionalInt domains) {
        subscriptions.add(domains);
    }

    /** Waits for a subscription; how many domains it listed. */
    OptionalInt awaitSubscribed() throws InterruptedException {
        OptionalInt domains = subscriptions.poll(30, TimeUnit.SECONDS);
        if (domains == null) {
            throw new AssertionError("not subscribed; " + failures);
        }
        return domains;
    }

    @Override
    public void failed(String uri, String reason) {
        failures.add(uri + ": " + reason);
    }

    @Override
    public void lost(String uri, String reason) {
        losses.add(reason);
    }

    @Override
    public void libvirtLeaked(String uri) {
        leaks.add(uri);
    }

    List<String> failures() {
        return failures;
    }

    List<String> losses() {
        return losses;
    }

    List<String> leaks() {
        return leaks;
    }
}
