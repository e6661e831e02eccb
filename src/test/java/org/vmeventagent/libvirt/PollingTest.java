package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.rig.FakeVmware;
import org.vmeventagent.rig.HeardRecord;

@Timeout(60)
class PollingTest {
    private final UUID uuid = UUID.randomUUID();
    private final HeardRecord record = new HeardRecord();

    @Test
    void listsADriverWithoutEventsAgainAndAgain() {
        LibvirtConfig config = new LibvirtConfig(
                Duration.ofSeconds(5),
                3,
                Duration.ofSeconds(10),
                Duration.ofMillis(50),
                Duration.ofMillis(100),
                Set.of());
        try (FakeVmware vmware = new FakeVmware(uuid);
                LibvirtConnection connection =
                        new LibvirtConnection(config, FakeVmware.URI, record.queue(), ConnectionListener.NONE)) {
            connection.start();
            awaitState(DomainState.RUNNING);
            vmware.stop();
            awaitState(DomainState.DEFINED);

            assertEquals(0, record.await(Heard.ConnectionUp.class).registered());
        }
    }

    private void awaitState(DomainState state) {
        record.await(
                Snapshot.class,
                snapshot -> snapshot.domains().stream()
                        .anyMatch(seen -> seen.uuid().equals(uuid) && seen.domainState() == state));
    }
}
