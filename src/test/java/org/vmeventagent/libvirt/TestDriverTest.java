package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.rig.NovaXml;
import org.vmeventagent.rig.QueueRecord;

/** Against libvirt's test driver in this process. */
@Timeout(60)
class TestDriverTest {
    private static final String URI = "test:///default";

    private final UUID uuid = UUID.randomUUID();
    private final String name = "vm-ünï-" + uuid;
    private final QueueRecord record = new QueueRecord();
    private Connect writer;
    private LibvirtConnection connection;

    @BeforeEach
    void subscribe() throws Exception {
        EventLoop.start();
        writer = new Connect(URI, false);
        connection = new LibvirtConnection(
                LibvirtConfig.defaults(), URI, record.queue(), ConnectionListener.NONE, AgentMetrics.NONE);
        connection.start();
        record.await(DomainListing.class);
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
        writer.close();
    }

    @Test
    void anIdleEventLoopIsNotStuck() {
        assertEquals(Duration.ZERO, EventLoop.sinceLastProgress());
    }

    @Test
    void putsConnectionThenListingIntoTheQueue() {
        LibvirtInput.ConnectionUp up = record.await(LibvirtInput.ConnectionUp.class);
        DomainListing listing = record.await(DomainListing.class);

        assertEquals(URI, up.connectionUri());
        assertEquals("TEST", up.hypervisor());
        assertFalse(up.node().isEmpty());
        assertTrue(up.registered() >= 24, () -> "registered " + up.registered());
        assertEquals(up.generation(), listing.generation());
        assertTrue(record.all().indexOf(up) < record.all().indexOf(listing));
        DomainListing.ListedDomain listedDomain = listing.domains().stream()
                .filter(domain -> domain.name().equals("test"))
                .findFirst()
                .orElseThrow();
        assertEquals(DomainState.RUNNING, listedDomain.domainState());
        assertTrue(listedDomain.persistent());
        assertTrue(listedDomain.cpuTime() > 0);
        assertNull(listedDomain.metadata());
    }

    @Test
    void receivesALifeWithItsDetails() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "web 1"));
        domain.create();
        domain.suspend();
        domain.resume();
        domain.managedSave();
        domain.create();
        domain.destroy();
        domain.undefine();
        domain.free();
        DomainEvent last = record.awaitLifecycle(uuid, "undefined", "removed");

        assertEquals(
                List.of(
                        "defined/added",
                        "started/booted",
                        "suspended/paused",
                        "resumed/unpaused",
                        "stopped/saved",
                        "started/booted", // QEMU says restored
                        "stopped/destroyed",
                        "undefined/removed"),
                record.sequence(uuid));
        assertEquals(name, last.name());
        assertEquals(-1, last.domainId());
        DomainEvent started = record.awaitLifecycle(uuid, "started", "booted");
        assertTrue(started.domainId() > 0);
        assertFalse(last.observedAt().isBefore(started.observedAt()));
    }

    @Test
    void looksUpTheMetadataOfADefinedDomain() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "bänk"));

        LookupResult lookup = answer(record.awaitLifecycle(uuid, "defined", "added"));
        domain.undefine();
        domain.free();

        assertEquals(LookupResult.Status.METADATA, lookup.status());
        assertNotNull(lookup.metadata());
        assertTrue(lookup.metadata().startsWith("<instance"), lookup.metadata());
        assertTrue(lookup.metadata().contains("<name>bänk</name>"), lookup.metadata());
    }

    @Test
    void looksUpTheOldNamespaceToo() throws Exception {
        Domain domain =
                writer.domainDefineXML(NovaXml.testDomain(name, uuid, "old").replace("nova/1.1", "nova/1.0"));

        LookupResult lookup = answer(record.awaitLifecycle(uuid, "defined", "added"));
        domain.undefine();
        domain.free();

        assertEquals(LookupResult.Status.METADATA, lookup.status());
    }

    @Test
    void saysThatADomainHasNoMetadata() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.plainTestDomain(name, uuid));

        LookupResult lookup = answer(record.awaitLifecycle(uuid, "defined", "added"));
        domain.undefine();
        domain.free();

        assertEquals(LookupResult.Status.NO_METADATA, lookup.status());
    }

    @Test
    void queriesAgainWhenMetadataChanges() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "before"));
        domain.setMetadata(2, NovaXml.instance("after"), "nova", NovaXml.NAMESPACE, 0);

        DomainEvent changed = record.awaitKind(uuid, EventKind.METADATA_CHANGE);
        LookupResult lookup = answer(changed);
        domain.undefine();
        domain.free();

        assertEquals(NovaXml.NAMESPACE, changed.attributes().get("uri"));
        assertNotNull(lookup.metadata());
        assertTrue(lookup.metadata().contains("after"), lookup.metadata());
    }

    @Test
    void queriesNothingAboutAKnownDomainThatPauses() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "web 1"));
        answer(record.awaitLifecycle(uuid, "defined", "added"));
        domain.create();
        answer(record.awaitLifecycle(uuid, "started", "booted"));
        domain.suspend();
        domain.destroy();
        domain.undefine();
        domain.free();

        assertNull(record.awaitLifecycle(uuid, "suspended", "paused").lookup());
        assertNull(record.awaitLifecycle(uuid, "stopped", "destroyed").lookup());
    }

    @Test
    void answersAboutOneDomain() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "web 1"));
        domain.create();
        domain.managedSave();
        connection.query(uuid);
        DomainListing.ListedDomain listedDomain =
                record.await(LibvirtInput.DomainRecheck.class).listed();
        domain.managedSaveRemove();
        domain.undefine();
        domain.free();
        connection.query(uuid);
        LibvirtInput.DomainRecheck gone =
                record.await(LibvirtInput.DomainRecheck.class, recheck -> recheck.listed() == null);

        assertNotNull(listedDomain);
        assertEquals(DomainState.SAVED, listedDomain.domainState());
        assertTrue(listedDomain.managedSave());
        assertEquals(5, listedDomain.reason());
        assertEquals(uuid, gone.uuid());
    }

    @Test
    void listsOnDemand() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "web 1"));
        connection.requestListing();
        DomainListing listing = record.await(
                DomainListing.class,
                each -> each.domains().stream()
                        .anyMatch(listedDomain -> listedDomain.uuid().equals(uuid)));
        domain.undefine();
        domain.free();

        DomainListing.ListedDomain listedDomain = listing.domains().stream()
                .filter(each -> each.uuid().equals(uuid))
                .findFirst()
                .orElseThrow();
        assertEquals(name, listedDomain.name());
        assertEquals(DomainState.DEFINED, listedDomain.domainState());
        assertNotNull(listedDomain.metadata());
    }

    @Test
    void aListingReportsWhatIsPersistentAndWhatIsSaved() throws Exception {
        UUID transientUuid = UUID.randomUUID();
        Domain saved = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "web 1"));
        saved.create();
        saved.managedSave();
        Domain running = writer.domainCreateXML(NovaXml.testDomain("t" + name, transientUuid, "web 2"), 0);
        Map<UUID, DomainListing.ListedDomain> listedDomain = new HashMap<>();
        OneTimeListing.of(URI, LibvirtConfig.defaults()).domains().forEach(each -> listedDomain.put(each.uuid(), each));
        running.destroy();
        running.free();
        saved.managedSaveRemove();
        saved.undefine();
        saved.free();

        assertTrue(listedDomain.get(uuid).persistent());
        assertTrue(listedDomain.get(uuid).managedSave());
        assertFalse(listedDomain.get(transientUuid).persistent());
        assertFalse(listedDomain.get(transientUuid).managedSave());
        assertTrue(listedDomain.get(transientUuid).cpuTime() > 0);
    }

    @Test
    void closingEndsTheGeneration() {
        connection.close();

        LibvirtInput.ConnectionLost lost = record.await(LibvirtInput.ConnectionLost.class);
        assertEquals("closed", lost.reason());
        assertEquals(record.await(LibvirtInput.ConnectionUp.class).generation(), lost.generation());
    }

    @Test
    void listsWithoutSubscribing() throws Exception {
        DomainListing listing = OneTimeListing.of(URI, LibvirtConfig.defaults());

        assertEquals(URI, listing.connectionUri());
        assertTrue(listing.domains().stream()
                .anyMatch(listedDomain -> listedDomain.name().equals("test")));
    }

    private static LookupResult answer(DomainEvent event) throws Exception {
        assertNotNull(event.lookup(), "a look-up was due");
        return event.lookup().get(10, TimeUnit.SECONDS);
    }
}
