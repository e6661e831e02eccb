package org.vmeventagent.libvirt;

import com.sun.jna.Pointer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.system.FaultLog;
import org.vmeventagent.time.Moment;

/**
 * The metadata look-ups of one connection: started by a callback, done by {@link DomainReader} on the threads of {@link
 * TimeLimitedQueries}, answered by a future that never fails.
 *
 * <p>One domain has one look-up at a time, so one that hangs (a locked domain) costs one thread. An event that comes
 * while its domain's look-up still waits for a thread shares that; one that comes while it runs gets the next, begun
 * when the running one is done: an answer is never older than its event.
 */
final class MetadataLookups {
    private static final int MAX_WAITING = 4096;
    private static final FaultLog FAULTS = new FaultLog("Looking up a domain's metadata");

    private final TimeLimitedQueries queries;
    private final Pointer connect;

    /** UUIDs that gave an answer in this connection. */
    private final Set<UUID> known = ConcurrentHashMap.newKeySet();

    /** The running or waiting look-up of each domain; guarded by this. */
    private final Map<UUID, Lookup> outstanding = new HashMap<>();

    private boolean stopped;

    /** @param connect of the domains that events are about */
    MetadataLookups(TimeLimitedQueries queries, Pointer connect) {
        this.queries = queries;
        this.connect = connect;
    }

    /**
     * Called in the callback, while the domain is valid: takes a reference, so that libvirt is not queried here.
     *
     * @return null when no look-up is due, the domain is late to answer, or too many wait
     */
    @Nullable CompletableFuture<LookupResult> startIfDue(
            Pointer domain, UUID uuid, EventKind kind, @Nullable EnumValue type, @Nullable EnumValue detail) {
        if (isDue(kind, type, detail) || !known.contains(uuid)) {
            return start(domain, uuid);
        }
        return null;
    }

    private static boolean isDue(EventKind kind, @Nullable EnumValue type, @Nullable EnumValue detail) {
        if (type == null || detail == null) {
            return kind == EventKind.METADATA_CHANGE;
        }
        return type.is("defined") || type.is("started") || (type.is("stopped") && detail.is("migrated"));
    }

    private synchronized @Nullable CompletableFuture<LookupResult> start(Pointer domain, UUID uuid) {
        if (stopped) {
            return null;
        }
        Lookup present = outstanding.get(uuid);
        if (present == null) {
            if (queries.isLate(uuid)) {
                return null;
            }
            Lookup first = new Lookup(domain, uuid);
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
            present.next = new Lookup(domain, uuid);
        }
        return present.next.answer;
    }

    private boolean submit(Lookup lookup) {
        if (queries.waiting() >= MAX_WAITING) {
            lookup.fail();
            return false;
        }
        return queries.start(lookup.uuid, lookup.name, lookup::run, lookup::fail);
    }

    private synchronized void begin(Lookup lookup) {
        lookup.begun = true;
    }

    private synchronized void done(Lookup lookup) {
        outstanding.remove(lookup.uuid);
        Lookup next = lookup.next;
        if (next == null) {
            return;
        }
        if (stopped) {
            next.fail();
        } else if (submit(next)) {
            outstanding.put(next.uuid, next);
        }
    }

    /** The domains of a listing gave their answers; all others are unknown again, so that this doesn't grow. */
    void listed(Collection<UUID> uuids) {
        known.retainAll(Set.copyOf(uuids));
        known.addAll(uuids);
    }

    /** Nothing begins any more; what waits is answered as failed when the queries stop. */
    synchronized void stop() {
        stopped = true;
    }

    /** One look-up; begun and next are guarded by the MetadataLookups. */
    private final class Lookup {
        private final Pointer domain;
        private final UUID uuid;
        private final String name;
        private final CompletableFuture<LookupResult> answer = new CompletableFuture<>();
        private boolean begun;
        private @Nullable Lookup next;

        Lookup(Pointer domain, UUID uuid) {
            NativeLibvirt.virDomainRef(domain);
            this.domain = domain;
            this.uuid = uuid;
            this.name = DomainReader.name(domain);
        }

        boolean run(Pointer own) {
            begin(this);
            LookupResult lookup = new LookupResult(LookupResult.Status.FAILED, null, Moment.now());
            try {
                lookup = DomainReader.lookup(own, uuid, own.equals(connect) ? domain : null);
            } catch (RuntimeException | Error e) {
                FAULTS.report(e);
            } finally {
                NativeLibvirt.virDomainFree(domain);
                if (lookup.status() == LookupResult.Status.METADATA
                        || lookup.status() == LookupResult.Status.NO_METADATA) {
                    known.add(uuid);
                }
                answer.complete(lookup);
                done(this);
            }
            return lookup.status() != LookupResult.Status.FAILED;
        }

        void fail() {
            NativeLibvirt.virDomainFree(domain);
            answer.complete(new LookupResult(LookupResult.Status.FAILED, null, Moment.now()));
        }
    }
}
