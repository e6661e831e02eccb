package org.vmeventagent.recorder;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.vmeventagent.notification.Stamp;
import org.vmeventagent.store.Store;

/**
 * Numbers the notifications of a stream. A number is taken only when its notification is written, so that none is
 * missing. The recorder's thread owns it.
 */
final class Stamps {
    /** A clock may be corrected by this much without a word. */
    private static final Duration STEP = Duration.ofSeconds(1);
    /** The counter that keeps the last notification's time, in milliseconds since 1970. */
    private static final String OBSERVED_AT = "observed_at";

    private final UUID stream;
    private final Supplier<UUID> ids;
    private long sequence;
    private Instant observedAt;

    Stamps(Store store, Supplier<UUID> ids) {
        this.stream = store.stream();
        this.ids = ids;
        this.sequence = store.lastSequence();
        this.observedAt = Instant.ofEpochMilli(store.counter(OBSERVED_AT));
    }

    /** The stamp of the next notification; the same number again until it is {@link #taken}. */
    Stamp next(long previousSequence, Instant observed) {
        return new Stamp(
                stream,
                sequence + 1,
                previousSequence,
                ids.get(),
                ids.get(),
                observed.isBefore(observedAt.minus(STEP)));
    }

    void taken(Stamp stamp, Instant observed) {
        sequence = stamp.sequence();
        observedAt = observed;
    }

    /** To be committed with the notifications. */
    Map<String, Long> counters() {
        return Map.of(Store.SEQUENCE, sequence, OBSERVED_AT, observedAt.toEpochMilli());
    }
}
