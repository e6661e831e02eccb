package org.vmeventagent.event;

import java.util.List;

/**
 * Types and details of a lifecycle event (virDomainEventType and its nine detail enums, libvirt-domain.h as of 12.4).
 */
public final class LifecycleEvent {
    public static final EnumValue.Names TYPES =
            EnumValue.Names.of("defined undefined started suspended resumed stopped shutdown pmsuspended crashed");

    private static final List<EnumValue.Names> DETAILS = List.of(
            EnumValue.Names.of("added updated renamed from_snapshot"),
            EnumValue.Names.of("removed renamed"),
            EnumValue.Names.of("booted migrated restored from_snapshot wakeup recreated"),
            EnumValue.Names.of(
                    "paused migrated ioerror watchdog restored from_snapshot api_error postcopy postcopy_failed"
                            + " guest_shutdown"),
            EnumValue.Names.of("unpaused migrated from_snapshot postcopy postcopy_failed"),
            EnumValue.Names.of("shutdown destroyed crashed migrated saved failed from_snapshot recreated"),
            EnumValue.Names.of("finished guest host"),
            EnumValue.Names.of("memory disk"),
            EnumValue.Names.of("panicked crashloaded"));

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
