package org.vmeventagent.inventory;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.nova.Instance;
import org.vmeventagent.nova.MetadataReader;
import org.vmeventagent.time.Moment;

/** Whether what a listing says of one domain is what is known of it, and why where it is not. */
final class ListingComparison {
    /** The reason of SHUTOFF after a restart of the daemon. Any other of a saved domain means that it ran since. */
    private static final int FORGOTTEN = 0;

    /** virDomainState and reasons of a domain that is on its way in or just starting: not yet an answer. */
    private static final int PAUSED = 3;

    private static final int PAUSED_MIGRATION = 2;
    private static final int PAUSED_STARTING_UP = 11;

    private ListingComparison() {}

    /**
     * The state a listing means. A daemon that was restarted has forgotten that a domain was saved to a file of the
     * administrator's: what was saved and never had a managed image stays saved.
     */
    static DomainState state(KnownDomain known, DomainListing.ListedDomain listedDomain) {
        DomainState state = listedDomain.domainState();
        boolean savedToFile = known.lifecycle().state() == DomainState.SAVED
                && !known.lastObservation().managedSaveSeen()
                && listedDomain.reason() == FORGOTTEN;
        return state == DomainState.DEFINED && savedToFile ? DomainState.SAVED : state;
    }

    /** Another run of the same domain: it was stopped and started while nobody received events. */
    static boolean anotherIncarnation(KnownDomain known, DomainListing.ListedDomain listedDomain) {
        Lifecycle lifecycle = known.lifecycle();
        return lifecycle.state().isActive()
                && listedDomain.domainId() >= 0
                && (lifecycle.domainId() != listedDomain.domainId()
                        || listedDomain.cpuTime() < known.lastObservation().cpuTime());
    }

    /** Queried before the domain's last event: what it says of things that no state shows may be old. */
    static boolean isStale(KnownDomain known, DomainListing.ListedDomain listedDomain) {
        Moment lastEventAt = known.lastObservation().lastEventAt();
        return lastEventAt != null && listedDomain.askedAt().isBefore(lastEventAt);
    }

    static boolean sameMetadata(KnownDomain known, DomainListing.ListedDomain listedDomain) {
        return Objects.equals(known.instance(), instance(listedDomain));
    }

    /**
     * A start or an incoming migration that is not over: queried again. Or it is over: QEMU's driver gives this reason for
     * good to a guest that was saved paused and restored.
     */
    static boolean underWay(KnownDomain known, DomainListing.ListedDomain listedDomain) {
        boolean another =
                !known.lifecycle().state().isActive() || known.lifecycle().domainId() != listedDomain.domainId();
        return another
                && listedDomain.state() == PAUSED
                && (listedDomain.reason() == PAUSED_MIGRATION || listedDomain.reason() == PAUSED_STARTING_UP);
    }

    private static @Nullable Instance instance(DomainListing.ListedDomain listedDomain) {
        return listedDomain.metadata() == null
                ? null
                : MetadataReader.read(listedDomain.metadata()).orElse(null);
    }

    /** What the reason of a listed state (virDomainState and its reasons, libvirt-domain.h) says of a missed transition. */
    static Cause cause(DomainListing.ListedDomain listedDomain) {
        return switch (listedDomain.state()) {
            case 1 -> running(listedDomain.reason());
            case 3 -> paused(listedDomain.reason());
            case 5 -> shutOff(listedDomain);
            case 6 -> Cause.GUEST_PANIC;
            case 7 -> Cause.GUEST_SUSPENDED;
            default -> Cause.UNKNOWN;
        };
    }

    private static Cause running(int reason) {
        return switch (reason) {
            case 1 -> Cause.BOOTED;
            case 2 -> Cause.MIGRATED_IN;
            case 3 -> Cause.RESTORED;
            case 4 -> Cause.SNAPSHOT_REVERTED;
            case 5 -> Cause.UNPAUSED;
            case 6 -> Cause.MIGRATION_CANCELLED;
            case 8 -> Cause.WOKEN;
            case 9 -> Cause.CRASH_RESTARTED;
            case 10 -> Cause.POST_COPY;
            case 11 -> Cause.POST_COPY_FAILED;
            default -> Cause.UNKNOWN;
        };
    }

    private static Cause paused(int reason) {
        return switch (reason) {
            case 1, 3, 4, 9 -> Cause.PAUSED;
            case 2 -> Cause.MIGRATING_OUT;
            case 5 -> Cause.IO_ERROR;
            case 6 -> Cause.WATCHDOG;
            case 7 -> Cause.SNAPSHOT_REVERTED;
            case 10 -> Cause.GUEST_PANIC;
            case 12 -> Cause.POST_COPY;
            case 13 -> Cause.POST_COPY_FAILED;
            case 14 -> Cause.API_ERROR;
            default -> Cause.UNKNOWN;
        };
    }

    private static Cause shutOff(DomainListing.ListedDomain listedDomain) {
        return switch (listedDomain.reason()) {
            case 1 -> Cause.SHUTDOWN;
            case 2 -> Cause.DESTROYED;
            case 3 -> Cause.CRASHED;
            case 4 -> Cause.MIGRATED_OUT;
            case 5 -> Cause.SAVED;
            case 6 -> Cause.START_FAILED;
            case 7 -> Cause.SNAPSHOT_REVERTED;
            case 8 -> Cause.DAEMON_LOST;
            default -> listedDomain.managedSave() ? Cause.SAVED : Cause.UNKNOWN;
        };
    }

    static boolean same(DomainListing.@Nullable ListedDomain first, DomainListing.@Nullable ListedDomain second) {
        if (first == null || second == null) {
            return first == null && second == null;
        }
        return first.domainId() == second.domainId() && first.domainState() == second.domainState();
    }
}
