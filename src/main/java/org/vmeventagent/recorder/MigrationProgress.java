package org.vmeventagent.recorder;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.time.AgentClock;

/**
 * How far live migrations are that leave this host: from the first iteration on libvirt is queried, at most every 5 s for a
 * domain, until the job is over. Off, and without a query, where nobody wants it. The recorder's thread owns it.
 */
final class MigrationProgress {
    private static final Duration PAUSE = Duration.ofSeconds(5);

    /** Queries in a row without an answer, after which the connection is gone or the domain hangs. */
    private static final int MAX_UNANSWERED = 3;

    private final LibvirtQueries queries;
    private final Inventory inventory;
    private final TransitionSink sink;
    private final AgentClock clock;
    private final Map<DomainKey, Watch> watched = new LinkedHashMap<>();

    /**
     * A migration that goes on.
     *
     * @param dueAt when to query again, by {@link System#nanoTime}
     * @param unanswered queries since the last answer
     */
    private record Watch(long dueAt, int unanswered) {}

    MigrationProgress(LibvirtQueries queries, Inventory inventory, TransitionSink sink, AgentClock clock) {
        this.queries = queries;
        this.inventory = inventory;
        this.sink = sink;
        this.clock = clock;
    }

    /** QEMU begins to send what has changed of the guest's memory since it began the last time. */
    void iterated(DomainKey key) {
        if (sink.wants(Transition.MIGRATION_PROGRESS) && !watched.containsKey(key)) {
            query(key, new Watch(0, 0));
        }
    }

    /** Whether a migration is under way. */
    boolean isWaiting() {
        return !watched.isEmpty();
    }

    void tick() {
        long now = System.nanoTime();
        for (Map.Entry<DomainKey, Watch> each : List.copyOf(watched.entrySet())) {
            if (now - each.getValue().dueAt() >= 0) {
                query(each.getKey(), each.getValue());
            }
        }
    }

    private void query(DomainKey key, Watch watch) {
        if (watch.unanswered() == MAX_UNANSWERED) {
            watched.remove(key);
            return;
        }
        watched.put(key, new Watch(System.nanoTime() + PAUSE.toNanos(), watch.unanswered() + 1));
        queries.queryJob(key.connectionUri(), key.uuid(), false);
    }

    /** libvirt has answered about a job that goes on; without parameters there is none. */
    void receive(LibvirtInput.JobStatistics job) {
        DomainKey key = new DomainKey(job.connectionUri(), job.uuid());
        Watch watch = watched.get(key);
        if (watch == null) {
            return;
        }
        boolean leaves = job.parameters().get("operation") instanceof EnumValue operation
                && operation.is("migration_out")
                && sink.wants(Transition.MIGRATION_PROGRESS);
        if (!leaves) {
            watched.remove(key); // a save iterates, too
            return;
        }
        watched.put(key, new Watch(watch.dueAt(), 0));
        inventory.progress(key, job.parameters(), clock.now()).ifPresent(sink::record);
    }
}
