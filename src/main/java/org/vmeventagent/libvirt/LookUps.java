package org.vmeventagent.libvirt;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.Code;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.Look;
import org.vmeventagent.system.FaultLog;
import org.vmeventagent.system.Threads;
import org.vmeventagent.time.Moment;

/**
 * The metadata look-ups of one connection: started by a callback, done on at most four threads (the daemon takes five
 * requests of a client at a time), answered by a future that never fails.
 *
 * <p>One domain has one look-up at a time, so one that hangs (a locked domain) costs one thread. An event that comes
 * while its domain's look-up still waits for a thread shares that; one that comes while it runs gets the next, begun
 * when the running one is done: an answer is never older than its event.
 */
final class LookUps {
    static final int THREADS = 4;

    /** A thread without work for so long ends; the next look-up makes another. */
    private static final Duration IDLE = Duration.ofSeconds(30);

    private static final int MOST_WAITING = 4096;
    private static final ThreadFactory FACTORY = Threads.factory("libvirt-lookup-");
    private static final FaultLog FAULTS = new FaultLog("Looking up a domain's metadata");

    private final ThreadPoolExecutor pool;

    /** UUIDs that gave an answer in this connection. */
    private final Set<UUID> known = ConcurrentHashMap.newKeySet();

    /** The running or waiting look-up of each domain; guarded by this. */
    private final Map<UUID, LookUp> outstanding = new HashMap<>();

    private boolean stopped;

    LookUps() {
        pool = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE.toSeconds(), TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), FACTORY);
        pool.allowCoreThreadTimeOut(true);
    }

    /**
     * Called in the callback, while the domain is valid: takes a reference, so that nothing is asked of libvirt here.
     *
     * @return null when no look-up is due, or too many wait
     */
    @Nullable Future<Look> startIfDue(Pointer domain, UUID uuid, EventKind kind, @Nullable Code type, @Nullable Code detail) {
        if (isDue(kind, type, detail) || !known.contains(uuid)) {
            return start(domain, uuid);
        }
        return null;
    }

    private static boolean isDue(EventKind kind, @Nullable Code type, @Nullable Code detail) {
        if (type == null || detail == null) {
            return kind == EventKind.METADATA_CHANGE;
        }
        return type.is("defined") || type.is("started") || (type.is("stopped") && detail.is("migrated"));
    }

    private synchronized @Nullable Future<Look> start(Pointer domain, UUID uuid) {
        if (stopped) {
            return null;
        }
        LookUp present = outstanding.get(uuid);
        if (present == null) {
            LookUp first = new LookUp(domain, uuid);
            if (!submit(first)) {
                return null;
            }
            outstanding.put(uuid, first);
            return first.answer;
        }
        if (!present.begun) {
            return present.answer;
        }
        if (present.next == null) {
            present.next = new LookUp(domain, uuid);
        }
        return present.next.answer;
    }

    private boolean submit(LookUp lookUp) {
        try {
            pool.execute(lookUp);
            return true;
        } catch (RejectedExecutionException e) {
            lookUp.giveUp();
            return false;
        } catch (Error e) { // no thread for it; the event goes on without
            FAULTS.report(e);
            lookUp.giveUp();
            return false;
        }
    }

    private synchronized void begin(LookUp lookUp) {
        lookUp.begun = true;
    }

    private synchronized void done(LookUp lookUp) {
        outstanding.remove(lookUp.uuid);
        LookUp next = lookUp.next;
        if (next == null) {
            return;
        }
        if (stopped) {
            next.giveUp();
        } else if (submit(next)) {
            outstanding.put(next.uuid, next);
        }
    }

    /** The domains of a listing gave their answers; all others are unknown again, so that this doesn't grow. */
    void listed(Collection<UUID> uuids) {
        known.retainAll(Set.copyOf(uuids));
        known.addAll(uuids);
    }

    /**
     * Answers what waits as failed and waits for what runs.
     *
     * @return whether all are done, so that no domain keeps the connection alive
     */
    boolean stop(Duration patience) throws InterruptedException {
        synchronized (this) {
            stopped = true;
        }
        for (Runnable waiting : pool.shutdownNow()) {
            ((LookUp) waiting).giveUp();
        }
        return pool.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** One look-up; begun and next are guarded by the LookUps. */
    private final class LookUp implements Runnable {
        private final Pointer domain;
        private final UUID uuid;
        private final CompletableFuture<Look> answer = new CompletableFuture<>();
        private boolean begun;
        private @Nullable LookUp next;

        LookUp(Pointer domain, UUID uuid) {
            LibvirtCalls.virDomainRef(domain);
            this.domain = domain;
            this.uuid = uuid;
        }

        @Override
        public void run() {
            begin(this);
            Look look = new Look(Look.Answer.FAILED, null, Moment.now());
            try {
                look = DomainReader.look(domain);
            } catch (RuntimeException | Error e) {
                FAULTS.report(e);
            } finally {
                LibvirtCalls.virDomainFree(domain);
                if (look.answer() == Look.Answer.METADATA || look.answer() == Look.Answer.NO_METADATA) {
                    known.add(uuid);
                }
                answer.complete(look);
                done(this);
            }
        }

        void giveUp() {
            LibvirtCalls.virDomainFree(domain);
            answer.complete(new Look(Look.Answer.FAILED, null, Moment.now()));
        }
    }
}
