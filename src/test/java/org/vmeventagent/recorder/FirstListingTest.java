package org.vmeventagent.recorder;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.vmeventagent.libvirt.ConnectionListener;
import org.vmeventagent.libvirt.EventLoop;
import org.vmeventagent.libvirt.LibvirtConfig;
import org.vmeventagent.libvirt.LibvirtConnection;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.notification.EventNames;
import org.vmeventagent.rig.NovaXml;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.StoreConfig;

/** The very first listing of many domains that don't hold still: libvirt's test driver in this process. */
@Timeout(120)
class FirstListingTest {
    private static final String URI = "test:///default";
    private static final int DOMAINS = 500;
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Domain> domains = new ArrayList<>();
    private Connect writer;

    @BeforeEach
    void defineDomains() throws Exception {
        EventLoop.start();
        writer = new Connect(URI, false);
        for (int i = 0; i < DOMAINS; i++) {
            UUID uuid = UUID.randomUUID();
            Domain domain = writer.domainDefineXML(NovaXml.testDomain("busy-" + uuid, uuid, "web " + i));
            domain.create();
            domains.add(domain);
        }
    }

    @AfterEach
    void undefineDomains() throws Exception {
        for (Domain domain : domains) {
            domain.destroy();
            domain.undefine();
            domain.free();
        }
        writer.close();
    }

    @Test
    void everyDomainExistsOnceAndBeginsWithThat(@TempDir Path directory) throws Exception {
        AtomicBoolean listed = new AtomicBoolean();
        CountDownLatch begun = new CountDownLatch(1);
        Thread guests = new Thread(() -> toggle(listed, begun), "guests");
        guests.start();
        begun.await();
        try (TestRecorder run = new TestRecorder(
                        StoreConfig.at(directory.resolve("agent.db")),
                        RecorderConfig.DEFAULTS,
                        List.of(),
                        new PublishFilter(EventNames.byDefault(), true),
                        LibvirtQueries.NONE,
                        "");
                LibvirtConnection connection = new LibvirtConnection(
                        LibvirtConfig.defaults(), URI, run.queue, ConnectionListener.NONE, AgentMetrics.NONE)) {
            connection.start();
            await().atMost(SOON).until(() -> existing(run) >= DOMAINS);
            listed.set(true);
            guests.join();

            Map<String, List<JsonNode>> reported = byInstance(run);
            assertTrue(reported.size() >= DOMAINS);
            reported.values().forEach(FirstListingTest::assertBeginsWithExists);
        }
    }

    private void toggle(AtomicBoolean listed, CountDownLatch begun) {
        try {
            for (int i = 0; !listed.get(); i = (i + 1) % DOMAINS) {
                domains.get(i).suspend();
                domains.get(i).resume();
                begun.countDown();
                LockSupport.parkNanos(200_000); // so that the queue takes them all
            }
        } catch (LibvirtException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertBeginsWithExists(List<JsonNode> reported) {
        assertEquals("libvirt.domain.exists", reported.get(0).get("event_type").asText(), reported::toString);
        for (JsonNode notification : reported.subList(1, reported.size())) {
            JsonNode payload = notification.get("payload");
            boolean lateLookup = notification.get("event_type").asText().equals("libvirt.domain.metadata_change");
            assertEquals(lateLookup ? "resync" : "event", payload.get("origin").asText(), reported::toString);
            assertTrue(payload.get("persistent").asBoolean(), reported::toString);
        }
    }

    private static long existing(TestRecorder run) throws Exception {
        return byInstance(run).values().stream()
                .filter(reported -> reported.get(0).get("event_type").asText().endsWith(".exists"))
                .count();
    }

    private static Map<String, List<JsonNode>> byInstance(TestRecorder run) throws InterruptedException, IOException {
        Map<String, List<JsonNode>> reported = new LinkedHashMap<>();
        for (OutboxRow row : run.recorded()) {
            JsonNode notification = JSON.readTree(row.body());
            JsonNode instance = notification.at("/payload/instance_id");
            if (!instance.isMissingNode()) {
                reported.computeIfAbsent(instance.asText(), key -> new ArrayList<>())
                        .add(notification);
            }
        }
        return reported;
    }
}
