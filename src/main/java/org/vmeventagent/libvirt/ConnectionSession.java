package org.vmeventagent.libvirt;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.libvirt.LibvirtException;
import org.libvirt.event.ConnectionCloseReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.config.ConnectionUri;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.EventQueue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.system.FaultLog;
import org.vmeventagent.system.Progress;
import org.vmeventagent.system.Threads;
import org.vmeventagent.time.Moment;

/**
 * One connection from open to close: one generation. Everything but {@link #requestListing}, {@link #query} and {@link
 * #queryJob} is called by the connection's thread, which queries no domain itself: see {@link TimeLimitedQueries}.
 */
final class ConnectionSession {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionSession.class);

    private static final FaultLog FAULTS = new FaultLog("Querying a domain's job");

    /** How often it checks for a dead connection that closed without a call; a local check. */
    private static final Duration ALIVE_CHECK = Duration.ofSeconds(5);

    /** How often it checks for a domain that is late, while something is queried. */
    private static final Duration LATE_CHECK = Duration.ofSeconds(1);

    /** How long a failed call waits for the close callback, which knows the reason. */
    private static final Duration REASON_TIMEOUT = Duration.ofMillis(200);

    private static final Duration QUERY_TIMEOUT = Duration.ofSeconds(2);

    /**
     * Registering and taking it back wait as long as the daemon hangs, until the keepalive ends that. A call that waits
     * longer than this counts as stuck.
     */
    private static final Duration LONGEST_CALL = Duration.ofMinutes(10);

    /** The reason of a loss to a daemon or host that hangs, whoever noticed it. */
    private static final String HANGS = "keepalive";

    private static final int UNKNOWN = -1;
    private static final ThreadFactory CLOSING = Threads.factory("libvirt-close-");

    /** What the thread gets while it waits. */
    private sealed interface Note {
        record Lost(String reason) implements Note {}

        record Relist() implements Note {}

        record Query(UUID uuid) implements Note {}

        record Woken() implements Note {}
    }

    private final LibvirtConfig config;
    private final NativeConnect connect;
    private final EventQueue queue;
    private final Progress progress;
    private final TimeLimitedQueries queries;
    private final MetadataLookups lookups;
    private final EventSubscription subscription;
    private final LinkedBlockingQueue<Note> notes = new LinkedBlockingQueue<>();
    private @Nullable PendingListing pending;
    private boolean closeListener;
    private boolean polled;

    /** Whether libvirt notices that the daemon hangs. */
    private boolean keptAlive = true;

    /** Whether the thread waits for an {@link #ALIVE_CHECK}: the next query wakes it, to see whether that is late. */
    private volatile boolean rests;

    /** A listing that was requested; at most one, for a second would hang as well. */
    private record PendingListing(CompletableFuture<DomainReader.Listed> answer, long dropped, long since) {}

    ConnectionSession(LibvirtConfig config, String uri, NativeConnect connect, EventQueue queue, Progress progress) {
        this.config = config;
        this.connect = connect;
        this.queue = queue;
        this.progress = progress;
        this.queries = new TimeLimitedQueries(config, uri, connect.raw(), progress, this::wake, this::requestListing);
        this.lookups = new MetadataLookups(queries, connect.raw());
        this.subscription = EventSubscription.begin(ConnectionUri.withoutCredentials(uri), queue, lookups);
    }

    /** Keepalive, close listener, event ids; then the connection is in the queue. */
    void subscribe() throws LibvirtFailure {
        progress.waits(LONGEST_CALL);
        try {
            keptAlive = connect.keepAlive(config);
            listenForClose();
            polled = !subscription.register(connect.raw(), config.events());
            subscription.announce(connect.getType(), connect.host(), registered());
        } catch (LibvirtException e) {
            throw LibvirtFailure.of(e);
        }
    }

    /**
     * Puts a listing into the queue, now or, where the daemon doesn't list its domains in time, once it does: then
     * {@link LibvirtInput.ListingLate} is in its place. Nothing is put where events were dropped meanwhile: who reads
     * of that lists again. A listing that the connection did not survive is none: the domains that it leaves out may well
     * exist.
     *
     * @return how many domains; empty while the listing is late
     */
    OptionalInt list() throws LibvirtFailure, InterruptedException {
        if (pending != null) {
            return OptionalInt.empty();
        }
        PendingListing requested = new PendingListing(queries.list(), queue.everDropped(), System.nanoTime());
        pending = requested;
        try {
            return OptionalInt.of(listed(requested, TimeLimitedQueries.LISTING_TIMEOUT));
        } catch (TimeoutException e) {
            queries.reportLate();
            queue.put(new LibvirtInput.ListingLate(subscription.uri(), subscription.generation()));
            return OptionalInt.empty();
        }
    }

    /** The listing that was late, once it is there. */
    private void listLate() throws LibvirtFailure, InterruptedException {
        PendingListing requested = pending;
        if (requested != null) {
            try {
                listed(requested, Duration.ZERO);
            } catch (TimeoutException e) {
                LOG.trace("{} still lists nothing", subscription.uri());
            }
        }
    }

    private int listed(PendingListing requested, Duration timeout)
            throws LibvirtFailure, TimeoutException, InterruptedException {
        DomainReader.Listed listed;
        try {
            listed = queries.await(requested.answer(), timeout);
        } catch (LibvirtFailure e) {
            pending = null;
            throw e;
        }
        pending = null;
        DomainListing listing = queries.read(listed, subscription.generation(), polled);
        if (!isAlive()) {
            throw LibvirtFailure.of("the connection was lost while its domains were listed");
        }
        lookups.listed(
                listing.domains().stream().map(DomainListing.ListedDomain::uuid).toList());
        queue.putUnlessDropped(listing, requested.dropped());
        return listed.domains().size();
    }

    /**
     * Serves requests, and polls, until the connection is lost.
     *
     * @return the reason: eof, keepalive, error, client, or what failed
     */
    String serve() throws InterruptedException {
        long poll = System.nanoTime() + config.pollInterval().toNanos();
        boolean mayRest = true;
        while (true) {
            long check = untilCheck(mayRest).toNanos();
            long wait = polled ? Math.min(check, poll - System.nanoTime()) : check;
            progress.waits(Duration.ofNanos(Math.max(0, wait)));
            Note note = notes.poll(wait, TimeUnit.NANOSECONDS);
            progress.made();
            mayRest = !(note instanceof Note.Woken);
            queries.reportLate();
            try {
                listLate();
                if (note instanceof Note.Lost lost) {
                    return lost.reason();
                } else if (hangs()) {
                    return HANGS;
                } else if (note instanceof Note.Query query) {
                    reply(query.uuid());
                } else if (note instanceof Note.Relist) {
                    notes.removeIf(note::equals);
                    list();
                } else if (note == null && !connect.isAlive()) {
                    return "eof";
                }
                if (polled && poll - System.nanoTime() <= 0) {
                    list();
                    poll = System.nanoTime() + config.pollInterval().toNanos();
                }
            } catch (LibvirtException e) {
                return lossAfter(LibvirtFailure.of(e));
            } catch (LibvirtFailure e) {
                return lossAfter(e);
            }
        }
    }

    /**
     * Whether a host that nobody else watches has not answered for too long. A daemon that lists nothing for a locked
     * domain's sake may be alive, and has a keepalive.
     */
    private boolean hangs() {
        return !keptAlive
                && pending != null
                && System.nanoTime() - pending.since() >= config.hangsAfter().toNanos();
    }

    /** @param mayRest false where a query has just woken it: others may follow, and wake no more */
    private Duration untilCheck(boolean mayRest) {
        rests = mayRest; // before it looks: a query that begins now is seen here, or wakes
        rests = mayRest && pending == null && queries.isIdle();
        return rests ? ALIVE_CHECK : LATE_CHECK;
    }

    private void wake() {
        if (rests) {
            rests = false;
            notes.add(new Note.Woken());
        }
    }

    /** Requests one more listing; any thread, returns at once. */
    void requestListing() {
        notes.add(new Note.Relist());
    }

    /** Requests an {@link LibvirtInput.DomainRecheck}; any thread, returns at once. */
    void query(UUID uuid) {
        notes.add(new Note.Query(uuid));
    }

    /**
     * Requests {@link LibvirtInput.JobStatistics}, unless a query about this domain hangs; any thread, returns at once.
     *
     * @param completed about the last job that ended, else about one that goes on
     */
    void queryJob(UUID uuid, boolean completed) {
        if (!queries.isLate(uuid)) {
            queries.start(uuid, "", own -> replyOnJob(own, uuid, completed), () -> {});
        }
    }

    private boolean replyOnJob(Pointer own, UUID uuid, boolean completed) {
        Map<String, Object> parameters = Map.of();
        boolean answered = true;
        try {
            parameters = DomainReader.jobStatistics(own, uuid, completed);
        } catch (LibvirtFailure e) {
            LOG.debug("{} tells nothing of a job of domain {}: {}", subscription.uri(), uuid, e.getMessage());
            answered = false;
        } catch (RuntimeException | Error e) {
            FAULTS.report(e);
            answered = false;
        }
        queue.put(new LibvirtInput.JobStatistics(
                subscription.uri(), subscription.generation(), uuid, completed, parameters));
        return answered;
    }

    int registered() {
        return subscription.registered().size();
    }

    /** The event ids that are registered until {@link #close}. */
    Set<EventKind> events() {
        return subscription.registered();
    }

    String remarks() {
        return subscription.remarks();
    }

    /**
     * Takes everything back, in the one order that loses nothing: registrations first, while events still count, then
     * the close listener, then the connection.
     *
     * @return false when libvirt kept the connection alive
     */
    boolean close(String reason) {
        Moment since = Moment.now();
        progress.waits(LONGEST_CALL);
        subscription.deregister(connect.raw());
        subscription.end(reason, since);
        boolean idle = stopQueries();
        if (closeListener) {
            try {
                connect.unregisterCloseListener();
            } catch (LibvirtException e) { // usual on a dead connection; the reference is given back all the same
                LOG.trace("Unregistering the close listener: {}", e.getMessage());
            }
        }
        int references = keptAlive ? closeNow() : closeInTime();
        if (references > 0 && idle) {
            LOG.warn("{}: libvirt keeps a closed connection alive ({} references)", subscription.uri(), references);
        }
        return references <= 0 || !idle;
    }

    private int closeNow() {
        try {
            return connect.close();
        } catch (LibvirtException e) {
            LOG.debug("Closing {}: {}", subscription.uri(), LibvirtFailure.of(e).getMessage());
            return 0;
        }
    }

    /**
     * ESX's driver takes leave of its host, which may hang: then that is left to its thread.
     *
     * @return the references that are left, or {@link #UNKNOWN}
     */
    private int closeInTime() {
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        CLOSING.newThread(() -> closed.complete(closeNow())).start();
        try {
            return closed.get(QUERY_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.debug("Closing {} hangs", subscription.uri());
            return UNKNOWN;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNKNOWN;
        }
    }

    private boolean stopQueries() {
        lookups.stop();
        if (pending != null) {
            TimeLimitedQueries.forget(pending.answer());
        }
        try {
            return queries.stop(QUERY_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Not every driver can report that a connection closed: that is no error. */
    private void listenForClose() throws LibvirtFailure {
        try {
            connect.registerCloseListener((connection, reason) -> notes.add(new Note.Lost(word(reason))));
            closeListener = true;
        } catch (LibvirtException e) {
            LibvirtFailure failure = LibvirtFailure.of(e);
            if (!failure.isNoSupport()) {
                throw failure;
            }
        }
    }

    private static String word(@Nullable ConnectionCloseReason reason) {
        return reason == null ? "unknown" : reason.name().toLowerCase(Locale.ROOT);
    }

    private void reply(UUID uuid) throws LibvirtFailure, LibvirtException, InterruptedException {
        try {
            Optional<DomainListing.ListedDomain> listedDomain = queries.find(uuid);
            queue.put(new LibvirtInput.DomainRecheck(
                    subscription.uri(), subscription.generation(), uuid, listedDomain.orElse(null)));
        } catch (TimeoutException e) {
            LOG.debug("{} doesn't answer about domain {}: {}", subscription.uri(), uuid, e.getMessage());
        } catch (LibvirtFailure e) {
            if (!connect.isAlive()) {
                throw e;
            }
            LOG.warn("{} doesn't answer about domain {}: {}", subscription.uri(), uuid, e.getMessage());
        }
    }

    private boolean isAlive() throws LibvirtFailure {
        try {
            return connect.isAlive();
        } catch (LibvirtException e) {
            throw LibvirtFailure.of(e);
        }
    }

    private String lossAfter(LibvirtFailure failure) throws InterruptedException {
        long deadline = System.nanoTime() + REASON_TIMEOUT.toNanos();
        Note note;
        while ((note = notes.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) != null) {
            if (note instanceof Note.Lost lost) {
                return lost.reason();
            }
        }
        return String.valueOf(failure.getMessage());
    }
}
