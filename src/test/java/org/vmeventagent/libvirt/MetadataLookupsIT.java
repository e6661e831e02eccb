package org.vmeventagent.libvirt;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.system.Progress;

/** Look-ups at a daemon that doesn't answer for a while. */
@Timeout(60)
class MetadataLookupsIT {
    private final LibvirtDaemon daemon = new LibvirtDaemon();
    private TimeLimitedQueries queries;
    private MetadataLookups lookups;
    private NativeConnect connect;
    private Pointer domain;
    private UUID uuid;

    @BeforeEach
    void open() throws Exception {
        EventLoop.start();
        connect = new NativeConnect(daemon.testUri());
        queries = new TimeLimitedQueries(
                LibvirtConfig.defaults(), daemon.testUri(), connect.raw(), new Progress(), () -> {}, () -> {});
        lookups = new MetadataLookups(queries, connect.raw());
        PointerByReference array = new PointerByReference();
        assertEquals(1, NativeLibvirt.virConnectListAllDomains(connect.raw(), array, 0));
        domain = array.getValue().getPointer(0);
        uuid = EventSubscription.uuid(domain);
    }

    @AfterEach
    void close() throws Exception {
        daemon.thaw();
        assertTrue(queries.stop(Duration.ofSeconds(10)));
        NativeLibvirt.virDomainFree(domain);
        assertEquals(0, connect.close(), "no look-up holds the connection");
        daemon.close();
    }

    @Test
    void aDomainHasOneLookupAtATimeAndAnAnswerIsNeverOlderThanItsEvent() throws Exception {
        daemon.freeze();
        CompletableFuture<LookupResult> first = start();
        await().until(() -> start() != first);
        CompletableFuture<LookupResult> second = start();
        CompletableFuture<LookupResult> third = start();
        assertFalse(first.isDone());
        assertNotSame(first, second);
        assertSame(second, third, "what has not begun is shared");
        daemon.thaw();

        assertEquals(
                LookupResult.Status.NO_METADATA, first.get(10, TimeUnit.SECONDS).status());
        assertEquals(
                LookupResult.Status.NO_METADATA,
                second.get(10, TimeUnit.SECONDS).status());
    }

    @Test
    void queriesUntilThereWasAnAnswerAndThenOnlyWhenDue() throws Exception {
        CompletableFuture<LookupResult> unknown = lookups.startIfDue(domain, uuid, EventKind.REBOOT, null, null);
        assertNotNull(unknown);
        unknown.get(10, TimeUnit.SECONDS);

        await().untilAsserted(() -> assertNull(lookups.startIfDue(domain, uuid, EventKind.REBOOT, null, null)));
        assertNotNull(start());
        lookups.listed(List.of());
        assertNotNull(lookups.startIfDue(domain, uuid, EventKind.REBOOT, null, null), "unknown again");
    }

    @Test
    void stoppingAnswersWhatWaits() throws Exception {
        daemon.freeze();
        CompletableFuture<LookupResult> running = start();
        await().until(() -> start() != running);
        CompletableFuture<LookupResult> waiting = start();
        lookups.stop();
        boolean stopped = queries.stop(Duration.ofMillis(100));
        assertFalse(stopped, "one hangs in the daemon");
        assertNull(start(), "nothing begins any more");
        daemon.thaw();

        assertEquals(
                LookupResult.Status.FAILED, waiting.get(10, TimeUnit.SECONDS).status());
        assertEquals(
                LookupResult.Status.NO_METADATA,
                running.get(10, TimeUnit.SECONDS).status());
    }

    private CompletableFuture<LookupResult> start() {
        return lookups.startIfDue(domain, uuid, EventKind.METADATA_CHANGE, null, null);
    }

    /** A thread made for each would cost more than the query itself. */
    @Test
    void oneThreadRunsOneQueryAfterTheOther() throws Exception {
        Set<Thread> threads = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            CompletableFuture<Thread> ran = new CompletableFuture<>();
            assertTrue(queries.start(uuid, "", own -> ran.complete(Thread.currentThread()), () -> ran.cancel(false)));
            threads.add(ran.get(10, TimeUnit.SECONDS));
        }
        assertEquals(1, threads.size(), threads::toString);
    }

    /** As many questions hang as may: the next is not waited for. */
    @Test
    void queriesNoMoreWhileAllThreadsHang() throws Exception {
        daemon.freeze();
        for (int i = 0; i < TimeLimitedQueries.MAX_THREADS; i++) {
            assertThrows(TimeoutException.class, () -> queries.find(UUID.randomUUID()));
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            long begin = System.nanoTime();
            assertThrows(TimeoutException.class, () -> queries.find(UUID.randomUUID()));
            return System.nanoTime() - begin < TimeLimitedQueries.DOMAIN_TIMEOUT.toNanos() / 2;
        });
        daemon.thaw();
        await().atMost(Duration.ofSeconds(20)).until(() -> queries.find(uuid).isPresent());
    }
}
