package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.vmeventagent.event.DomainState;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.Heard;
import org.vmeventagent.event.Look;
import org.vmeventagent.event.Snapshot;
import org.vmeventagent.rig.HeardRecord;
import org.vmeventagent.rig.NovaXml;
import org.vmeventagent.rig.Turns;

/** Against libvirt's test driver in this process. */
@Timeout(60)
class TestDriverTest {
    private static final String URI = "test:///default";

    private final UUID uuid = UUID.randomUUID();
    private final String name = "vm-ünï-" + uuid;
    private final HeardRecord record = new HeardRecord();
    private Connect writer;
    private LibvirtConnection connection;

    @BeforeEach
    void subscribe() throws Exception {
        EventLoop.start();
        writer = new Connect(URI, false);
        connection = new LibvirtConnection(LibvirtConfig.defaults(), URI, record.queue(), ConnectionListener.NONE);
        connection.start();
        record.await(Snapshot.class);
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
        writer.close();
    }

    @Test
    void idleEventLoopComesRound() {
        Turns.awaitTwo(EventLoop::sinceLastTurn);
    }

    @Test
    void putsConnectionThenSnapshotIntoTheQueue() {
        Heard.ConnectionUp up = record.await(Heard.ConnectionUp.class);
        Snapshot snapshot = record.await(Snapshot.class);

        assertEquals(URI, up.connectionUri());
        assertEquals("TEST", up.hypervisor());
        assertFalse(up.node().isEmpty());
        assertTrue(up.registered() >= 24, () -> "registered " + up.registered());
        assertEquals(up.generation(), snapshot.generation());
        assertTrue(record.all().indexOf(up) < record.all().indexOf(snapshot));
        Snapshot.Seen seen = snapshot.domains().stream()
                .filter(domain -> domain.name().equals("test"))
                .findFirst()
                .orElseThrow();
        assertEquals(DomainState.RUNNING, seen.domainState());
        assertTrue(seen.persistent());
        assertTrue(seen.cpuTime() > 0);
        assertNull(seen.metadata());
    }

    @Test
    void hearsALifeWithItsDetails() throws Exception {
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

        Look look = answer(record.awaitLifecycle(uuid, "defined", "added"));
        domain.undefine();
        domain.free();

        assertEquals(Look.Answer.METADATA, look.answer());
        assertNotNull(look.metadata());
        assertTrue(look.metadata().startsWith("<instance"), look.metadata());
        assertTrue(look.metadata().contains("<name>bänk</name>"), look.metadata());
    }

    @Test
    void looksUpTheOldNamespaceToo() throws Exception {
        Domain domain =
                writer.domainDefineXML(NovaXml.testDomain(name, uuid, "old").replace("nova/1.1", "nova/1.0"));

        Look look = answer(record.awaitLifecycle(uuid, "defined", "added"));
        domain.undefine();
        domain.free();

        assertEquals(Look.Answer.METADATA, look.answer());
    }

    @Test
    void saysThatADomainHasNoMetadata() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.plainTestDomain(name, uuid));

        Look look = answer(record.awaitLifecycle(uuid, "defined", "added"));
        domain.undefine();
        domain.free();

        assertEquals(Look.Answer.NO_METADATA, look.answer());
    }

    @Test
    void asksAgainWhenMetadataChanges() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "before"));
        domain.setMetadata(2, NovaXml.instance("after"), "nova", NovaXml.NAMESPACE, 0);

        DomainEvent changed = record.awaitKind(uuid, EventKind.METADATA_CHANGE);
        Look look = answer(changed);
        domain.undefine();
        domain.free();

        assertEquals(NovaXml.NAMESPACE, changed.attributes().get("uri"));
        assertNotNull(look.metadata());
        assertTrue(look.metadata().contains("after"), look.metadata());
    }

    @Test
    void asksNothingAboutAKnownDomainThatPauses() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "web 1"));
        answer(record.awaitLifecycle(uuid, "defined", "added"));
        domain.create();
        answer(record.awaitLifecycle(uuid, "started", "booted"));
        domain.suspend();
        domain.destroy();
        domain.undefine();
        domain.free();

        assertNull(record.awaitLifecycle(uuid, "suspended", "paused").look());
        assertNull(record.awaitLifecycle(uuid, "stopped", "destroyed").look());
    }

    @Test
    void answersAboutOneDomain() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "web 1"));
        domain.create();
        domain.managedSave();
        connection.ask(uuid);
        Snapshot.Seen seen = record.await(Heard.Answer.class).seen();
        domain.managedSaveRemove();
        domain.undefine();
        domain.free();
        connection.ask(uuid);
        Heard.Answer gone = record.await(Heard.Answer.class, answer -> answer.seen() == null);

        assertNotNull(seen);
        assertEquals(DomainState.SAVED, seen.domainState());
        assertTrue(seen.managedSave());
        assertEquals(5, seen.reason());
        assertEquals(uuid, gone.uuid());
    }

    @Test
    void takesASnapshotOnDemand() throws Exception {
        Domain domain = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "web 1"));
        connection.requestSnapshot();
        Snapshot snapshot = record.await(
                Snapshot.class,
                each ->
                        each.domains().stream().anyMatch(seen -> seen.uuid().equals(uuid)));
        domain.undefine();
        domain.free();

        Snapshot.Seen seen = snapshot.domains().stream()
                .filter(each -> each.uuid().equals(uuid))
                .findFirst()
                .orElseThrow();
        assertEquals(name, seen.name());
        assertEquals(DomainState.DEFINED, seen.domainState());
        assertNotNull(seen.metadata());
    }

    @Test
    void aListingTellsWhatIsPersistentAndWhatIsSaved() throws Exception {
        UUID transientUuid = UUID.randomUUID();
        Domain saved = writer.domainDefineXML(NovaXml.testDomain(name, uuid, "web 1"));
        saved.create();
        saved.managedSave();
        Domain running = writer.domainCreateXML(NovaXml.testDomain("t" + name, transientUuid, "web 2"), 0);
        Map<UUID, Snapshot.Seen> seen = new HashMap<>();
        DomainListing.of(URI, LibvirtConfig.defaults()).domains().forEach(each -> seen.put(each.uuid(), each));
        running.destroy();
        running.free();
        saved.managedSaveRemove();
        saved.undefine();
        saved.free();

        assertTrue(seen.get(uuid).persistent());
        assertTrue(seen.get(uuid).managedSave());
        assertFalse(seen.get(transientUuid).persistent());
        assertFalse(seen.get(transientUuid).managedSave());
        assertTrue(seen.get(transientUuid).cpuTime() > 0);
    }

    @Test
    void closingEndsTheGeneration() {
        connection.close();

        Heard.ConnectionLost lost = record.await(Heard.ConnectionLost.class);
        assertEquals("closed", lost.reason());
        assertEquals(record.await(Heard.ConnectionUp.class).generation(), lost.generation());
    }

    @Test
    void listsWithoutSubscribing() throws Exception {
        Snapshot listing = DomainListing.of(URI, LibvirtConfig.defaults());

        assertEquals(URI, listing.connectionUri());
        assertTrue(listing.domains().stream().anyMatch(seen -> seen.name().equals("test")));
    }

    private static Look answer(DomainEvent event) throws Exception {
        assertNotNull(event.look(), "a look-up was due");
        return event.look().get(10, TimeUnit.SECONDS);
    }
}
