package org.vmeventagent.libvirt;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.rig.BootSector;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NovaXml;
import org.vmeventagent.rig.QemuGuests;
import org.vmeventagent.rig.QueueRecord;
import org.vmeventagent.system.Progress;

/** A guest whose start hangs in a hook: libvirtd holds the lock of its domain, answers nothing about it and lists nothing. */
@Timeout(180)
class LockedDomainIT {
    private static final UUID FREE = QemuGuests.uuid("free");
    private static final UUID LOCKED = QemuGuests.uuid("locked");

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final LibvirtDaemon daemon = LibvirtDaemon.withHook();
    private final QueueRecord record = new QueueRecord();
    private final RecordedConnection events = new RecordedConnection();
    private final CapturedLog log = CapturedLog.open();
    private QemuGuests guests;
    private Domain free;
    private Domain locked;
    private CompletableFuture<Void> start = CompletableFuture.completedFuture(null);

    @BeforeEach
    void define() throws Exception {
        guests = new QemuGuests(daemon);
        free = guests.define("free", BootSector.IDLE);
        locked = guests.define("locked", BootSector.IDLE);
    }

    @AfterEach
    void close() throws Exception {
        if (!start.isDone()) {
            daemon.unlock("locked");
            start.get(30, TimeUnit.SECONDS);
        }
        free.free();
        locked.free();
        guests.close();
        log.close();
        daemon.close();
    }

    @Test
    void isFoundByAProbeOfTheConnection() throws Exception {
        lock();
        long begun = System.nanoTime();
        ConnectionProbe probe = ConnectionProbe.of(daemon.qemuUri(), LibvirtConfig.defaults());
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, took::toString);
        assertEquals(OptionalInt.empty(), probe.domains());
        assertEquals(EventKind.LIFECYCLE, probe.events().get(0));
    }

    @Test
    void holdsUpNeitherTheSubscriptionNorQuestionsAboutOthers() throws Exception {
        lock();
        try (LibvirtConnection connection = connection()) {
            connection.start();
            assertEquals(OptionalInt.empty(), events.awaitSubscribed(), "its domains are not listed");
            record.await(LibvirtInput.ListingLate.class);
            await().atMost(TIMEOUT).until(() -> warned("the daemon doesn't list its domains"));

            connection.query(LOCKED);
            connection.query(FREE);
            LibvirtInput.DomainRecheck recheck = record.await(LibvirtInput.DomainRecheck.class);
            assertEquals(FREE, recheck.uuid());
            await().atMost(TIMEOUT).until(() -> warned("domain " + LOCKED + " is locked"));

            free.setMetadata(2, NovaXml.instance("renamed"), "nova", NovaXml.NAMESPACE, 2);
            CompletableFuture<LookupResult> lookup =
                    record.awaitKind(FREE, EventKind.METADATA_CHANGE).lookup();
            assertEquals(
                    LookupResult.Status.METADATA,
                    lookup.get(30, TimeUnit.SECONDS).status());
            assertTrue(
                    record.all().stream().noneMatch(DomainListing.class::isInstance),
                    "nothing is said of what is not listed");

            daemon.unlock("locked");
            DomainListing listing =
                    record.await(DomainListing.class, each -> each.unanswered().isEmpty());
            assertEquals(
                    Set.of(FREE, LOCKED),
                    listing.domains().stream()
                            .map(DomainListing.ListedDomain::uuid)
                            .collect(Collectors.toSet()));
            await().atMost(TIMEOUT)
                    .until(() -> log.at(Level.INFO).stream().anyMatch(line -> line.contains("answers again")));
            assertEquals(List.of(), events.losses());
        }
    }

    @Test
    void isNamedByAListingThatHasAllOthers() throws Exception {
        EventLoop.start();
        NativeConnect connect = new NativeConnect(daemon.readOnly(daemon.qemuUri()));
        TimeLimitedQueries queries = new TimeLimitedQueries(
                LibvirtConfig.defaults(),
                daemon.readOnly(daemon.qemuUri()),
                connect.raw(),
                new Progress(),
                () -> {},
                () -> {});
        try {
            DomainReader.Listed listed = queries.list().get(30, TimeUnit.SECONDS);
            lock();
            DomainListing listing = queries.read(listed, 1, false);
            assertEquals(Set.of(LOCKED), listing.unanswered());
            assertEquals(
                    List.of(FREE),
                    listing.domains().stream()
                            .map(DomainListing.ListedDomain::uuid)
                            .toList());
            assertTrue(warned("domain locked (" + LOCKED + ") is locked"), () -> "" + log.at(Level.WARN));
        } finally {
            daemon.unlock("locked");
            assertTrue(queries.stop(Duration.ofSeconds(30)), "no question is left");
            assertEquals(0, connect.close(), "nothing holds the connection");
        }
    }

    private boolean warned(String part) {
        return log.at(Level.WARN).stream().anyMatch(line -> line.contains(part));
    }

    private void lock() {
        daemon.lockStart("locked");
        start = CompletableFuture.runAsync(() -> {
            try {
                locked.create();
            } catch (LibvirtException e) {
                throw new AssertionError(e);
            }
        });
        daemon.awaitLocked("locked");
    }

    private LibvirtConnection connection() {
        return new LibvirtConnection(
                LibvirtConfig.defaults(), daemon.readOnly(daemon.qemuUri()), record.queue(), events, events);
    }
}
