package org.vmeventagent.publisher;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.store.Outbox;
import org.vmeventagent.system.Backoff;
import org.vmeventagent.system.Progress;
import org.vmeventagent.system.Threads;
import org.vmeventagent.time.AgentClock;

/**
 * Takes rows from the outbox and sends them until the broker has confirmed them.
 *
 * <p>Threads: one, named {@code publisher}, does all the work: it connects, reads rows, publishes, waits, and raises ack positions.
 * The connection's own thread only leaves notes for it. Another one, named {@code publisher-cutter}, cuts a connection on
 * which the first is blocked for too long: a broker that reads no more holds whoever writes to it. {@link #start} and {@link
 * #close} belong to whoever owns this, {@link #flush}, {@link #connected}, {@link #problem} and {@link #reconnect} to anybody. The metrics are
 * called on the thread {@code publisher}.
 *
 * <p>Order: rows of one routing key leave in the order of their numbers, and after a failure nothing newer of that key
 * leaves before the older row is confirmed. Routing keys don't wait for each other. An ack position never passes a row that was not
 * confirmed, so a crash, a lost connection or a full queue may double messages, with the same message_id, and never loses one.
 *
 * <p>Every wait is bounded. Nothing here blocks whoever writes the outbox.
 */
public final class Publisher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Publisher.class);
    private static final Duration STOP_POLITE = Duration.ofSeconds(3);
    private static final Duration STOP_CUT = Duration.ofSeconds(1);

    /** The step of the first attempt after one that failed. */
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

    private static final Duration LEAST_CHECK = Duration.ofSeconds(1);

    /** For a connection that is to be replaced anyway. */
    private static final Duration OUTDATED_WRITE_TIMEOUT = Duration.ofSeconds(3);

    private final PublisherConfig config;
    private final Outbox outbox;
    private final BrokerClient client;
    private final AgentClock clock;
    private final Counters counters;
    private final List<RetryingDelivery> deliveries;
    private final Thread thread;
    private final Thread cutter;
    private final CountDownLatch stopping = new CountDownLatch(1);
    /** Lets the cutter look at once. */
    private final Semaphore looks = new Semaphore(0);

    private final BlockingQueue<CompletableFuture<Boolean>> flushes = new LinkedBlockingQueue<>();
    private final OutageLog outageLog = new OutageLog();
    private final SplittableRandom random = new SplittableRandom();
    private final Backoff backoff;
    private Duration pause;
    /** From its opening until it is closed for good. */
    private volatile BrokerClient.@Nullable Connection connection;

    private volatile boolean connected;
    private volatile @Nullable PublisherSession session;
    private final Progress progress = new Progress();

    /** Reads the ack positions, and does nothing else before {@link #start}. */
    public Publisher(
            PublisherConfig config, Outbox outbox, BrokerClient client, AgentMetrics metrics, AgentClock clock) {
        this.config = config;
        this.outbox = outbox;
        this.client = client;
        this.clock = clock;
        this.backoff = new Backoff(FIRST_PAUSE, config.reconnectMax(), Backoff.Jitter.FULL, random);
        this.pause = Backoff.splay(config.reconnectSplay(), random);
        this.counters = new Counters(metrics);
        this.deliveries = deliveries(config, outbox, counters);
        this.thread = Threads.repeating("publisher", "The publisher", this::serveOnce);
        this.cutter = Threads.repeating("publisher-cutter", "Watching the publisher", this::cutBlockedWrites);
    }

    /** Begins to connect. Once. */
    public void start() {
        if (pause.toSeconds() > 0) {
            log.info(
                    "Connecting to the broker in {} s: a random wait, so that not all agents connect at once",
                    pause.toSeconds());
        }
        thread.start();
        cutter.start();
    }

    /** Whether a connection is open. */
    public boolean connected() {
        return connected;
    }

    /** Why rows of a routing key are not sent, in words for an operator; empty as long as nothing is known. Any thread. */
    public Optional<String> problem(String routingKey) {
        PublisherSession open = session;
        if (open == null) {
            BrokerProblem away = outageLog.latest();
            return Optional.of(
                    away == null
                            ? "not connected to the broker yet; the attempt waits a random time, up to "
                                    + config.reconnectSplay().toSeconds() + " s ([notifications] reconnect_splay)"
                            : "no connection to the broker: " + away.text());
        }
        if (open.blocked()) {
            return Optional.of("the broker blocks publishing; see its alarms: rabbitmqctl status");
        }
        return deliveries.stream()
                .filter(delivery -> delivery.key().equals(routingKey))
                .findFirst()
                .map(RetryingDelivery::problem)
                .map(BrokerProblem::text);
    }

    /**
     * The client has another configuration: a connection that was opened with an older one is replaced soon. Any thread.
     */
    public void reconnect() {
        looks.release();
        PublisherSession open = session;
        if (open != null) {
            open.wake();
        }
    }

    /**
     * For how long the thread has made no progress. It makes some every second, and for each row; while it waits for the
     * broker's answer or is blocked in a write, which is bounded, once for each of its hosts, and once. The pause between two
     * connections counts as progress, and the rest while there is nothing to send. Any thread.
     */
    public Duration sinceLastProgress() {
        return progress.since();
    }

    /**
     * Waits until every row that was committed before is sent and confirmed. Doesn't wait for rows whose key has no queue.
     *
     * @return whether all of them were
     */
    public boolean flush(Duration atMost) throws InterruptedException {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        flushes.add(done);
        PublisherSession open = session;
        if (open != null) {
            open.wake();
        }
        try {
            return done.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return false;
        } finally {
            flushes.removeIf(flush -> flush == done);
        }
    }

    /** Stops sending; what is not confirmed stays in the outbox. Takes 4 s at most. */
    @Override
    public void close() {
        stopping.countDown();
        looks.release();
        thread.interrupt();
        try {
            thread.join(STOP_POLITE.toMillis());
            BrokerClient.Connection open = connection;
            if (thread.isAlive() && open != null) {
                open.cut();
                thread.join(STOP_CUT.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            log.warn("The publisher didn't stop in time; the outbox keeps what is not confirmed");
        }
    }

    /** A pause, then a connection from its opening to its end. */
    private boolean serveOnce() throws InterruptedException {
        progress.waits(pause);
        if (stopping.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
            return false;
        }
        progress.made();
        boolean useful = false;
        try {
            useful = connectAndServe();
        } finally {
            pause = pauseAfter(useful);
        }
        return true;
    }

    private Duration pauseAfter(boolean useful) {
        if (!useful) {
            return backoff.next();
        }
        backoff.reset();
        return Backoff.splay(config.reconnectSplay(), random);
    }

    private boolean cutBlockedWrites() throws InterruptedException {
        BrokerClient.Connection open = connection;
        PublisherSession serving = session;
        Duration most = open != null && open.isOutdated() ? OUTDATED_WRITE_TIMEOUT : config.writeTimeout();
        // not before a write that is blocked now could be cut
        long left = most.minus(sinceLastProgress()).toNanos();
        if (looks.tryAcquire(Math.max(LEAST_CHECK.toNanos(), left), TimeUnit.NANOSECONDS)) {
            looks.drainPermits();
            return stopping.getCount() > 0;
        }
        if (open != null && serving != null && sinceLastProgress().compareTo(most) > 0) {
            serving.cut(
                    open,
                    new BrokerProblem(
                            BrokerProblem.Kind.UNREACHABLE,
                            "it has read nothing for " + most.toSeconds() + " s; see its alarms: rabbitmqctl status"));
        }
        return true;
    }

    /** One connection from its opening to its end. Returns whether it was of use. */
    private boolean connectAndServe() throws InterruptedException {
        PublisherSession now = new PublisherSession(config, outbox, deliveries, flushes, clock, progress);
        try (BrokerClient.Connection open = client.open(now, progress::made)) {
            now.opened();
            connection = open;
            session = now;
            connected = true;
            outageLog.ended(open.name(), counters.sent(), counters.confirmed(), now.waiting());
            counters.connected(open.name());
            ended(now, now.serve(open));
        } catch (BrokerException e) {
            outageLog.failed(e.problem());
        } catch (RuntimeException | Error e) { // the thread reports it, and tries again
            counters.disconnected(new BrokerProblem(BrokerProblem.Kind.UNREACHABLE, "unexpected " + e));
            progress.waits(Threads.LONGEST_PAUSE);
            throw e;
        } finally {
            connected = false;
            connection = null;
            session = null;
        }
        return now.proved() || now.renewed();
    }

    private void ended(PublisherSession which, BrokerProblem problem) {
        connected = false;
        if (which.renewed()) {
            log.info("Replacing the connection to the broker: {}", problem.text());
        } else {
            outageLog.lost(problem, deliveries.stream().anyMatch(delivery -> problem.equals(delivery.problem())));
        }
        counters.disconnected(problem);
    }

    private static List<RetryingDelivery> deliveries(PublisherConfig config, Outbox outbox, Counters counters) {
        List<RetryingDelivery> deliveries = new ArrayList<>();
        for (String topic : config.allTopics()) {
            for (String priority : config.priorities()) {
                deliveries.add(new RetryingDelivery(topic, priority, config, outbox, counters));
            }
        }
        return deliveries;
    }

    /** Logs each reason of an outage once, however many attempts it takes. The publisher's thread, but for {@link #latest}. */
    private static final class OutageLog {
        private final Set<BrokerProblem> reported = new HashSet<>();
        private volatile @Nullable BrokerProblem latest;
        /** Whether the last connection ended for what a routing key declared, which its delivery logs. */
        private boolean forKey;

        /** Why there is no connection; null while there is one, and before the first attempt. Any thread. */
        @Nullable BrokerProblem latest() {
            return latest;
        }

        void failed(BrokerProblem problem) {
            latest = problem;
            forKey = false;
            boolean first = reported.isEmpty();
            if (!reported.add(problem)) {
                log.debug("Still can't connect to the broker: {}", problem.text());
            } else if (problem.kind() == BrokerProblem.Kind.MISCONFIGURED) {
                log.error(
                        "The broker can't be used as it is configured; notifications wait in the outbox: {}",
                        problem.text());
            } else if (first) {
                log.warn("Can't connect to the broker; notifications wait in the outbox: {}", problem.text());
            } else {
                log.info("Still can't connect to the broker, now: {}", problem.text());
            }
        }

        void lost(BrokerProblem problem, boolean loggedByKey) {
            latest = problem;
            reported.add(problem);
            forKey = loggedByKey;
            log.atLevel(forKey ? Level.DEBUG : Level.WARN)
                    .log("Lost the connection to the broker; notifications wait in the outbox: {}", problem.text());
        }

        void ended(String broker, long sent, long confirmed, long waiting) {
            reported.clear();
            latest = null;
            log.atLevel(forKey ? Level.DEBUG : Level.INFO)
                    .log(
                            "Connected to {}: {} sent and {} confirmed so far, {} waiting",
                            broker,
                            sent,
                            confirmed,
                            waiting);
        }
    }

    /** Counts for the log, and reports to the metrics. Belongs to the publisher's thread. */
    static final class Counters {
        private final AgentMetrics metrics;
        private long sent;
        private long confirmed;

        Counters(AgentMetrics metrics) {
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

        void delivered(long sentNanos, long observedMillis) {
            metrics.delivered(sentNanos, Math.max(0, observedMillis));
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
}
