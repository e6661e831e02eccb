package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.rig.FakeVmware;
import org.vmeventagent.rig.QueueRecord;

@Timeout(60)
class PollingTest {
    private final UUID uuid = UUID.randomUUID();
    private final QueueRecord record = new QueueRecord();

    @Test
    void listsADriverWithoutEventsAgainAndAgain() {
        LibvirtConfig config =
                new LibvirtConfig(Duration.ofSeconds(5), 3, Duration.ofSeconds(10), Duration.ofMillis(100), Set.of());
        try (FakeVmware vmware = new FakeVmware(uuid);
                LibvirtConnection connection = new LibvirtConnection(
                        config, FakeVmware.URI, record.queue(), ConnectionListener.NONE, AgentMetrics.NONE)) {
            connection.start();
            awaitState(DomainState.RUNNING);
            vmware.stop();
            awaitState(DomainState.DEFINED);

            assertEquals(0, record.await(LibvirtInput.ConnectionUp.class).registered());
        }
    }

    /** Such a driver has no keepalive. */
    @Test
    void takesAHostThatHangsForLost() {
        LibvirtConfig config =
                new LibvirtConfig(Duration.ofSeconds(1), 1, Duration.ofSeconds(10), Duration.ofMillis(100), Set.of());
        try (FakeVmware vmware = new FakeVmware(uuid);
                LibvirtConnection connection = new LibvirtConnection(
                        config, FakeVmware.URI, record.queue(), ConnectionListener.NONE, AgentMetrics.NONE)) {
            connection.start();
            awaitState(DomainState.RUNNING);
            vmware.hang();
            assertEquals(
                    "keepalive", record.await(LibvirtInput.ConnectionLost.class).reason());

            record.clear();
            vmware.answerAgain();
            awaitState(DomainState.RUNNING);
        }
    }

    private void awaitState(DomainState state) {
        record.await(
                DomainListing.class,
                listing -> listing.domains().stream()
                        .anyMatch(listedDomain ->
                                listedDomain.uuid().equals(uuid) && listedDomain.domainState() == state));
    }
}
