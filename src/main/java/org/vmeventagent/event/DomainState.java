package org.vmeventagent.event;

import java.util.Locale;

/** What a domain can be, as a consumer sees it. {@code SAVED} is inactive with a saved memory image. */
public enum DomainState {
    UNDEFINED(0),
    DEFINED(4),
    RUNNING(1),
    PAUSED(3),
    SAVED(4),
    PMSUSPENDED(7),
    CRASHED(6);

    private final int powerState;

    DomainState(int powerState) {
        this.powerState = powerState;
    }

    /** Nova's number for it (nova/compute/power_state.py). */
    public int powerState() {
        return powerState;
    }

    /** Whether a hypervisor process exists for it. */
    public boolean isActive() {
        return this == RUNNING || this == PAUSED || this == PMSUSPENDED || this == CRASHED;
    }

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * From virDomainState and the reason of SHUTOFF, as a listing has them.
     *
     * @param state virDomainState; a number of a newer libvirt counts by whether the domain has an id
     * @param saved whether the state is SHUTOFF/SAVED or a managed save image exists
     * @param persistent whether the domain has a definition
     */
    public static DomainState of(int state, boolean active, boolean saved, boolean persistent) {
        return switch (state) {
            case 3 -> PAUSED;
            case 6 -> CRASHED;
            case 7 -> PMSUSPENDED;
            case 1, 2, 4 -> RUNNING;
            default -> {
                if (active) {
                    yield RUNNING;
                }
                yield saved ? SAVED : persistent ? DEFINED : UNDEFINED;
            }
        };
    }
}
