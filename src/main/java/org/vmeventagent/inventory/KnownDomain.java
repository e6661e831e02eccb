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
 * @param evidence what a listing is compared with
 * @param departure since it is undefined; null while it is not
 * @param heardIn the generation of the connection its last event came through; 0 for none in this process
 * @param lastSequence of its last notification; 0 before the first
 */
public record KnownDomain(
        DomainKey key,
        String name,
        Life life,
        @Nullable Instance instance,
        @Nullable Moment metadataReadAt,
        Evidence evidence,
        @Nullable Departure departure,
        long heardIn,
        long lastSequence) {

    /**
     * What was seen of a domain beside its state.
     *
     * @param certainAt when its state was last certain: at the last event that tells it, or when a listing last agreed;
     *     null for never
     * @param heardAt when its last event came, told it the state or not; null for none
     * @param cpuTime nanoseconds used by this incarnation when a listing last said so
     * @param managedSaveSeen whether a managed save image was seen since it was saved
     */
    public record Evidence(
            @Nullable Moment certainAt, @Nullable Moment heardAt, long cpuTime, boolean managedSaveSeen) {
        static final Evidence NONE = new Evidence(null, null, 0, false);
    }

    /**
     * Being undefined, which alone means nothing: Nova undefines and defines at every start.
     *
     * @param at when it was undefined
     * @param origin how that was known
     * @param reason why, as far as that was seen
     * @param removed whether it was told as removed; from then on the row is a tombstone
     */
    public record Departure(Moment at, Origin origin, Reason reason, boolean removed) {
        /** Why a domain is gone from this host. */
        public enum Reason {
            /** libvirt told of its end here: its definition was removed, or it had none and its process ended. */
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
                boolean left = before.life.phase() == Life.Phase.LEAVING
                        && !before.life.state().isActive();
                if (left || cause == Cause.MIGRATED_OUT) {
                    return MIGRATED;
                }
                if (origin != Origin.EVENT) {
                    return UNKNOWN;
                }
                return before.life.phase() == Life.Phase.ARRIVING ? MIGRATION_FAILED : DELETED;
            }
        }

        /**
         * Undefined is departing, from the moment on in which it became so; null for anything else.
         *
         * @param cause of the transition that made it so
         */
        static @Nullable Departure of(KnownDomain before, Life after, Moment at, Origin origin, @Nullable Cause cause) {
            if (after.state() != DomainState.UNDEFINED) {
                return null;
            }
            if (before.departure != null || before.life.state() == DomainState.UNDEFINED) {
                return before.departure;
            }
            return new Departure(at, origin, Reason.of(before, origin, cause), false);
        }

        Departure asRemoved() {
            return new Departure(at, origin, reason, true);
        }
    }

    static KnownDomain unknown(DomainKey key, String name) {
        return new KnownDomain(key, name, Life.NONE, null, null, Evidence.NONE, null, 0, 0);
    }

    /** Whether the identity is that of a domain which is gone from this host. */
    boolean isTombstone() {
        return departure != null && departure.removed();
    }

    KnownDomain lives(String nameNow, Life lifeNow, Evidence evidenceNow, @Nullable Departure departureNow) {
        return new KnownDomain(
                key, nameNow, lifeNow, instance, metadataReadAt, evidenceNow, departureNow, heardIn, lastSequence);
    }

    KnownDomain heardIn(long generation) {
        return new KnownDomain(
                key, name, life, instance, metadataReadAt, evidence, departure, generation, lastSequence);
    }

    KnownDomain identified(@Nullable Instance instanceNow, Moment readAt) {
        return new KnownDomain(key, name, life, instanceNow, readAt, evidence, departure, heardIn, lastSequence);
    }

    /** With the number of its newest notification. */
    public KnownDomain published(long sequence) {
        return new KnownDomain(key, name, life, instance, metadataReadAt, evidence, departure, heardIn, sequence);
    }
}
