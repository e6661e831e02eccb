package org.vmeventagent.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.vmeventagent.inventory.Inventory;
import org.vmeventagent.inventory.KnownDomainCodec;
import org.vmeventagent.inventory.Transition;
import org.vmeventagent.notification.Hypervisor;
import org.vmeventagent.notification.Notification;
import org.vmeventagent.notification.NotificationConfig;
import org.vmeventagent.notification.NotificationIds;
import org.vmeventagent.notification.NotificationWriter;
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.simulator.ExampleEvents;
import org.vmeventagent.store.Batch;
import org.vmeventagent.store.DropPriority;
import org.vmeventagent.store.InventoryRow;
import org.vmeventagent.store.OutboxEntry;
import org.vmeventagent.store.OutboxRow;
import org.vmeventagent.store.Store;
import org.vmeventagent.store.StoreConfig;
import org.vmeventagent.time.AgentClock;

/** What an event comes through after the callback, part by part, with nothing around it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init") // by @Setup
public class PathBenchmark {
    private static final int MANY = 64;
    private static final Hypervisor HYPERVISOR = new Hypervisor("QEMU", "cmp-01.example.org");
    private static final NotificationIds STAMP =
            new NotificationIds(new UUID(1, 2), 43, 41, new UUID(3, 4), new UUID(5, 6), false);

    private final Inventory inventory = new Inventory();
    private final NotificationWriter writer = new NotificationWriter(
            new NotificationConfig("cmp-01", "RegionOne", "libvirt", "info", true, true), "1.0.0");
    private ExampleEvents.Example[] events = {};
    private Transition transition;
    private OutboxRow row;
    private InventoryRow domain;
    private Path directory;
    private Store store;
    private int applied;
    private long sequence;
    private final AgentClock clock = AgentClock.system(0);

    /** A running instance, and a transition of it. */
    @Setup
    public void open() throws IOException {
        ExampleEvents source = new ExampleEvents();
        source.reportAll("defined/added?metadata started/booted?metadata")
                .forEach(example -> inventory.apply(example.event(), example.look()));
        events = source.reportAll("suspended/paused resumed/unpaused").toArray(ExampleEvents.Example[]::new);
        transition = inventory.apply(events[applied++].event(), null).get(0);
        Notification notification = writer.write(transition, HYPERVISOR, STAMP);
        row = new OutboxRow(1, notification.priority(), null, STAMP.messageId().toString(), 0, notification.body());
        domain = new InventoryRow(
                KnownDomainCodec.key(transition.domain().key()),
                KnownDomainCodec.write(transition.domain(), clock),
                null);
        directory = Files.createTempDirectory(Path.of("target"), "bench");
        store = Store.open(StoreConfig.at(directory.resolve("agent.db")));
    }

    @TearDown
    public void close() throws IOException {
        store.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** An event of a known domain changes its state. */
    @Benchmark
    public List<Transition> apply() {
        return inventory.apply(events[applied++ & 1].event(), null);
    }

    @Benchmark
    public Notification writeNotification() {
        return writer.write(transition, HYPERVISOR, STAMP);
    }

    @Benchmark
    public String writeDomain() {
        return KnownDomainCodec.write(transition.domain(), clock);
    }

    @Benchmark
    public byte[] wrap() {
        return OsloEnvelope.MESSAGINGV2.wrap(row, OsloEnvelope.newUniqueId());
    }

    /** One notification and its domain, synchronous = full. */
    @Benchmark
    public void commit() {
        commit(1);
    }

    /** A batch as a storm makes it; the figure is of one row. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public void commitMany() {
        commit(MANY);
    }

    /** What was committed before is delivered and goes, as with a broker that keeps up. */
    private void commit(int rows) {
        store.acknowledge("notifications.info", sequence);
        store.release("info", sequence);
        List<OutboxEntry> entries = new ArrayList<>(rows);
        for (int i = 0; i < rows; i++) {
            OutboxRow next =
                    new OutboxRow(++sequence, row.priority(), null, row.messageId(), row.observedAt(), row.body());
            entries.add(new OutboxEntry(next, DropPriority.STATE, transition.name(), domain.key()));
        }
        store.commit(new Batch(entries, List.of(domain), List.of(), Map.of(Store.SEQUENCE, sequence)));
    }
}
