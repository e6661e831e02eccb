package org.vmeventagent.inventory;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.nova.MetadataReader;
import org.vmeventagent.time.Moment;

/** Whether what a listing says of one domain is what is known of it. */
final class Comparison {
    /** The reason of SHUTOFF after a restart of the daemon. Any other of a saved domain means that it ran since. */
    private static final int FORGOTTEN = 0;

    /** virDomainState and reasons of a domain that is on its way in or just starting: not yet an answer. */
    private static final int PAUSED = 3;

    private static final int PAUSED_MIGRATION = 2;
    private static final int PAUSED_STARTING_UP = 11;

    private Comparison() {}

    /**
     * The state a listing means. A daemon that was restarted has forgotten that a domain was saved to a file of the
     * administrator's: what was saved and never had a managed image stays saved.
     */
    static DomainState state(KnownDomain known, Snapshot.Seen seen) {
        DomainState state = seen.domainState();
        boolean savedToFile = known.life().state() == DomainState.SAVED
                && !known.evidence().managedSaveSeen()
                && seen.reason() == FORGOTTEN;
        return state == DomainState.DEFINED && savedToFile ? DomainState.SAVED : state;
    }

    /** Another run of the same domain: it was stopped and started while nobody listened. */
    static boolean anotherIncarnation(KnownDomain known, Snapshot.Seen seen) {
        Life life = known.life();
        return life.state().isActive()
                && seen.domainId() >= 0
                && (life.domainId() != seen.domainId()
                        || seen.cpuTime() < known.evidence().cpuTime());
    }

    /** Asked before the domain's last event: what it says of things that no state tells may be old. */
    static boolean isStale(KnownDomain known, Snapshot.Seen seen) {
        Moment heardAt = known.evidence().heardAt();
        return heardAt != null && seen.askedAt().isBefore(heardAt);
    }

    static boolean sameMetadata(KnownDomain known, Snapshot.Seen seen) {
        return Objects.equals(known.instance(), instance(seen));
    }

    /**
     * A start or an incoming migration that is not over: asked again. Or it is over: QEMU's driver gives this reason for
     * good to a guest that was saved paused and restored.
     */
    static boolean underWay(KnownDomain known, Snapshot.Seen seen) {
        boolean another = !known.life().state().isActive() || known.life().domainId() != seen.domainId();
        return another
                && seen.state() == PAUSED
                && (seen.reason() == PAUSED_MIGRATION || seen.reason() == PAUSED_STARTING_UP);
    }

    private static @Nullable Instance instance(Snapshot.Seen seen) {
        return seen.metadata() == null
                ? null
                : MetadataReader.read(seen.metadata()).orElse(null);
    }
}
