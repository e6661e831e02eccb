package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.store.StoreConfig;

/** What libvirt is queried about migrations, and what is published of the answers. */
class MigrationTest {
    private static final LibvirtInput.ConnectionUp UP =
            new LibvirtInput.ConnectionUp(Events.URI, 1, "QEMU", "node", 22);

    @TempDir
    private Path directory;

    private Path path;

    @BeforeEach
    void path() {
        path = directory.resolve("agent.db");
    }

    @Test
    void anArrivalIsPublishedWithTheFiguresOfItsMigration() throws Exception {
        try (TestRecorder run = new TestRecorder(path)) {
            run.recorder.filter(new PublishFilter(Set.of("migrated"), true));
            run.receives(
                    UP,
                    Events.lifecycle(1, Events.name(1), 2, 1, null, Events.CLOCK.now()),
                    Events.lifecycle(1, Events.name(1), 4, 1, null, Events.CLOCK.now()),
                    figures(Map.of()));
            assertEquals(1, run.kept().size(), "libvirt doesn't know them yet");
            run.receives(figures(EventKind.JOB_COMPLETED.attributes(Map.of("operation", 4, "downtime", 64L))));

            assertEquals(2, run.kept().size());
            String migrated = new String(run.kept().get(1).body(), StandardCharsets.US_ASCII);
            assertTrue(migrated.contains("\"downtime_ms\":64"), migrated);
            assertTrue(migrated.contains("\"operation\":\"migration_in\""), migrated);
            assertEquals(null, run.domain(1).interruption());
        }
    }

    @Test
    void aMigrationIsQueriedAboutWhileItGoesOn() throws Exception {
        List<UUID> queried = new ArrayList<>();
        LibvirtQueries queries = new LibvirtQueries() {
            @Override
            public void list(String connectionUri) {}

            @Override
            public void query(String connectionUri, UUID uuid) {}

            @Override
            public void queryJob(String connectionUri, UUID uuid, boolean completed) {
                assertFalse(completed);
                queried.add(uuid);
            }
        };
        PublishFilter filter = new PublishFilter(Set.of("migration_progress"), true);
        try (TestRecorder run =
                new TestRecorder(StoreConfig.at(path), RecorderConfig.DEFAULTS, List.of(), filter, queries, "")) {
            run.receives(UP, Events.started(1), iteration(1), iteration(2), progress("migration_out"));
            run.settle();
            assertEquals(List.of(Events.uuid(1)), queried, "once in five seconds");
            assertEquals(1, run.kept().size());
            String body = new String(run.kept().get(0).body(), StandardCharsets.US_ASCII);
            assertTrue(body.contains("\"memory_iteration\":2"), body);
            assertTrue(body.contains("\"kind\":\"job\""), body);
            assertTrue(body.contains("\"domain_state\":\"running\""), body);

            run.receives(progress("save"), progress("migration_out"));
            run.settle();
            assertEquals(1, run.kept().size(), "a save iterates, too, and ends the queries");
            run.recorder.filter(new PublishFilter(Set.of(), true));
            run.receives(iteration(3));
            run.settle();
            assertEquals(1, queried.size(), "nobody wants it any more");
        }
    }

    private static DomainEvent iteration(int number) {
        return new DomainEvent(
                Events.URI,
                1,
                Events.uuid(1),
                Events.name(1),
                1,
                EventKind.MIGRATION_ITERATION,
                null,
                null,
                Map.of("iteration", number),
                Events.CLOCK.now(),
                null);
    }

    private static LibvirtInput progress(String operation) {
        int code = operation.equals("save") ? 2 : 5;
        Map<String, Object> parameters =
                EventKind.JOB_COMPLETED.attributes(Map.of("operation", code, "memory_iteration", 2L));
        return new LibvirtInput.JobStatistics(Events.URI, 1, Events.uuid(1), false, parameters);
    }

    private static LibvirtInput figures(Map<String, Object> parameters) {
        return new LibvirtInput.JobStatistics(Events.URI, 1, Events.uuid(1), true, parameters);
    }
}
