package org.vmeventagent.inventory;

/** What is known of all domains of a connection when an event of one comes. */
public enum ListingState {
    /** All is known: a domain that is not known doesn't exist, unless the event makes it. */
    CURRENT,
    /** Events may have been missed, and no listing was compared since: a domain may have come to exist unreported. */
    OUTDATED,
    /** Nothing: its first listing has still to come. The domains of before begin with an {@code exists}. */
    NONE
}
