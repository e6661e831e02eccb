package org.vmeventagent.libvirt;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.config.ConnectionUri;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.system.Backoff;
import org.vmeventagent.system.Progress;
import org.vmeventagent.system.Threads;

/**
 * Keeps one connection URI subscribed: opens it, registers, lists its domains, waits until it is lost, and begins again,
 * for ever. All it receives goes into the queue: {@link LibvirtInput.ConnectionUp}, events and a {@link DomainListing} for each
 * generation, {@link LibvirtInput.ConnectionLost} at its end. A driver without events is listed again and again instead.
 *
 * <p>Has one thread of its own and shares nothing with other URIs but the event loop and the queue.
 */
public final class LibvirtConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LibvirtConnection.class);

    /**
     * Of one connection: its own, those that query domains, those that queried them and closed it when the host hung, and
     * those of attempts to open that hang.
     */
    public static final int MAX_THREADS =
            1 + TimeLimitedQueries.MAX_THREADS + TimeLimitedQueries.MAX_THREADS + 1 + ConnectionOpener.MAX_ABANDONED;

    /** How long {@link #close} waits; a daemon that hangs in this moment is left to the end of the process. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /** A connection that lasted this long was a good one. */
    private static final Duration STABLE = Duration.ofSeconds(10);

    /**
     * After a refused login. ESXi locks an account for 15 minutes after five of them, and begins to count anew when there was
     * none in that time.
     */
    private static final Duration LOGIN_PAUSE = Duration.ofMinutes(16);

    private static final AtomicInteger THREAD_NUMBERS = new AtomicInteger();

    private final LibvirtConfig config;
    private final String uri;
    private final String shownUri;
    private final EventQueue queue;
    private final ConnectionListener listener;
    private final AgentMetrics metrics;
    private final Backoff backoff;
    private final ConnectionOpener connectionOpener = new ConnectionOpener();
    private final Progress progress = new Progress();
    private final Thread thread;

    private volatile @Nullable ConnectionSession current;

    /** 0 before {@link #stop}. */
    private volatile long stoppedAt;

    /** The failure that was logged last, empty after a loss, null before an outage; belongs to the thread. */
    private @Nullable String loggedReason;

    /** Whether the last attempt ended so; belongs to the thread. */
    private boolean loginRefused;

    /** The remarks that were logged last; belongs to the thread. */
    private String loggedRemarks = "";

    /** @param uri may carry credentials, which appear nowhere */
    public LibvirtConnection(
            LibvirtConfig config, String uri, EventQueue queue, ConnectionListener listener, AgentMetrics metrics) {
        this(
                config,
                uri,
                queue,
                listener,
                metrics,
                new Backoff(
                        Duration.ofMillis(100), Duration.ofSeconds(10), Backoff.Jitter.HALF, new SplittableRandom()));
    }

    LibvirtConnection(
            LibvirtConfig config,
            String uri,
            EventQueue queue,
            ConnectionListener listener,
            AgentMetrics metrics,
            Backoff backoff) {
        this.config = config;
        this.uri = uri;
        this.shownUri = shown(uri);
        this.queue = queue;
        this.listener = listener;
        this.metrics = metrics;
        this.backoff = backoff;
        this.thread = Threads.repeating("libvirt-" + THREAD_NUMBERS.incrementAndGet(), shownUri, this::attemptAndPause);
    }

    /** Returns at once; the listener gets the result of the first attempt. */
    public void start() {
        EventLoop.start();
        thread.start();
    }

    /** A connection's URI without credentials. */
    public static String shown(String uri) {
        return ConnectionUri.withoutCredentials(uri);
    }

    /** Without credentials, as in everything this connection reports. */
    public String uri() {
        return shownUri;
    }

    /** Has one more {@link DomainListing} put; does nothing while not subscribed, when one follows anyway. Any thread. */
    public void requestListing() {
        ConnectionSession open = current;
        if (open != null) {
            open.requestListing();
        }
    }

    /**
     * Has a {@link LibvirtInput.DomainRecheck} about one domain put. None comes when the connection isn't subscribed, is lost, or can't
     * tell. Any thread.
     */
    public void query(UUID uuid) {
        ConnectionSession open = current;
        if (open != null) {
            open.query(uuid);
        }
    }

    /**
     * Has {@link LibvirtInput.JobStatistics} about one domain put. None come when the connection isn't subscribed, is lost,
     * or doesn't answer. Any thread.
     *
     * @param completed about the last job that ended, else about one that goes on
     */
    public void queryJob(UUID uuid, boolean completed) {
        ConnectionSession open = current;
        if (open != null) {
            open.queryJob(uuid, completed);
        }
    }

    /**
     * For how long the thread has made no progress. What it waits for by design is none of that: the daemon, as long as it
     * may take to answer, the next attempt, the next event. Any thread.
     */
    public Duration sinceLastProgress() {
        return progress.since();
    }

    /** Begins to take the subscription back; {@link #close} waits for the end of that. Returns at once. */
    public void stop() {
        stoppedAt = System.nanoTime();
        thread.interrupt();
    }

    /** Takes the subscription back and ends the thread; waits at most until 5 s after {@link #stop}, if that was called. */
    @Override
    public void close() {
        if (stoppedAt == 0) {
            stop();
        }
        long left = CLOSE_TIMEOUT.toNanos() - (System.nanoTime() - stoppedAt);
        try {
            TimeUnit.NANOSECONDS.timedJoin(thread, left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean attemptAndPause() throws InterruptedException {
        loginRefused = false;
        attempt();
        Duration pause = loginRefused ? LOGIN_PAUSE : backoff.next();
        progress.waits(pause);
        Thread.sleep(pause.toMillis());
        return stoppedAt == 0;
    }

    private void attempt() throws InterruptedException {
        try {
            progress.waits(config.openTimeout());
            serve(connectionOpener.open(uri, config.openTimeout()));
        } catch (LibvirtFailure e) {
            loginRefused = e.isRefusedLogin();
            failed(String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) { // the thread reports it, and tries again
            progress.waits(Threads.LONGEST_PAUSE);
            metrics.libvirtFailed(shownUri);
            listener.failed(shownUri, e.toString());
            throw e;
        }
    }

    /** Returns when the connection was lost or never came to be. */
    private void serve(NativeConnect connect) throws LibvirtFailure, InterruptedException {
        ConnectionSession open = new ConnectionSession(config, uri, connect, queue, progress);
        String reason = "failed";
        try {
            open.subscribe();
            current = open;
            OptionalInt domains = open.list();
            up(open, domains);
            long since = System.nanoTime();
            reason = open.serve();
            if (System.nanoTime() - since >= STABLE.toNanos()) {
                backoff.reset();
            }
            LOG.warn("{} lost: {}; trying again until it is back", shownUri, reason);
            loggedReason = "";
            metrics.libvirtLost(shownUri, reason);
            listener.lost(shownUri, reason);
        } catch (InterruptedException e) {
            reason = "closed";
            throw e;
        } finally {
            current = null;
            if (!open.close(reason)) {
                metrics.libvirtLeaked(shownUri);
            }
        }
    }

    private void up(ConnectionSession open, OptionalInt domains) {
        loggedReason = null;
        int registered = open.registered();
        if (registered == 0) {
            LOG.info(
                    "{} has no events and is listed every {} ms: {}",
                    shownUri,
                    config.pollInterval().toMillis(),
                    domainsText(domains));
        } else {
            LOG.info("{} subscribed: {} event ids, {}", shownUri, registered, domainsText(domains));
        }
        if (!open.remarks().equals(loggedRemarks)) {
            loggedRemarks = open.remarks();
            LOG.info("{}: {}", shownUri, loggedRemarks);
        }
        metrics.libvirtConnected(shownUri, registered);
        listener.subscribed(shownUri, registered, domains);
    }

    private static String domainsText(OptionalInt domains) {
        return domains.isEmpty() ? "its domains are not listed yet" : domains.getAsInt() + " domains";
    }

    private void failed(String reason) {
        if (loginRefused && !reason.equals(loggedReason)) {
            LOG.error(
                    "{} refuses the user or the password: {}. Correct them in libvirt's auth.conf and restart the agent; it"
                            + " tries again only every {} minutes, or the host may lock the account",
                    shownUri,
                    reason,
                    LOGIN_PAUSE.toMinutes());
        } else if (loggedReason == null) {
            LOG.warn("{} can't be subscribed: {}; trying again until it can", shownUri, reason);
        } else if (!reason.equals(loggedReason)) {
            LOG.info("{} still can't be subscribed, now: {}", shownUri, reason);
        } else {
            LOG.debug("{} still can't be subscribed: {}", shownUri, reason);
        }
        loggedReason = reason;
        metrics.libvirtFailed(shownUri);
        listener.failed(shownUri, reason);
    }
}
