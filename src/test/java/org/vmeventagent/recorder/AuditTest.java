package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.notification.EventNames;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreConfig;
import org.vmeventagent.time.Moment;

/** The current state of many domains, asked for by many. */
@Timeout(120)
class AuditTest {
    private static final int DOMAINS = 1500;

    @TempDir
    private Path directory;

    private final AtomicReference<Store> store = new AtomicReference<>();
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong mostAtOnce = new AtomicLong();

    @Test
    void isCutIntoCommitsThatAreBoundedAsAFirstListingIs() throws Exception {
        try (TestRecorder run = begin()) {
            run.settle();
            long before = run.kept().size();
            list(run);
            assertEquals(before + 1 + DOMAINS, run.kept().size(), "connected, and exists for each domain");
            run.recorder.audit();
            assertEquals(before + 1 + 2 * DOMAINS, run.kept().size());
            assertTrue(mostAtOnce.get() <= PendingBatch.MAX_ROWS, mostAtOnce::toString);
            assertEquals(
                    IntStream.rangeClosed(1, run.kept().size())
                            .mapToObj(Long::valueOf)
                            .toList(),
                    run.keptNumbers());
        }
    }

    @Test
    void thatWaitsIsOneForAllWhoQuery() throws Exception {
        try (TestRecorder run = begin()) {
            list(run);
            long before = run.kept().size();
            CountDownLatch goOn = new CountDownLatch(1);
            run.receives(new LibvirtInput.Command(() -> await(goOn)));
            for (int i = 0; i < 40; i++) {
                run.recorder.audit();
            }
            goOn.countDown();
            assertEquals(before + DOMAINS, run.kept().size());
            run.recorder.audit();
            assertEquals(before + 2 * DOMAINS, run.kept().size());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void list(TestRecorder run) {
        List<DomainListing.ListedDomain> domains = IntStream.rangeClosed(1, DOMAINS)
                .mapToObj(n -> new DomainListing.ListedDomain(
                        Events.uuid(n),
                        Events.name(n),
                        n,
                        SimulatedHost.RUNNING,
                        1,
                        true,
                        false,
                        0,
                        Events.metadataText(n),
                        Moment.now()))
                .toList();
        run.receives(
                new LibvirtInput.ConnectionUp(Events.URI, 1, "QEMU", "node", 27),
                new DomainListing(Events.URI, 1, Moment.now(), domains));
    }

    private TestRecorder begin() {
        TestRecorder run = new TestRecorder(
                StoreConfig.at(directory.resolve("agent.db")).withSynchronous(StoreConfig.Synchronous.NORMAL),
                RecorderConfig.DEFAULTS.withBudget(RateLimitConfig.NONE),
                List.of(row -> noteCommit()),
                new PublishFilter(EventNames.byDefault(), true),
                LibvirtQueries.NONE,
                "");
        store.set(run.store);
        return run;
    }

    /** Shown after the commit: how many rows that had. */
    private void noteCommit() {
        Store opened = store.get();
        if (opened != null) {
            long now = opened.depth();
            mostAtOnce.accumulateAndGet(now - committed.getAndSet(now), Math::max);
        }
    }
}
