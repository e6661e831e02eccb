package org.vmeventagent.inventory;

import org.vmeventagent.event.DomainListing;

/** What the reason of a listed state (virDomainState and its reasons, libvirt-domain.h) says of a missed transition. */
final class ListedCause {
    private ListedCause() {}

    static Cause of(DomainListing.ListedDomain listedDomain) {
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
}
