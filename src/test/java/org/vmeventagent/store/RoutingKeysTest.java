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
        start(topics, List.of(), priorities);
    }

    private void start(List<String> topics, List<String> filterTopics, List<String> priorities) {
        store.close();
        open();
        store.serve(topics, filterTopics, priorities, RoutingKeysTest::rewritten);
    }

    /** Rows for one topic alone, each of a domain of its own. */
    private static Batch only(String topic, long from, long to, String priority) {
        return TestBatches.batch(
                TestBatches.rows(from, to, priority).stream()
                        .map(row -> new OutboxRow(
                                row.sequence(), priority, topic, row.messageId(), row.observedAt(), row.body()))
                        .map(row -> new OutboxEntry(row, DropPriority.STATE, "crashed", "vm-" + row.sequence()))
                        .toList(),
                to);
    }

    private List<String> waiting() {
        try (DatabaseReader reader = DatabaseReader.open(directory.resolve("agent.db"))) {
            return reader.routingKeys().stream()
                    .map(key -> key.name() + ' ' + key.waiting() + " from " + key.oldest())
                    .toList();
        }
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

    @Test
    void aTopicOfFiltersWaitsForItsOwnRowsAlone() {
        start(List.of("a"), List.of("x"), INFO);
        store.commit(TestBatches.batch(1, 4, "info"));
        store.commit(only("x", 5, 6, "info"));
        assertEquals(List.of("a.info 4 from 1", "x.info 2 from 5"), waiting());
        assertEquals("x", store.read("info", 4, 1).get(0).topic());

        start(List.of("a"), List.of("x", "y"), INFO);

        assertFalse(store.hasUnreportedDrops(), "it has no view of the domains, and gets none");
        assertEquals(List.of("a.info 4 from 1", "x.info 2 from 5", "y.info 0 from 0"), waiting());
    }

    @Test
    void whatWaitsForATopicThatNoFilterNamesAnyMoreIsDroppedAndReported() {
        start(List.of("a"), List.of("x"), BOTH);
        store.commit(TestBatches.batch(1, 4, "info"));
        store.commit(only("x", 5, 7, "info"));
        store.commit(only("x", 8, 8, "error"));
        store.acknowledge("x.info", 5);
        store.commit(Batch.EMPTY);
        try (CapturedLog log = CapturedLog.open()) {
            start(List.of("a"), INFO);

            assertEquals(
                    Set.of(
                            "2 notifications waited for x.info, which no filter names any more, and are dropped:"
                                    + " libvirt.agent.overflow reports them, and an exists each domain concerned",
                            "1 notifications waited for x.error, which no filter names any more, and are dropped:"
                                    + " libvirt.agent.overflow reports them, and an exists each domain concerned"),
                    Set.copyOf(log.at(Level.WARN)));
        }
        assertEquals(
                new DroppedRows(
                        List.of(new DroppedRows.Range(6, 8)), Map.of("crashed", 3L), Set.of("vm-6", "vm-7", "vm-8")),
                store.unreportedDrops(10));
        assertEquals(List.of("a.info 4 from 1"), waiting());
        store.acknowledge("a.info", 5);
        store.release("info", 5);
        store.commit(Batch.EMPTY);
        assertEquals(0, store.depth());
    }

    @Test
    void aTopicOfFiltersThatIsConfiguredIsANewOneAndTheOtherWayRoundKeepsItsOwn() {
        start(List.of("a"), List.of("x"), INFO);
        store.commit(TestBatches.keeping(new InventoryRow("one", "1", null)));
        store.commit(TestBatches.batch(1, 4, "info"));
        store.commit(only("x", 5, 6, "info"));
        store.acknowledge("x.info", 5);
        store.commit(Batch.EMPTY);

        start(List.of("a", "x"), INFO);

        assertEquals(Set.of("one"), store.unreportedDrops(10).subjects());
        assertEquals(List.of("a.info 4 from 1", "x.info 6 from 1"), waiting());
        settle();
        try (CapturedLog log = CapturedLog.open()) {
            start(List.of("a"), List.of("x"), INFO);

            assertEquals(1, log.at(Level.WARN).size(), log.all());
            assertTrue(
                    log.at(Level.WARN).get(0).startsWith("4 notifications waited for x.info, whose topic"), log::all);
        }
        assertFalse(store.hasUnreportedDrops());
        assertEquals(List.of("a.info 4 from 1", "x.info 2 from 5"), waiting());
    }

    private void settle() {
        store.commit(new Batch(List.of(), List.of(), List.of(), Map.of(), store.unreportedDrops(10)));
        assertFalse(store.hasUnreportedDrops());
    }
}
