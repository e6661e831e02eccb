package org.vmeventagent.bus;

import org.vmeventagent.store.OutboxRow;

/** Sees every notification once it is recorded, and acknowledges nothing. Called on the recorder's thread. */
@FunctionalInterface
public interface Tap {
    /** A row was committed. Best effort: what goes wrong here stays here. */
    void recorded(OutboxRow row);
}
