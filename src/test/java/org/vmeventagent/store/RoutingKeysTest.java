package org.vmeventagent.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.CapturedLog;

/** A configuration that changed while rows wait. */
class RoutingKeysTest {
    private static final List<String> BOTH = List.of("info", "error");
    private static final List<String> INFO = List.of("info");

    @TempDir
    Path directory;

    private Store store;

    @BeforeEach
    void open() {
        store = Store.open(StoreConfig.at(directory.resolve("agent.db")));
    }

    @AfterEach
    void close() {
        store.close();
    }

    /** A start of the agent with these. */
    private void start(List<String> topics, List<String> priorities) {
        store.close();
        open();
        store.serve(topics, priorities, RoutingKeysTest::rewritten);
    }

    private static byte[] rewritten(byte[] body, String priority) {
        return (priority + " " + new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whatWaitedWithAPriorityThatIsNotSentAnyMoreIsSentWithTheOther() {
        start(List.of("t"), BOTH);
        store.commit(TestBatches.batch(1, 3, "info"));
        store.commit(TestBatches.batch(4, 5, "error"));
        store.commit(TestBatches.batch(6, 8, "info"));
        store.acknowledge("t.info", 7);
        store.release("info", 7);
        store.acknowledge("t.error", 4);
        store.release("error", 4);
        store.commit(Batch.EMPTY);

        start(List.of("t"), INFO);

        List<OutboxRow> rows = store.read("info", store.acknowledged("t.info"), 10);
        assertEquals(List.of(5L, 8L), rows.stream().map(OutboxRow::sequence).toList());
        assertEquals("info " + TestBatches.body(5), new String(rows.get(0).body(), StandardCharsets.UTF_8));
        assertEquals("id-5", rows.get(0).messageId());
        assertEquals(List.of(), store.read("error", 0, 10));
        assertFalse(store.hasUnreportedDrops());

        store.acknowledge("t.info", 8);
        store.release("info", 8);
        start(List.of("t"), BOTH);
        assertFalse(store.hasUnreportedDrops(), "the topic is no new one");
        assertEquals(2, store.depth(), "no commit came");
    }

    @Test
    void aTopicThatIsAddedGetsTheCurrentStateOfEveryDomain() {
        start(List.of("a"), INFO);
        assertFalse(store.hasUnreportedDrops(), "nothing was published before");
        store.commit(TestBatches.keeping(new InventoryRow("one", "1", null), new InventoryRow("two", "1", null)));
        store.commit(TestBatches.batch(1, 4, "info"));
        store.acknowledge("a.info", 2);
        store.commit(Batch.EMPTY);
        start(List.of("a"), INFO);
        assertFalse(store.hasUnreportedDrops(), "nothing has changed");

        start(List.of("a", "b"), INFO);

        assertEquals(new DroppedRows(List.of(), Map.of(), Set.of("one", "two")), store.unreportedDrops(10));
        assertTrue(store.hasUnreportedDrops());
        assertEquals(2, store.acknowledged("a.info"));
        assertEquals(0, store.acknowledged("b.info"), "it gets what waits");
        settle();
        start(List.of("a", "b"), INFO);
        assertFalse(store.hasUnreportedDrops(), "unreported once");
    }

    @Test
    void saysHowManyRowsATopicDoesNotGetAnyMore() {
        start(List.of("a", "b"), INFO);
        store.commit(TestBatches.batch(1, 9, "info"));
        store.acknowledge("a.info", 8);
        store.acknowledge("b.info", 3);
        store.commit(Batch.EMPTY);
        try (CapturedLog log = CapturedLog.open()) {
            start(List.of("a"), INFO);

            assertEquals(
                    List.of(
                            "6 notifications waited for b.info, whose topic is not configured any more, and are not sent"
                                    + " there; add it to [oslo_messaging_notifications] topics again, and it gets an exists for"
                                    + " every domain"),
                    log.at(Level.WARN));
        }
        start(List.of("a", "b"), INFO);
        assertEquals(0, store.acknowledged("b.info"), "it begins at 0");
    }

    @Test
    void whatWaitsIsKeptWhileNoDriverSendsIt() {
        start(List.of("t"), INFO);
        store.commit(TestBatches.batch(1, 4, "info"));
        store.acknowledge("t.info", 2);
        store.commit(Batch.EMPTY);
        try (CapturedLog log = CapturedLog.open()) {
            start(List.of(), List.of());

            assertEquals(1, log.at(Level.WARN).size());
            assertTrue(log.at(Level.WARN).get(0).startsWith("4 notifications wait in "), log::all);
        }
        start(List.of("t"), INFO);

        assertEquals(2, store.acknowledged("t.info"));
        assertEquals(4, store.depth());
        assertFalse(store.hasUnreportedDrops());
    }

    @Test
    void whatWasRecordedWhileNoDriverSentItIsReported() {
        start(List.of("t"), INFO);
        store.commit(TestBatches.keeping(new InventoryRow("one", "1", null)));
        store.commit(TestBatches.batch(1, 4, "info"));
        start(List.of(), List.of());
        store.commit(new Batch(List.of(), List.of(), List.of(), Map.of(Store.SEQUENCE, 9L, Store.UNKEPT, 5L)));

        start(List.of("t"), INFO);

        assertEquals(
                new DroppedRows(List.of(new DroppedRows.Range(5, 9)), Map.of(), Set.of("one")),
                store.unreportedDrops(10));
        assertEquals(0, store.counter(Store.UNKEPT));
        settle();
        start(List.of("t"), INFO);
        assertFalse(store.hasUnreportedDrops(), "unreported once");
        assertEquals(0, store.counter(Store.UNKEPT));
    }

    @Test
    void theFirstBrokerGetsTheCurrentStateWithoutNumbersThatNobodyMisses() {
        start(List.of(), List.of());
        store.commit(new Batch(
                List.of(),
                List.of(new InventoryRow("one", "1", null)),
                List.of(),
                Map.of(Store.SEQUENCE, 9L, Store.UNKEPT, 1L)));

        start(List.of("t"), INFO);

        assertEquals(new DroppedRows(List.of(), Map.of(), Set.of("one")), store.unreportedDrops(10));
    }

    private void settle() {
        store.commit(new Batch(List.of(), List.of(), List.of(), Map.of(), store.unreportedDrops(10)));
        assertFalse(store.hasUnreportedDrops());
    }
}
