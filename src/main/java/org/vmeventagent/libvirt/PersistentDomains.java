package org.vmeventagent.libvirt;

import com.sun.jna.Pointer;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Which domains are persistent and which have a managed save image, by two filtered listings instead of two questions
 * about each domain.
 */
record PersistentDomains(Set<UUID> persistent, Set<UUID> managedSave) {
    /** VIR_CONNECT_LIST_DOMAINS_PERSISTENT. */
    private static final int PERSISTENT = 1 << 2;

    /** VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE. */
    private static final int MANAGED_SAVE = 1 << 8;

    /** Empty where the driver can't filter. */
    static Optional<PersistentDomains> of(Pointer connect) throws LibvirtFailure {
        try {
            return Optional.of(new PersistentDomains(listed(connect, PERSISTENT), listed(connect, MANAGED_SAVE)));
        } catch (LibvirtFailure e) {
            if (e.isNoSupport() || e.code() == LibvirtFailure.INVALID_ARGUMENT) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static Set<UUID> listed(Pointer connect, int filter) throws LibvirtFailure {
        Set<UUID> uuids = new HashSet<>();
        DomainReader.each(connect, filter, domain -> uuids.add(EventSubscription.uuid(domain)));
        return uuids;
    }
}
