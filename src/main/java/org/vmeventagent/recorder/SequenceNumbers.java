package org.vmeventagent.recorder;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.store.Store;
import org.vmeventagent.time.AgentClock;
import org.vmeventagent.time.Moment;

/**
 * Numbers the notifications of a stream. A number is taken only when its notification is written, so that none is
 * missing. The recorder's thread owns it.
 */
final class SequenceNumbers {
    /** The counter that keeps the last notification's label, in milliseconds since 1970. */
    private static final String OBSERVED_AT = "observed_at";

    private final UUID stream;
    private final Supplier<UUID> ids;
    private long sequence;
    private Moment observedAt;

    SequenceNumbers(Store store, Supplier<UUID> ids, AgentClock clock) {
        this.stream = store.stream();
        this.ids = ids;
        this.sequence = store.lastSequence();
        this.observedAt = clock.earlier(Instant.ofEpochMilli(store.counter(OBSERVED_AT)));
    }

    /** The stamp of the next notification; the same number again until it is {@link #taken}. */
    NotificationIds next(long previousSequence, Moment observed) {
        return new NotificationIds(
                stream,
                sequence + 1,
                previousSequence,
                ids.get(),
                ids.get(),
                !observed.stepSince(observedAt).isZero());
    }

    void taken(NotificationIds ids, Moment observed) {
        sequence = ids.sequence();
        observedAt = observed;
    }

    /** When the notification before was observed; before the first, long ago. */
    Moment observedAt() {
        return observedAt;
    }

    /** To be committed with the notifications. */
    Map<String, Long> counters() {
        return Map.of(Store.SEQUENCE, sequence, OBSERVED_AT, observedAt.wall().toEpochMilli());
    }
}
