package org.vmeventagent.event;

import java.util.List;

/**
 * Types and details of a lifecycle event (virDomainEventType and its nine detail enums, libvirt-domain.h as of 12.4).
 */
public final class Lifecycle {
    public static final Codes TYPES =
            Codes.of("defined undefined started suspended resumed stopped shutdown pmsuspended crashed");

    private static final List<Codes> DETAILS = List.of(
            Codes.of("added updated renamed from_snapshot"),
            Codes.of("removed renamed"),
            Codes.of("booted migrated restored from_snapshot wakeup recreated"),
            Codes.of("paused migrated ioerror watchdog restored from_snapshot api_error postcopy postcopy_failed"
                    + " guest_shutdown"),
            Codes.of("unpaused migrated from_snapshot postcopy postcopy_failed"),
            Codes.of("shutdown destroyed crashed migrated saved failed from_snapshot recreated"),
            Codes.of("finished guest host"),
            Codes.of("memory disk"),
            Codes.of("panicked crashloaded"));

    private Lifecycle() {}

    /** The detail of a type; {@link Code#UNKNOWN} for a number, or for any detail of a type, that has no name here. */
    public static Code detail(int type, int detail) {
        return type >= 0 && type < DETAILS.size() ? DETAILS.get(type).of(detail) : Code.unknown(detail);
    }

    /** The details known of a type of {@link #TYPES}. */
    public static List<Code> details(Code type) {
        return DETAILS.get(type.number()).known();
    }
}
