package org.vmeventagent.libvirt;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NovaXml;
import org.vmeventagent.rig.OwnThread;
import org.vmeventagent.rig.QueueRecord;
import org.vmeventagent.system.Backoff;

/** Against a daemon of our own that dies, hangs and comes back. */
@Timeout(120)
class LibvirtDaemonIT {
    private static final LibvirtConfig QUICK = new LibvirtConfig(
            Duration.ofSeconds(1), 1, Duration.ofMillis(500), Duration.ofSeconds(5), EnumSet.allOf(EventKind.class));

    private final UUID uuid = UUID.randomUUID();
    private final QueueRecord record = new QueueRecord();
    private final RecordedConnection events = new RecordedConnection();
    private final LibvirtDaemon daemon = new LibvirtDaemon();

    @AfterEach
    void close() {
        daemon.close();
    }

    @Test
    void receivesAndQueriesOverTheReadOnlySocket() throws Exception {
        EventLoop.start();
        String uri = daemon.readOnly(daemon.testUri());
        Connect writer = new Connect(daemon.testUri(), false);
        try (LibvirtConnection connection = connection(uri)) {
            connection.start();
            LibvirtInput.ConnectionUp up = record.await(LibvirtInput.ConnectionUp.class);
            Domain domain = writer.domainDefineXML(NovaXml.testDomain("vm", uuid, "web 1"));
            domain.create();
            LookupResult lookup =
                    record.awaitLifecycle(uuid, "started", "booted").lookup().get(10, TimeUnit.SECONDS);
            connection.query(uuid);
            DomainListing.ListedDomain listedDomain =
                    record.await(LibvirtInput.DomainRecheck.class).listed();
            domain.free();

            assertTrue(up.registered() >= 24, () -> "registered " + up.registered());
            assertEquals(LookupResult.Status.METADATA, lookup.status());
            assertNotNull(listedDomain);
            assertTrue(listedDomain.cpuTime() > 0);
            Connect reader = new Connect(uri, true);
            assertThrows(
                    LibvirtException.class,
                    () -> reader.domainDefineXML(NovaXml.plainTestDomain("x", UUID.randomUUID())));
            reader.close();
        } finally {
            writer.close();
        }
    }

    @Test
    void comesBackAfterTheDaemonWasKilled() throws Exception {
        try (LibvirtConnection connection = connection(daemon.testUri())) {
            connection.start();
            long first = record.await(DomainListing.class).generation();
            daemon.kill9();
            LibvirtInput.ConnectionLost lost = record.await(LibvirtInput.ConnectionLost.class);
            await().until(() -> !events.failures().isEmpty());
            daemon.start();
            LibvirtInput.ConnectionUp up =
                    record.await(LibvirtInput.ConnectionUp.class, next -> next.generation() > first);
            DomainListing listing = record.await(DomainListing.class, next -> next.generation() == up.generation());

            assertEquals("eof", lost.reason());
            assertEquals(first, lost.generation());
            assertEquals(1, listing.domains().size());
            assertEquals(List.of("eof"), events.losses());
            assertEquals(List.of(), events.leaks());

            EventLoop.start();
            Connect writer = new Connect(daemon.testUri(), false);
            writer.domainDefineXML(NovaXml.testDomain("vm", uuid, "web 1")).free();
            assertEquals(
                    up.generation(),
                    record.awaitLifecycle(uuid, "defined", "added").generation());
            writer.close();
        }
    }

    @Test
    void comesBackToADaemonThatIsRestartedAgainAndAgain() throws Exception {
        EventLoop.start();
        try (LibvirtConnection connection = connection(daemon.testUri())) {
            connection.start();
            record.await(DomainListing.class);
            for (int i = 0; i < 5; i++) { // it is not waited for: some of its lives end while it is being opened
                daemon.kill9();
                daemon.start();
            }
            Connect writer = new Connect(daemon.testUri(), false);
            writer.domainDefineXML(NovaXml.plainTestDomain("vm", uuid)).free();
            record.await(LibvirtInput.class, this::isOfDomain);
            writer.close();

            assertEquals(List.of(), events.leaks());
        }
    }

    /** An event of the domain, or a listing with it where it was defined first. */
    private boolean isOfDomain(LibvirtInput input) {
        return input instanceof DomainEvent event
                ? event.uuid().equals(uuid)
                : input instanceof DomainListing listing
                        && listing.domains().stream()
                                .anyMatch(listedDomain -> listedDomain.uuid().equals(uuid));
    }

    @Test
    void comesBackWhenTheSocketIsThereAgain() throws Exception {
        try (LibvirtConnection connection = connection(daemon.testUri())) {
            connection.start();
            long first = record.await(DomainListing.class).generation();
            Files.delete(daemon.run().resolve("libvirt-sock"));
            daemon.disconnectClients();
            record.await(LibvirtInput.ConnectionLost.class);
            await().until(() -> events.failures().stream().anyMatch(reason -> reason.contains("No such file")));
            daemon.restart();
            record.await(DomainListing.class, next -> next.generation() > first);

            assertEquals(List.of(), events.leaks());
        }
    }

    @Test
    void listensByTcpAndComesBack() throws Exception {
        EventLoop.start();
        try (LibvirtDaemon remote = LibvirtDaemon.onTcp();
                LibvirtConnection connection = connection(remote.tcpUri())) {
            connection.start();
            long first = record.await(DomainListing.class).generation();
            remote.kill9();
            String reason = record.await(LibvirtInput.ConnectionLost.class).reason();
            assertTrue(Set.of("eof", "error").contains(reason), reason); // TCP may say that it was reset
            remote.start();
            record.await(DomainListing.class, next -> next.generation() > first);
            Connect writer = new Connect(remote.testUri(), false);
            writer.domainDefineXML(NovaXml.testDomain("vm", uuid, "web 1")).free();
            LookupResult lookup =
                    record.awaitLifecycle(uuid, "defined", "added").lookup().get(10, TimeUnit.SECONDS);
            writer.close();

            assertEquals(LookupResult.Status.METADATA, lookup.status());
            assertEquals(List.of(), events.leaks());
        }
    }

    @Test
    void noticesAFrozenDaemonAndOpensAgainWhenItAnswers() {
        try (LibvirtConnection connection = connection(daemon.testUri())) {
            connection.start();
            long first = record.await(DomainListing.class).generation();
            daemon.freeze();
            LibvirtInput.ConnectionLost lost = record.await(LibvirtInput.ConnectionLost.class);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> events.failures().stream().anyMatch(reason -> reason.contains("still hang")));
            daemon.thaw();
            record.await(DomainListing.class, next -> next.generation() > first);

            assertEquals("keepalive", lost.reason());
            assertTrue(
                    events.failures().stream().anyMatch(reason -> reason.contains("no answer to opening")),
                    () -> events.failures().toString());
            assertEquals(List.of(), events.leaks());
        }
    }

    @Test
    void losesNoFileDescriptorInFiftyReconnects() throws Exception {
        try (LibvirtConnection connection = connection(daemon.testUri())) {
            connection.start();
            long generation = record.await(DomainListing.class).generation();
            generation = reconnect(generation);
            long before = openFiles();
            for (int i = 0; i < 50; i++) {
                generation = reconnect(generation);
            }
            await().untilAsserted(() ->
                    assertTrue(openFiles() <= before + 2, () -> before + " files before, now more: " + openFiles()));
            assertEquals(List.of(), events.leaks());
        }
    }

    @Test
    void missesNothingInAStorm() throws Exception {
        EventLoop.start();
        int cycles = 500;
        try (LibvirtConnection connection = connection(daemon.testUri())) {
            connection.start();
            record.await(DomainListing.class);
            CompletableFuture<Void> one = CompletableFuture.runAsync(() -> live("one", cycles), OwnThread.EACH);
            CompletableFuture<Void> two = CompletableFuture.runAsync(() -> live("two", cycles), OwnThread.EACH);
            CompletableFuture.allOf(one, two).get(60, TimeUnit.SECONDS);
            record.awaitLifecycle(uuid("one", cycles - 1), "undefined", "removed");
            record.awaitLifecycle(uuid("two", cycles - 1), "undefined", "removed");
        }
        List<String> life = List.of("defined/added", "started/booted", "stopped/destroyed", "undefined/removed");
        for (int i = 0; i < cycles; i++) {
            assertEquals(life, record.sequence(uuid("one", i)));
            assertEquals(life, record.sequence(uuid("two", i)));
        }
    }

    private void live(String writer, int cycles) {
        try {
            Connect connect = new Connect(daemon.testUri(), false);
            for (int i = 0; i < cycles; i++) {
                Domain domain = connect.domainDefineXML(NovaXml.testDomain(writer + i, uuid(writer, i), "web"));
                domain.create();
                domain.destroy();
                domain.undefine();
                domain.free();
            }
            connect.close();
        } catch (LibvirtException e) {
            throw new AssertionError(e);
        }
    }

    private static UUID uuid(String writer, int number) {
        return UUID.nameUUIDFromBytes((writer + number).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void closesWithinItsTimeWhileTheDaemonHangs() {
        LibvirtConnection connection = connection(daemon.testUri());
        connection.start();
        record.await(DomainListing.class);
        daemon.freeze();
        long begin = System.nanoTime();
        connection.close();

        assertTrue(Duration.ofNanos(System.nanoTime() - begin).compareTo(Duration.ofSeconds(6)) < 0);
    }

    private long reconnect(long generation) {
        daemon.disconnectClients();
        long next = record.await(DomainListing.class, listing -> listing.generation() > generation)
                .generation();
        record.clear();
        return next;
    }

    private LibvirtConnection connection(String uri) {
        return new LibvirtConnection(
                QUICK,
                uri,
                record.queue(),
                events,
                events,
                new Backoff(
                        Duration.ofMillis(20), Duration.ofMillis(100), Backoff.Jitter.HALF, new SplittableRandom()));
    }

    private static long openFiles() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
