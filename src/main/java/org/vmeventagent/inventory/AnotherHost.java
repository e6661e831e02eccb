package org.vmeventagent.inventory;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;

/**
 * A connection that leads to another host than before: an address that was given to another, a tunnel. Its domains are
 * not gone, nobody can say what became of them.
 *
 * <p>No domain in common is half of the proof; that the host has another name is the other, and the caller's. The host's
 * UUID is none: without SMBIOS libvirtd makes one up at each start, and telling it took libvirtd 8 s (9.0, QEMU).
 */
public final class AnotherHost {
    private AnotherHost() {}

    /** Whether no domain that existed before this connection is in its listing. */
    public static boolean isLikely(Inventory inventory, DomainListing listing) {
        Set<UUID> listed = new HashSet<>(listing.unanswered());
        listing.domains().forEach(listedDomain -> listed.add(listedDomain.uuid()));
        return inventory.domains().stream()
                .filter(before(listing))
                .filter(known -> known.lifecycle().state() != DomainState.UNDEFINED)
                .noneMatch(known -> listed.contains(known.key().uuid()));
    }

    /** Forgets what was known of the connection's domains before it; those it heard of by events stay. */
    public static List<DomainKey> forget(Inventory inventory, DomainListing listing) {
        List<DomainKey> forgotten = inventory.domains().stream()
                .filter(before(listing))
                .map(KnownDomain::key)
                .toList();
        inventory.forget(forgotten);
        return forgotten;
    }

    private static Predicate<KnownDomain> before(DomainListing listing) {
        return known -> known.key().connectionUri().equals(listing.connectionUri())
                && known.seenInGeneration() != listing.generation();
    }
}
