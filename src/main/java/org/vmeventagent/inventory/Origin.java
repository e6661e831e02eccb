package org.vmeventagent.inventory;

import java.util.Locale;

/** How a transition came to be known. */
public enum Origin {
    /** libvirt reported it. */
    EVENT,
    /** A listing differed from what was known. */
    RESYNC,
    /** A listing of a driver without events differed from what was known. */
    POLL,
    /** The current state of a domain, published without a change. */
    AUDIT;

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
