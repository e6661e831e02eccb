package org.vmeventagent.libvirt;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.config.ConnectionUri;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.system.FaultLog;
import org.vmeventagent.system.Progress;
import org.vmeventagent.system.Threads;
import org.vmeventagent.time.Moment;

/**
 * Queries the daemon of one connection about its domains. Every query may hang: while libvirtd holds a domain's
 * lock (it runs a hook, waits for a guest's memory, for storage that is gone) it answers nothing about that domain, and
 * lists no domain at all. A query can't be taken back. One that is late is left to its thread, and its
 * domain gets no other until it ends; the others go on.
 *
 * <p>One thread does for all; another is added when a query waits and none of them has made progress for 0.1 s, up to
 * four: libvirtd has twenty workers for all its clients ({@code max_workers}), and each query that hangs occupies one. So
 * a listing and two domains may hang; with a third domain nothing can be queried until one ends, and events arrive all
 * the same. Each thread but the first opens a connection of its own: libvirt 9.0 now and then forgets to send a
 * call while another thread's hangs on the same connection, until the next packet comes.
 *
 * <p>{@link #query}, {@link #list}, {@link #read} and {@link #reportLate} are for the connection's thread; the rest is for any.
 */
final class TimeLimitedQueries {
    /** Threads, and so questions that may hang. */
    static final int MAX_THREADS = 4;

    /** A domain that has not answered in this time counts as locked; libvirtd answers in 0.1 ms. */
    static final Duration DOMAIN_TIMEOUT = Duration.ofSeconds(2);

    /** 10,000 domains are listed in 0.1 s. */
    static final Duration LISTING_TIMEOUT = Duration.ofSeconds(5);

    /** Of so many domains that can't be read each is named. */
    private static final int NAMED = 3;

    private static final Duration SLOW = Duration.ofMillis(100);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(TimeLimitedQueries.class);
    private static final ThreadFactory THREADS = Threads.factory("libvirt-query-");
    private static final FaultLog FAULTS = new FaultLog("A query about a domain");

    private final LibvirtConfig config;
    private final String uri;
    private final String shownUri;
    private final Pointer first;
    private final Progress progress;
    private final Runnable begins;
    private final Runnable answersAgain;
    private final LinkedBlockingDeque<Query> waiting = new LinkedBlockingDeque<>();

    /** What waits and what runs. */
    private final AtomicInteger outstanding = new AtomicInteger();

    /** Guarded by this. */
    private final List<Worker> workers = new ArrayList<>();

    private boolean stopped;

    /** A query to libvirt, on the connection of the thread that runs it. */
    interface Question<T> {
        T query(Pointer connect) throws LibvirtFailure;
    }

    /** A query that doesn't throw; returns whether there was an answer. */
    interface Work {
        boolean run(Pointer connect);
    }

    /**
     * @param uri may carry credentials, which appear nowhere
     * @param first a connection to it, which must not be closed before {@link #stop}
     * @param progress of the connection's thread
     * @param begins called when there is something to query, on any thread; it must return at once
     * @param answersAgain called when a domain that was late has answered, on any thread
     */
    TimeLimitedQueries(
            LibvirtConfig config,
            String uri,
            Pointer first,
            Progress progress,
            Runnable begins,
            Runnable answersAgain) {
        this.config = config;
        this.uri = uri;
        this.shownUri = ConnectionUri.withoutCredentials(uri);
        this.first = first;
        this.progress = progress;
        this.begins = begins;
        this.answersAgain = answersAgain;
    }

    /**
     * Runs a query about a domain once a thread is free.
     *
     * @param unqueried called in place of the work when no query is run any more
     * @return false, and unqueried was called, when no query is run any more
     */
    boolean start(UUID uuid, String name, Work work, Runnable unqueried) {
        return submit(new Query(uuid, name, work, unqueried), false);
    }

    /** How many wait for a thread. */
    int waiting() {
        return waiting.size();
    }

    /** Whether nothing waits for a thread and nothing runs. */
    boolean isIdle() {
        return outstanding.get() == 0;
    }

    /** Whether a question about this domain hangs. */
    boolean isLate(UUID uuid) {
        return queried().stream().anyMatch(query -> uuid.equals(query.uuid) && query.isLate());
    }

    private synchronized boolean isDeaf() {
        return workers.size() >= MAX_THREADS && workers.stream().allMatch(Worker::hangs);
    }

    /**
     * Queries one domain, before all that waits.
     *
     * @param name empty where it is not known
     * @param end called once, when the question has ended or is not put any more
     * @throws TimeoutException when there is no answer in time; at once when the domain is late already, or no thread is
     *     left that could run it
     */
    private <T> T query(UUID uuid, String name, Question<T> question, Runnable end)
            throws LibvirtFailure, TimeoutException, InterruptedException {
        if (isLate(uuid) || isDeaf()) {
            end.run();
            throw new TimeoutException("a question before this one has not been answered");
        }
        CompletableFuture<T> answer = new CompletableFuture<>();
        Query query = new Query(
                uuid,
                name,
                connect -> awaitReply(question, connect, answer, unwanted -> {}, end),
                () -> drop(answer, end));
        submit(query, true);
        try {
            return await(answer, DOMAIN_TIMEOUT);
        } catch (TimeoutException e) {
            query.abandoned = true;
            if (waiting.remove(query)) {
                query.dropped();
            }
            throw e;
        } finally {
            reportLate();
        }
    }

    /** One domain; empty when there is none. */
    Optional<DomainListing.ListedDomain> find(UUID uuid) throws LibvirtFailure, TimeoutException, InterruptedException {
        return query(uuid, "", connect -> DomainReader.find(connect, uuid), () -> {});
    }

    /** Lists the domains, without querying any; the answer has to be {@link #read} or {@link #forget forgotten}. */
    CompletableFuture<DomainReader.Listed> list() {
        CompletableFuture<DomainReader.Listed> answer = new CompletableFuture<>();
        Query query = new Query(
                null,
                "",
                connect -> awaitReply(DomainReader::list, connect, answer, DomainReader.Listed::free, () -> {}),
                () -> drop(answer, () -> {}));
        submit(query, true);
        return answer;
    }

    /** Frees a listing that nobody reads, now or when it comes. */
    static void forget(CompletableFuture<DomainReader.Listed> listing) {
        if (!listing.cancel(false) && !listing.isCompletedExceptionally()) {
            listing.join().free();
        }
    }

    /** Waits for an answer, and makes sure that there is a thread to run it. */
    <T> T await(CompletableFuture<T> answer, Duration timeout)
            throws LibvirtFailure, TimeoutException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        progress.waits(timeout);
        while (true) {
            long left = deadline - System.nanoTime();
            try {
                return answer.get(Math.max(0, Math.min(left, SLOW.toNanos())), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (left <= 0) {
                    throw e;
                }
                addWorker();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof LibvirtFailure failure
                        ? failure
                        : LibvirtFailure.of(String.valueOf(e.getCause()));
            }
        }
    }

    /**
     * Queries each domain of a listing, and frees it; the result names those that don't answer.
     *
     * @param polled whether those that vanish meanwhile are for the next listing: it shows how many did. They may be the first
     *     of all domains, and nothing else tells of them. Where events do, they are left out
     */
    DomainListing read(DomainReader.Listed listed, long generation, boolean polled) throws InterruptedException {
        List<DomainListing.ListedDomain> listedDomain = new ArrayList<>();
        Set<UUID> unanswered = new HashSet<>();
        int failures = 0;
        try {
            for (Pointer domain : listed.domains()) {
                UUID uuid = EventSubscription.uuid(domain);
                String name = DomainReader.name(domain);
                NativeLibvirt.virDomainRef(domain); // a question that hangs outlives the listing
                try {
                    Optional<DomainListing.ListedDomain> read = query(
                            uuid,
                            name,
                            connect -> listed.read(connect, domain, uuid),
                            () -> NativeLibvirt.virDomainFree(domain));
                    read.ifPresent(listedDomain::add);
                    if (polled && read.isEmpty()) {
                        unanswered.add(uuid);
                    }
                } catch (TimeoutException e) {
                    unanswered.add(uuid);
                } catch (LibvirtFailure e) {
                    unanswered.add(uuid);
                    failures++;
                    if (failures <= NAMED) {
                        LOG.warn("{}: can't read domain {} ({}): {}", shownUri, name, uuid, e.getMessage());
                    }
                }
            }
            if (failures > NAMED) { // a host that went away meanwhile
                LOG.warn("{}: can't read {} more domains", shownUri, failures - NAMED);
            }
        } finally {
            listed.free();
        }
        return new DomainListing(shownUri, generation, listed.askedAt(), listedDomain, unanswered);
    }

    /** Queries each of these domains in place of a listing; one that doesn't exist is left out. */
    DomainListing find(List<UUID> uuids) throws InterruptedException {
        Moment askedAt = Moment.now();
        List<DomainListing.ListedDomain> listedDomain = new ArrayList<>();
        Set<UUID> unanswered = new HashSet<>();
        for (UUID uuid : uuids) {
            try {
                find(uuid).ifPresent(listedDomain::add);
            } catch (TimeoutException e) {
                unanswered.add(uuid);
            } catch (LibvirtFailure e) {
                unanswered.add(uuid);
                LOG.warn("{}: can't read domain {}: {}", shownUri, uuid, e.getMessage());
            }
        }
        return new DomainListing(shownUri, 0, askedAt, listedDomain, unanswered);
    }

    /** Names what is late, once; what it names is named again when it answers. */
    void reportLate() {
        addWorker();
        queried().forEach(Query::reportLate);
    }

    /**
     * Drops the queries that wait, and waits for those that run.
     *
     * @return whether no query runs any more, so that nothing keeps the connection alive
     */
    boolean stop(Duration timeout) throws InterruptedException {
        List<Worker> last;
        synchronized (this) {
            stopped = true;
            last = List.copyOf(workers);
        }
        for (Query query = waiting.poll(); query != null; query = waiting.poll()) {
            query.dropped();
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean ended = true;
        for (Worker worker : last) {
            worker.thread.interrupt();
        }
        for (Worker worker : last) {
            worker.thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            ended &= !worker.thread.isAlive();
        }
        return ended;
    }

    private boolean submit(Query query, boolean urgent) {
        synchronized (this) {
            if (!stopped) {
                outstanding.incrementAndGet();
                if (urgent) {
                    waiting.addFirst(query);
                } else {
                    waiting.addLast(query);
                }
                addWorker();
                begins.run();
                return true;
            }
        }
        query.unqueried.run();
        return false;
    }

    private synchronized void addWorker() {
        if (stopped
                || waiting.isEmpty()
                || workers.size() >= MAX_THREADS
                || workers.stream().anyMatch(worker -> !worker.isSlow())) {
            return;
        }
        Worker worker = new Worker(workers.stream().noneMatch(other -> other.hasFirst));
        worker.takeConnection();
        try {
            worker.thread.start();
            workers.add(worker);
        } catch (Error e) { // no further thread: those that are there go on
            FAULTS.report(e);
            worker.releaseConnection();
        }
    }

    private synchronized List<Query> queried() {
        List<Query> current = new ArrayList<>();
        workers.forEach(worker -> Optional.ofNullable(worker.current).ifPresent(current::add));
        return current;
    }

    /** @return false when there is something to do after all */
    private synchronized boolean ends(Worker worker) {
        if (!stopped && !waiting.isEmpty()) {
            return false;
        }
        workers.remove(worker);
        return true;
    }

    /**
     * Whether it only takes turns with the first, some time after it was needed. On its own connection each domain is looked
     * up again.
     */
    private synchronized boolean leaves(Worker worker) {
        return !worker.hasFirst
                && System.nanoTime() - worker.startedAt >= IDLE.toNanos()
                && workers.stream().anyMatch(other -> other.hasFirst && !other.isSlow())
                && workers.remove(worker);
    }

    /** @param unwanted takes an answer that nobody waits for any more */
    private <T> boolean awaitReply(
            Question<T> question, Pointer connect, CompletableFuture<T> answer, Consumer<T> unwanted, Runnable end) {
        try {
            T found = question.query(connect);
            madeProgress();
            if (!answer.complete(found)) {
                unwanted.accept(found);
            }
            return true;
        } catch (LibvirtFailure e) {
            answer.completeExceptionally(e);
            return e.isNoDomain();
        } catch (RuntimeException | Error e) {
            FAULTS.report(e);
            answer.completeExceptionally(e);
            return false;
        } finally {
            end.run();
        }
    }

    /** By a worker, before whoever waits for it puts the next query: it is slow no more, and is about to take that. */
    private synchronized void madeProgress() {
        workers.stream()
                .filter(worker -> worker.thread == Thread.currentThread())
                .forEach(worker -> worker.since = System.nanoTime());
    }

    private static void drop(CompletableFuture<?> answer, Runnable end) {
        answer.completeExceptionally(LibvirtFailure.of("the connection is closing"));
        end.run();
    }

    /** A thread that runs one query after the other. */
    private final class Worker {
        private final boolean hasFirst;
        private final Thread thread = THREADS.newThread(this::run);
        private volatile @Nullable Query current;

        /** Since then it does what it does, and while it opens its connection. */
        private volatile long since = System.nanoTime();

        private volatile boolean idle;
        private final long startedAt = System.nanoTime();

        Worker(boolean hasFirst) {
            this.hasFirst = hasFirst;
        }

        /** Before the thread runs: the connection must not be freed under it. */
        void takeConnection() {
            if (hasFirst) {
                NativeLibvirt.virConnectRef(first);
            }
        }

        void releaseConnection() {
            if (hasFirst) {
                NativeLibvirt.virConnectClose(first);
            }
        }

        boolean isSlow() {
            return hasTaken(SLOW);
        }

        boolean hangs() {
            return hasTaken(DOMAIN_TIMEOUT);
        }

        private boolean hasTaken(Duration time) {
            return !idle && System.nanoTime() - since >= time.toNanos();
        }

        private void run() {
            try {
                if (hasFirst) {
                    serve(first);
                } else {
                    serveOnItsOwn();
                }
            } catch (InterruptedException e) {
                LOG.trace("{} ends", thread.getName()); // stop()
            } finally {
                releaseConnection();
                synchronized (TimeLimitedQueries.this) {
                    workers.remove(this);
                }
            }
        }

        private void serveOnItsOwn() throws InterruptedException {
            try {
                NativeConnect own = new NativeConnect(uri);
                try {
                    own.keepAlive(config);
                    serve(own.raw());
                } finally {
                    own.close();
                }
            } catch (LibvirtFailure e) {
                LOG.debug("{}: no connection for more questions: {}", shownUri, e.getMessage());
            } catch (LibvirtException e) {
                LOG.debug(
                        "{}: no connection for more questions: {}",
                        shownUri,
                        LibvirtFailure.of(e).getMessage());
            }
        }

        /** Until nothing has come for a while, or the connection is dead. */
        private void serve(Pointer connect) throws InterruptedException {
            boolean goesOn = true;
            while (goesOn) {
                idle = true;
                Query query = waiting.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
                if (query == null) {
                    goesOn = !ends(this);
                } else {
                    since = System.nanoTime();
                    idle = false;
                    query(query, connect);
                    goesOn = NativeLibvirt.virConnectIsAlive(connect) != 0 && !leaves(this);
                }
            }
        }

        private void query(Query query, Pointer connect) {
            query.begunAt = System.nanoTime();
            current = query;
            boolean answered = false;
            try {
                answered = query.work.run(connect);
            } finally {
                current = null;
                outstanding.decrementAndGet();
                query.ended(answered);
            }
        }
    }

    /** One question. */
    private final class Query {
        private final @Nullable UUID uuid;
        private final String name;
        private final Work work;
        private final Runnable unqueried;
        private volatile long begunAt;
        private volatile boolean abandoned;
        private boolean reported;

        /** @param uuid null for a listing */
        Query(@Nullable UUID uuid, String name, Work work, Runnable unqueried) {
            this.uuid = uuid;
            this.name = name;
            this.work = work;
            this.unqueried = unqueried;
        }

        /** It was taken out again, and is not run. */
        void dropped() {
            outstanding.decrementAndGet();
            unqueried.run();
        }

        boolean isLate() {
            return abandoned || elapsed().compareTo(uuid == null ? LISTING_TIMEOUT : DOMAIN_TIMEOUT) >= 0;
        }

        private Duration elapsed() {
            return Duration.ofNanos(System.nanoTime() - begunAt);
        }

        synchronized void reportLate() {
            if (reported || !isLate()) {
                return;
            }
            reported = true;
            if (uuid == null) {
                LOG.warn(
                        "{}: the daemon doesn't list its domains: it hangs, or one of them is locked. A hook, a start that"
                                + " takes long or storage that doesn't answer may be why; until it lists them, those that"
                                + " are known are queried one by one",
                        shownUri);
            } else {
                LOG.warn(
                        "{}: domain {} is locked: the daemon doesn't answer about it. A hook, a start that takes long or"
                                + " storage that doesn't answer may be why; nothing about it is published until it answers",
                        shownUri,
                        subject());
            }
        }

        private synchronized void ended(boolean answered) {
            if (!reported || !answered) {
                return;
            }
            if (uuid == null) {
                LOG.info(
                        "{}: the daemon lists its domains again, after {} s",
                        shownUri,
                        elapsed().toSeconds());
            } else {
                LOG.info(
                        "{}: domain {} answers again, after {} s",
                        shownUri,
                        subject(),
                        elapsed().toSeconds());
                answersAgain.run();
            }
        }

        private String subject() {
            return name.isEmpty() ? String.valueOf(uuid) : name + " (" + uuid + ")";
        }
    }
}
