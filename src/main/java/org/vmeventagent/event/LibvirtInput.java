package org.vmeventagent.event;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.time.Moment;

/**
 * What reaches the thread that keeps the inventory, all through one queue: events as libvirt reported them and answers to
 * questions that were put to it, in the order in which they came, and commands to that thread.
 */
public sealed interface LibvirtInput
        permits DomainEvent,
                LibvirtInput.ConnectionUp,
                LibvirtInput.ConnectionLost,
                DomainListing,
                LibvirtInput.ListingLate,
                LibvirtInput.DomainRecheck,
                LibvirtInput.JobStatistics,
                LibvirtInput.Overflow,
                LibvirtInput.Command {

    /**
     * A connection is subscribed.
     *
     * @param connectionUri without credentials
     * @param generation counts the connections of this process, from 1
     * @param hypervisor the driver's name, as virConnectGetType names it, {@code QEMU} for example
     * @param node the host name libvirt gives, Nova's {@code node}
     * @param registered number of event ids registered; 0 for a driver that is polled
     */
    record ConnectionUp(String connectionUri, long generation, String hypervisor, String node, int registered)
            implements LibvirtInput {}

    /**
     * A connection ended; events before this in the queue are real, answers of this generation after it are not.
     *
     * @param since until then it was listened to, where we ended it ourselves
     */
    record ConnectionLost(String connectionUri, long generation, String reason, Moment since) implements LibvirtInput {}

    /**
     * The domains can't be listed for now. The {@link DomainListing} follows, after minutes maybe; until then each domain can
     * only be queried by itself.
     */
    record ListingLate(String connectionUri, long generation) implements LibvirtInput {}

    /**
     * What libvirt answered to another query about one domain. There is none when libvirt couldn't answer.
     *
     * @param listed null when libvirt answered that there is no such domain
     */
    record DomainRecheck(String connectionUri, long generation, UUID uuid, DomainListing.@Nullable ListedDomain listed)
            implements LibvirtInput {}

    /**
     * What libvirt answered to a query about a job of one domain, a migration. There is none when it didn't answer.
     *
     * @param completed whether the query was about the last job that ended, not about one that goes on
     * @param parameters as {@link EventKind#JOB_COMPLETED} has them; empty where there is no such job, no such domain, or
     *     libvirt couldn't answer
     */
    record JobStatistics(
            String connectionUri, long generation, UUID uuid, boolean completed, Map<String, Object> parameters)
            implements LibvirtInput {}

    /** The queue was full and dropped this many events just before this. */
    record Overflow(long dropped) implements LibvirtInput {}

    /** Something to run on the thread that reads the queue. */
    record Command(Runnable action) implements LibvirtInput {}
}
