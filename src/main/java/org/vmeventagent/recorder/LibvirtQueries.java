package org.vmeventagent.recorder;

import java.util.UUID;

/**
 * What the recorder asks libvirt. Both return at once; the answer, if there is one, comes through the queue. Called on
 * the recorder's thread.
 */
public interface LibvirtQueries {
    /** Asks nobody. */
    LibvirtQueries NONE = new LibvirtQueries() {
        @Override
        public void list(String connectionUri) {}

        @Override
        public void query(String connectionUri, UUID uuid) {}
    };

    /** Asks for a {@link org.vmeventagent.event.DomainListing}. */
    void list(String connectionUri);

    /** Asks for a {@link org.vmeventagent.event.LibvirtInput.DomainRecheck}. */
    void query(String connectionUri, UUID uuid);
}
