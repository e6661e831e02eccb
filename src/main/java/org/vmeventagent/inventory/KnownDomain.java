package org.vmeventagent.inventory;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.time.Moment;

/**
 * A domain as the inventory keeps it, with its identity also when the domain is gone.
 *
 * @param name libvirt's name, {@code instance-0000002a}
 * @param instance null for a domain without Nova metadata, or whose metadata was never seen
 * @param metadataReadAt when that was read; null when it never was
 * @param lastObservation what a listing is compared with
 * @param removal since it is undefined; null while it is not
 * @param interruption what is to be published once it is over; null for nothing
 * @param seenInGeneration the generation of the connection its last event came through; 0 for none in this process
 * @param lastSequence of its last notification; 0 before the first
 */
public record KnownDomain(
        DomainKey key,
        String name,
        Lifecycle lifecycle,
        @Nullable Instance instance,
        @Nullable Moment metadataReadAt,
        LastObservation lastObservation,
        @Nullable Removal removal,
        @Nullable Interruption interruption,
        long seenInGeneration,
        long lastSequence) {

    /**
     * What was seen of a domain beside its state.
     *
     * @param certainAt when its state was last certain: at the last event that reports it, or when a listing last agreed;
     *     null for never
     * @param lastEventAt when its last event came, with its state or without; null for none
     * @param cpuTime nanoseconds used by this incarnation when a listing last said so
     * @param managedSaveSeen whether a managed save image was seen since it was saved
     */
    public record LastObservation(
            @Nullable Moment certainAt, @Nullable Moment lastEventAt, long cpuTime, boolean managedSaveSeen) {
        static final LastObservation NONE = new LastObservation(null, null, 0, false);
    }

    /**
     * Being undefined, which alone means nothing: Nova undefines and defines at every start.
     *
     * @param at when it was undefined
     * @param origin how that was known
     * @param reason why, as far as that was seen
     * @param removed whether it was published as removed; from then on the row is a tombstone
     */
    public record Removal(Moment at, Origin origin, Reason reason, boolean removed) {
        /** Why a domain is gone from this host. */
        public enum Reason {
            /** libvirt reported its end here: its definition was removed, or it had none and its process ended. */
            DELETED,
            /** It went to another host. */
            MIGRATED,
            /** It was to come from another host, where it goes on: the migration failed or was aborted. */
            MIGRATION_FAILED,
            /** A comparison found it gone. It may have been deleted, or be on another host. */
            UNKNOWN;

            public String text() {
                return name().toLowerCase(Locale.ROOT);
            }

            private static Reason of(KnownDomain before, Origin origin, @Nullable Cause cause) {
                boolean left = before.lifecycle.phase() == Lifecycle.Phase.LEAVING
                        && !before.lifecycle.state().isActive();
                if (left || cause == Cause.MIGRATED_OUT) {
                    return MIGRATED;
                }
                if (origin != Origin.EVENT) {
                    return UNKNOWN;
                }
                return before.lifecycle.phase() == Lifecycle.Phase.ARRIVING ? MIGRATION_FAILED : DELETED;
            }
        }

        /**
         * Undefined is departing, from the moment on in which it became so; null for anything else.
         *
         * @param cause of the transition that made it so
         */
        static @Nullable Removal of(
                KnownDomain before, Lifecycle after, Moment at, Origin origin, @Nullable Cause cause) {
            if (after.state() != DomainState.UNDEFINED) {
                return null;
            }
            if (before.removal != null || before.lifecycle.state() == DomainState.UNDEFINED) {
                return before.removal;
            }
            return new Removal(at, origin, Reason.of(before, origin, cause), false);
        }

        Removal asRemoved() {
            return new Removal(at, origin, reason, true);
        }
    }

    static KnownDomain unknown(DomainKey key, String name) {
        return new KnownDomain(key, name, Lifecycle.NONE, null, null, LastObservation.NONE, null, null, 0, 0);
    }

    /** Whether the identity is that of a domain which is gone from this host. */
    boolean isTombstone() {
        return removal != null && removal.removed();
    }

    /** Whether it went to another host, as far as is known, and didn't come back: what it does now is for that host to say. */
    public boolean isElsewhere() {
        return !lifecycle.state().isActive()
                && (lifecycle.phase() == Lifecycle.Phase.LEAVING
                        || (removal != null && removal.reason() == Removal.Reason.MIGRATED));
    }

    KnownDomain withLifecycle(
            String nameNow, Lifecycle lifecycleNow, LastObservation observationNow, @Nullable Removal removalNow) {
        return new KnownDomain(
                key,
                nameNow,
                lifecycleNow,
                instance,
                metadataReadAt,
                observationNow,
                removalNow,
                interruption,
                seenInGeneration,
                lastSequence);
    }

    KnownDomain seenInGeneration(long generation) {
        return new KnownDomain(
                key,
                name,
                lifecycle,
                instance,
                metadataReadAt,
                lastObservation,
                removal,
                interruption,
                generation,
                lastSequence);
    }

    KnownDomain identified(@Nullable Instance instanceNow, Moment readAt) {
        return new KnownDomain(
                key,
                name,
                lifecycle,
                instanceNow,
                readAt,
                lastObservation,
                removal,
                interruption,
                seenInGeneration,
                lastSequence);
    }

    /** With what waits for its end now. */
    KnownDomain interrupted(Interruption now) {
        return new KnownDomain(
                key,
                name,
                lifecycle,
                instance,
                metadataReadAt,
                lastObservation,
                removal,
                now.isNone() ? null : now,
                seenInGeneration,
                lastSequence);
    }

    /** With the number of its newest notification. */
    public KnownDomain published(long sequence) {
        return new KnownDomain(
                key,
                name,
                lifecycle,
                instance,
                metadataReadAt,
                lastObservation,
                removal,
                interruption,
                seenInGeneration,
                sequence);
    }
}
