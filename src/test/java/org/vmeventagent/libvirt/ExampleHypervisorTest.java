package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.rig.QueueRecord;

@Timeout(60)
class ExampleHypervisorTest {
    private static final UUID MAIL = UUID.fromString("5e1b3c70-8f0a-4c55-9a51-3f2d6c1e0001");
    private static final UUID DATABASE = UUID.fromString("5e1b3c70-8f0a-4c55-9a51-3f2d6c1e0002");
    private static final UUID WEB = UUID.fromString("5e1b3c70-8f0a-4c55-9a51-3f2d6c1e0003");

    @Test
    void playsThreeLivesThatAnotherConnectionReceives() throws Exception {
        QueueRecord record = new QueueRecord();
        try (ExampleHypervisor hypervisor = ExampleHypervisor.open();
                LibvirtConnection connection = new LibvirtConnection(
                        LibvirtConfig.defaults(),
                        ExampleHypervisor.URI,
                        record.queue(),
                        ConnectionListener.NONE,
                        AgentMetrics.NONE)) {
            connection.start();
            assertEquals(List.of(), record.await(DomainListing.class).domains());
            hypervisor.play(Duration.ofMillis(20));
            record.awaitLifecycle(WEB, "undefined", "removed");

            assertEquals(
                    List.of(
                            "defined/added",
                            "started/booted",
                            "suspended/paused",
                            "resumed/unpaused",
                            "stopped/shutdown",
                            "undefined/removed"),
                    record.sequence(MAIL));
            assertEquals(
                    List.of(
                            "defined/added",
                            "started/booted",
                            "stopped/saved",
                            "started/restored",
                            "stopped/shutdown",
                            "undefined/removed"),
                    record.sequence(DATABASE));
            for (UUID uuid : List.of(MAIL, DATABASE, WEB)) {
                DomainEvent started = record.awaitLifecycle(uuid, "started", "booted");
                LookupResult lookup = started.lookup().get(10, TimeUnit.SECONDS);
                assertEquals(LookupResult.Status.METADATA, lookup.status());
                assertTrue(lookup.metadata().contains("<owner>"), lookup.metadata());
            }
        }
    }
}
