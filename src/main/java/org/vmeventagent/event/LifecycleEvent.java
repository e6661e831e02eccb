package org.vmeventagent.event;

import java.util.List;

/**
 * Types and details of a lifecycle event (virDomainEventType and its nine detail enums, libvirt-domain.h as of 12.4).
 */
public final class LifecycleEvent {
    public static final EnumNames TYPES =
            EnumNames.of("defined undefined started suspended resumed stopped shutdown pmsuspended crashed");

    private static final List<EnumNames> DETAILS = List.of(
            EnumNames.of("added updated renamed from_snapshot"),
            EnumNames.of("removed renamed"),
            EnumNames.of("booted migrated restored from_snapshot wakeup recreated"),
            EnumNames.of("paused migrated ioerror watchdog restored from_snapshot api_error postcopy postcopy_failed"
                    + " guest_shutdown"),
            EnumNames.of("unpaused migrated from_snapshot postcopy postcopy_failed"),
            EnumNames.of("shutdown destroyed crashed migrated saved failed from_snapshot recreated"),
            EnumNames.of("finished guest host"),
            EnumNames.of("memory disk"),
            EnumNames.of("panicked crashloaded"));

    private LifecycleEvent() {}

    /** The detail of a type; {@link EnumValue#UNKNOWN} for a number, or for any detail of a type, that has no name here. */
    public static EnumValue detail(int type, int detail) {
        return type >= 0 && type < DETAILS.size() ? DETAILS.get(type).of(detail) : EnumValue.unknown(detail);
    }

    /** The details known of a type of {@link #TYPES}. */
    public static List<EnumValue> details(EnumValue type) {
        return DETAILS.get(type.number()).known();
    }
}
