package org.vmeventagent.inventory;

import java.util.Locale;

/** Why a domain's state is what it is, as far as libvirt reports it. No cause claims who wanted it. */
public enum Cause {
    DEFINED,
    REDEFINED,
    RENAMED,
    UNDEFINED,
    BOOTING,
    BOOTED,
    START_PAUSED,
    PAUSED,
    UNPAUSED,
    CRASH_RESTARTED,
    RESTORED,
    SAVED,
    SNAPSHOT_REVERTED,
    SHUTDOWN_BY_GUEST,
    /** The host ends the process. Why, only the STOPPED that follows says: libvirt 11.3 has SHUTDOWN/HOST before a save too. */
    STOPPING,
    SHUTDOWN,
    GUEST_SHUTDOWN,
    TERMINATED,
    DESTROYED,
    PROCESS_DIED(true),
    START_FAILED(true),
    GUEST_PANIC(true),
    MIGRATING_IN,
    MIGRATED_IN,
    MIGRATING_OUT,
    MIGRATED_OUT,
    MIGRATION_CANCELLED,
    MIGRATION_FAILED,
    POST_COPY,
    POST_COPY_FAILED(true),
    IO_ERROR(true),
    WATCHDOG(true),
    API_ERROR(true),
    GUEST_SHUTDOWN_HELD,
    GUEST_SUSPENDED,
    WOKEN,
    RECREATED,
    CRASHED(true),
    DAEMON_LOST(true),
    HOST_REBOOTED,
    UNKNOWN;

    private final boolean error;

    Cause() {
        this(false);
    }

    Cause(boolean error) {
        this.error = error;
    }

    /** Whether it is a fault an operator would want to see. */
    public boolean isError() {
        return error;
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
