package org.vmeventagent.recorder;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.notification.AgentEvent;
import org.vmeventagent.store.Store;
import org.vmeventagent.system.ProcessMemory;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/**
 * What is done by the clock and concerns no event: removed domains, audits, signs of life, old tombstones, free memory. The
 * recorder's thread owns it.
 */
final class PeriodicTasks {
    private static final Duration FORGET = Duration.ofHours(1);

    /** How often removed domains are looked up at most; after a storm there are thousands to check. */
    private static final Duration CHECK = Duration.ofMillis(500);

    private static final Duration COUNT = Duration.ofSeconds(5);

    /** A start and a storm leave memory free; the start's is over soon. */
    private static final Duration TRIM = Duration.ofMinutes(1);

    private static final Duration FIRST_TRIM = Duration.ofSeconds(5);

    private final ResyncConfig config;
    private final Inventory inventory;
    private final Store store;
    private final AgentClock clock;
    private final TransitionSink sink;
    private final AgentMetrics metrics;
    private final ProcessMemory memory = new ProcessMemory();
    private final long begun;
    private long nextAudit;
    private long nextHeartbeat;
    private long nextForgetting;
    private long nextCheck;
    private long nextCount;
    private long nextTrim;

    PeriodicTasks(
            ResyncConfig config,
            Inventory inventory,
            Store store,
            AgentClock clock,
            TransitionSink sink,
            AgentMetrics metrics) {
        this.config = config;
        this.inventory = inventory;
        this.store = store;
        this.clock = clock;
        this.sink = sink;
        this.metrics = metrics;
        this.begun = clock.now().nanos();
        this.nextForgetting = begun;
        this.nextCheck = begun;
        this.nextCount = begun;
        this.nextTrim = begun + FIRST_TRIM.toNanos();
        this.nextAudit = begun + config.first(config.auditInterval()).toNanos();
        this.nextHeartbeat = begun + config.first(config.heartbeatInterval()).toNanos();
    }

    /** How long until an audit or a sign of life is due, {@code most} at most. */
    long nanosUntilDue(long now, long most) {
        long until = config.auditInterval().isZero() ? most : Math.min(most, nextAudit - now);
        return config.heartbeatInterval().isZero() ? until : Math.min(until, nextHeartbeat - now);
    }

    void tick() {
        Moment moment = clock.now();
        long now = moment.nanos();
        if (nextCheck - now <= 0) {
            nextCheck = now + Math.min(CHECK.toNanos(), config.removedGrace().toNanos());
            inventory.removed(config.removedGrace(), moment).forEach(sink::record);
        }
        if (!config.auditInterval().isZero() && nextAudit - now <= 0) {
            nextAudit = now + config.auditInterval().toNanos();
            inventory.audit(moment).forEach(sink::record);
        }
        if (!config.heartbeatInterval().isZero() && nextHeartbeat - now <= 0) {
            nextHeartbeat = now + config.heartbeatInterval().toNanos();
            sink.publish(heartbeat(now, moment));
        }
        if (metrics != AgentMetrics.NONE && nextCount - now <= 0) {
            nextCount = now + COUNT.toNanos();
            metrics.domains(byState());
        }
        if (nextTrim - now <= 0) {
            nextTrim = now + TRIM.toNanos();
            memory.giveBack();
        }
        if (nextForgetting - now <= 0) {
            nextForgetting = now + FORGET.toNanos();
            // Drops of a removed domain are reported by its tombstone; what waits may be dropped yet.
            if (!store.hasUnreportedDrops()) {
                sink.forget(inventory.forget(config.tombstoneAge(), moment, store.firstWaiting()));
            }
        }
    }

    /** How many domains exist. */
    private Map<String, Integer> byState() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (DomainState state : DomainState.values()) {
            if (state != DomainState.UNDEFINED) {
                counts.put(state.text(), 0);
            }
        }
        for (KnownDomain domain : inventory.domains()) {
            counts.computeIfPresent(domain.lifecycle().state().text(), (state, count) -> count + 1);
        }
        return counts;
    }

    private AgentEvent heartbeat(long now, Moment moment) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("uptime_s", Duration.ofNanos(now - begun).toSeconds());
        fields.put(
                "domains",
                byState().values().stream().mapToLong(Integer::longValue).sum());
        fields.put("outbox_depth", store.depth());
        return new AgentEvent("heartbeat", false, moment, fields);
    }
}
