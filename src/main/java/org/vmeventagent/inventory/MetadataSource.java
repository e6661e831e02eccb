package org.vmeventagent.inventory;

import java.util.Locale;

/** Where the identity in a notification comes from. */
public enum MetadataSource {
    /** Read from libvirt because of this event. */
    LIVE,
    /** Read earlier. */
    CACHED,
    /** Read before the domain was removed from this host. */
    TOMBSTONE,
    /** There is none. */
    NONE;

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
