package org.vmeventagent.recorder;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.inventory.DomainKey;
import org.vmeventagent.inventory.KnownDomain;
import org.vmeventagent.inventory.KnownDomainText;
import org.vmeventagent.store.Batch;
import org.vmeventagent.store.InventoryRow;
import org.vmeventagent.store.OutboxRow;

/** What the next commit is to contain. The recorder's thread owns it. */
final class Page {
    private final List<OutboxRow> rows = new ArrayList<>();
    private final Map<String, Changed> changed = new LinkedHashMap<>();

    private final Map<String, Long> counted = new LinkedHashMap<>();
    private final List<String> forgotten = new ArrayList<>();
    private long dropUpTo;

    /** @param metadata null where what is kept stays */
    private record Changed(KnownDomain domain, @Nullable String metadata) {}

    void add(OutboxRow row) {
        rows.add(row);
    }

    /** The last word on a domain counts; its metadata stays the last that was read. */
    void keep(KnownDomain domain, @Nullable String metadata) {
        changed.merge(
                KnownDomainText.key(domain.key()),
                new Changed(domain, metadata),
                (earlier, later) -> later.metadata() == null ? new Changed(later.domain(), earlier.metadata()) : later);
    }

    /** Keeps a number under a name. */
    void count(String name, long value) {
        counted.put(name, value);
    }

    /** Deletes what is kept of these domains. */
    void forget(List<DomainKey> keys) {
        keys.forEach(key -> forgotten.add(KnownDomainText.key(key)));
    }

    /** Gives up what the outbox holds up to this number. */
    void drop(long upTo) {
        dropUpTo = upTo;
    }

    boolean isEmpty() {
        return rows.isEmpty() && changed.isEmpty() && counted.isEmpty() && forgotten.isEmpty() && dropUpTo == 0;
    }

    /** The notifications in order. */
    List<OutboxRow> rows() {
        return List.copyOf(rows);
    }

    Batch batch(boolean keepOutbox, Map<String, Long> counters) {
        List<InventoryRow> kept = new ArrayList<>(changed.size());
        changed.forEach((key, domain) ->
                kept.add(new InventoryRow(key, KnownDomainText.write(domain.domain()), domain.metadata())));
        if (!rows.isEmpty()) {
            counted.putAll(counters);
        }
        return new Batch(keepOutbox ? rows : List.of(), kept, forgotten, counted, dropUpTo);
    }
}
