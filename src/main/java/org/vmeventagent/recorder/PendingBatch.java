package org.vmeventagent.recorder;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.KnownDomainCodec;
import org.vmeventagent.store.Batch;
import org.vmeventagent.store.ConnectionRow;
import org.vmeventagent.store.DroppedRows;
import org.vmeventagent.store.InventoryRow;
import org.vmeventagent.store.OutboxEntry;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.time.AgentClock;

/** What the next commit is to contain. The recorder's thread owns it. */
final class PendingBatch {
    /** One commit has so many notifications, and a little more. */
    static final int MAX_ROWS = 256;

    /** Or so many bytes of them; a notification has 2 to 3 KB as a rule. */
    private static final int MAX_BYTES = 1 << 20;

    /** Or changes so many domains. */
    private static final int MAX_CHANGED = 1024;

    private int bytes;
    private final List<OutboxEntry> rows = new ArrayList<>();
    private final Map<String, Changed> changed = new LinkedHashMap<>();

    private final Map<String, ConnectionRow> connections = new LinkedHashMap<>();
    private final Map<String, Long> counted = new LinkedHashMap<>();
    private final List<String> forgotten = new ArrayList<>();
    private DroppedRows reportedDrops = DroppedRows.NONE;

    /** @param metadata null where what is kept stays */
    private record Changed(KnownDomain domain, @Nullable String metadata) {}

    void add(OutboxEntry row) {
        rows.add(row);
        bytes += row.row().body().length;
    }

    /** Whether it should be committed before more comes to it, however little of the input that covers. */
    boolean isFull() {
        return rows.size() >= MAX_ROWS || bytes >= MAX_BYTES || changed.size() >= MAX_CHANGED;
    }

    /** The last word on a domain counts; its metadata stays the last that was read. */
    void keep(KnownDomain domain, @Nullable String metadata) {
        changed.merge(
                KnownDomainCodec.key(domain.key()),
                new Changed(domain, metadata),
                (earlier, later) -> later.metadata() == null ? new Changed(later.domain(), earlier.metadata()) : later);
    }

    void keep(ConnectionRow row) {
        connections.put(row.uri(), row);
    }

    /** Keeps a number under a name. */
    void count(String name, long value) {
        counted.put(name, value);
    }

    /** Deletes what is kept of these domains. */
    void forget(List<DomainKey> keys) {
        keys.forEach(key -> forgotten.add(KnownDomainCodec.key(key)));
    }

    /** The rows report these drops. */
    void reported(DroppedRows dropped) {
        reportedDrops = dropped;
    }

    boolean isEmpty() {
        return rows.isEmpty()
                && changed.isEmpty()
                && connections.isEmpty()
                && counted.isEmpty()
                && forgotten.isEmpty()
                && reportedDrops.isEmpty();
    }

    /** The notifications in order. */
    List<OutboxRow> rows() {
        return rows.stream().map(OutboxEntry::row).toList();
    }

    Batch batch(boolean keepOutbox, Map<String, Long> counters, AgentClock clock) {
        List<InventoryRow> kept = new ArrayList<>(changed.size());
        changed.forEach((key, domain) ->
                kept.add(new InventoryRow(key, KnownDomainCodec.write(domain.domain(), clock), domain.metadata())));
        if (!rows.isEmpty()) {
            counted.putAll(counters);
        }
        counted.put(Store.RAN, clock.ran());
        return new Batch(
                keepOutbox ? rows : List.of(),
                kept,
                forgotten,
                List.copyOf(connections.values()),
                counted,
                reportedDrops);
    }
}
