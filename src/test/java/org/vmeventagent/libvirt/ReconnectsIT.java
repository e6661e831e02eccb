package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.QueueRecord;
import org.vmeventagent.rig.TestScale;
import org.vmeventagent.system.Backoff;

/**
 * One process that is cut off again and again keeps nothing of it: no file descriptor, no thread, no memory.
 *
 * <p>{@code -Dchaos.reconnects} says how often; every tenth time the daemon itself is restarted.
 */
@Tag("chaos")
class ReconnectsIT {
    private static final int RESTART_EACH = 10;
    /** What the test itself keeps of a thousand is less. */
    private static final long MOST_HEAP_KB = 8 * 1024;
    /** A heap without a bound grows and shrinks by more than a leak of some bytes each; a connection would be 100 kB. */
    private static final long MOST_RSS_KB = 96 * 1024;

    private static final int MOST_MORE = 3;

    private final QueueRecord record = new QueueRecord();
    private final RecordedConnection events = new RecordedConnection();

    private record Use(int files, int threads, long heapKb, long rssKb) {
        static Use now() throws IOException {
            System.gc();
            String[] open = new File("/proc/self/fd").list();
            long rss = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
            long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1024;
            return new Use(open == null ? -1 : open.length, Thread.activeCount(), heap, rss);
        }
    }

    @Test
    void keepsNothingOfALostConnection() throws Exception {
        int times = TestScale.of("chaos.reconnects", 100, 1000);
        try (LibvirtDaemon daemon = new LibvirtDaemon();
                LibvirtConnection connection = connection(daemon.readOnly(daemon.testUri()))) {
            connection.start();
            awaitSubscribed();
            Use before = Use.now();
            long begin = System.nanoTime();
            int warmUp = Math.max(20, times / 10);
            for (int i = 1; i <= warmUp + times; i++) {
                cutOff(daemon, i % RESTART_EACH == 0);
                if (i == warmUp) {
                    before = Use.now();
                    begin = System.nanoTime();
                } else if (i % 100 == 0) {
                    System.out.println("reconnect " + i + ": " + Use.now());
                }
            }
            Use after = Use.now();
            System.out.println(times + " reconnects in "
                    + Duration.ofNanos(System.nanoTime() - begin).toSeconds() + " s: from " + before + " to " + after);

            assertTrue(after.files() <= before.files() + MOST_MORE, "files from " + before + " to " + after);
            assertTrue(after.threads() <= before.threads() + MOST_MORE, "threads from " + before + " to " + after);
            assertTrue(after.heapKb() <= before.heapKb() + MOST_HEAP_KB, "heap from " + before + " to " + after);
            assertTrue(after.rssKb() <= before.rssKb() + MOST_RSS_KB, "memory from " + before + " to " + after);
            assertEquals(0, events.leaks().size());
        }
    }

    private void cutOff(LibvirtDaemon daemon, boolean restart) {
        if (restart) {
            daemon.restart();
        } else {
            daemon.disconnectClients();
        }
        record.await(LibvirtInput.ConnectionLost.class);
        awaitSubscribed();
    }

    /** And forgets what was received before. */
    private void awaitSubscribed() {
        record.await(LibvirtInput.ConnectionUp.class);
        record.await(DomainListing.class);
        record.clear();
    }

    private LibvirtConnection connection(String uri) {
        return new LibvirtConnection(
                LibvirtConfig.defaults(),
                uri,
                record.queue(),
                events,
                events,
                new Backoff(Duration.ofMillis(2), Duration.ofMillis(4), Backoff.Jitter.HALF, new SplittableRandom(1)));
    }
}
