package org.vmeventagent.recorder;

import java.util.UUID;

/**
 * What the recorder queries of libvirt. All return at once; the answer, if there is one, comes through the queue. Called on
 * the recorder's thread.
 */
public interface LibvirtQueries {
    /** Queries nothing. */
    LibvirtQueries NONE = new LibvirtQueries() {
        @Override
        public void list(String connectionUri) {}

        @Override
        public void query(String connectionUri, UUID uuid) {}
    };

    /** Requests a {@link org.vmeventagent.event.DomainListing}. */
    void list(String connectionUri);

    /** Requests a {@link org.vmeventagent.event.LibvirtInput.DomainRecheck}. */
    void query(String connectionUri, UUID uuid);

    /**
     * Requests {@link org.vmeventagent.event.LibvirtInput.JobStatistics}; queries nothing where nobody publishes them.
     *
     * @param completed about the last job that ended, else about one that goes on
     */
    default void queryJob(String connectionUri, UUID uuid, boolean completed) {}
}
