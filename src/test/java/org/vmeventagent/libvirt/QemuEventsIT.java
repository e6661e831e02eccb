package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.libvirt.Domain;
import org.libvirt.DomainSnapshot;
import org.vmeventagent.event.DomainEvent;
import org.vmeventagent.event.DomainListing;
import org.vmeventagent.event.EnumValue;
import org.vmeventagent.event.EventKind;
import org.vmeventagent.event.LibvirtInput;
import org.vmeventagent.event.LookupResult;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.rig.BootSector;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NovaXml;
import org.vmeventagent.rig.PlatformTrait;
import org.vmeventagent.rig.QemuGuests;
import org.vmeventagent.rig.QueueRecord;

/**
 * What is received of real QEMU guests, over the read-only socket. Guests that act by themselves are all started first, so
 * that they boot together; and paused, so that nothing they do comes before libvirt tells of their start.
 */
@Timeout(120)
class QemuEventsIT {
    private static final List<String> BORN = List.of("defined/added", "resumed/unpaused", "started/booted");
    private static final List<String> BORN_PAUSED =
            List.of("defined/added", "started/booted", "suspended/paused", "resumed/unpaused");

    private static final QueueRecord RECORD = new QueueRecord();
    private static LibvirtDaemon daemon;
    private static QemuGuests guests;
    private static LibvirtConnection connection;

    @BeforeAll
    static void bootGuests() throws Exception {
        daemon = new LibvirtDaemon();
        guests = new QemuGuests(daemon);
        connection = new LibvirtConnection(
                LibvirtConfig.defaults(),
                daemon.readOnly(daemon.qemuUri()),
                RECORD.queue(),
                ConnectionListener.NONE,
                AgentMetrics.NONE);
        connection.start();
        RECORD.await(DomainListing.class);

        guests.startPaused("power-off", BootSector.POWER_OFF, "");
        guests.startPaused("reset", BootSector.RESET, "");
        guests.startPaused("panic", BootSector.PANIC, "<on_crash>destroy</on_crash>");
        guests.startPaused("panic-kept", BootSector.PANIC, "<on_crash>preserve</on_crash>");
        for (String action : List.of("pause", "reset", "poweroff", "none")) {
            guests.startPaused(
                    "watchdog-" + action, BootSector.WATCHDOG, "<watchdog model='ib700' action='" + action + "'/>");
        }
        guests.startPaused(
                "full", BootSector.WRITE_TO_SECOND_DISK, QemuGuests.diskXml(daemon.diskWithoutSpace(), "hdb", "ide"));
    }

    @AfterAll
    static void end() throws Exception {
        connection.close();
        guests.close();
        daemon.close();
    }

    @Test
    void guestPowersOff() {
        UUID uuid = QemuGuests.uuid("power-off");
        RECORD.awaitLifecycle(uuid, "stopped", "shutdown");

        assertEquals(joined(BORN_PAUSED, List.of("shutdown/guest", "stopped/shutdown")), RECORD.sequence(uuid));
    }

    @Test
    void guestResets() throws Exception {
        UUID uuid = QemuGuests.uuid("reset");
        RECORD.awaitKind(uuid, EventKind.REBOOT);
        destroy("reset");
        RECORD.awaitLifecycle(uuid, "stopped", "destroyed");

        List<String> received = withoutControlError(uuid).stream().distinct().toList();
        assertEquals(joined(BORN_PAUSED, List.of("reboot"), destroyed(uuid)), received);
    }

    @Test
    void guestPanicsAndIsDestroyed() {
        UUID uuid = QemuGuests.uuid("panic");
        RECORD.awaitLifecycle(uuid, "stopped", "crashed");

        assertEquals(
                joined(BORN_PAUSED, List.of("crashed/panicked"), ended(uuid, "stopped/crashed")),
                withoutPauseOfPanic(uuid));
    }

    @Test
    void guestPanicsAndIsKept() throws Exception {
        UUID uuid = QemuGuests.uuid("panic-kept");
        RECORD.awaitLifecycle(uuid, "crashed", "panicked");
        destroy("panic-kept");
        RECORD.awaitLifecycle(uuid, "stopped", "destroyed");

        assertEquals(joined(BORN_PAUSED, List.of("crashed/panicked"), destroyed(uuid)), withoutPauseOfPanic(uuid));
    }

    @Test
    void watchdogPauses() {
        UUID uuid = QemuGuests.uuid("watchdog-pause");
        RECORD.awaitLifecycle(uuid, "suspended", "watchdog");

        assertEquals(joined(BORN_PAUSED, List.of("watchdog", "suspended/watchdog")), RECORD.sequence(uuid));
        assertEquals(new EnumValue(1, "pause"), watchdogAction(uuid));
    }

    @Test
    void watchdogResets() {
        UUID uuid = QemuGuests.uuid("watchdog-reset");
        RECORD.awaitKind(uuid, EventKind.REBOOT);

        assertEquals(
                joined(BORN_PAUSED, List.of("watchdog", "reboot")),
                RECORD.sequence(uuid).subList(0, 6));
        assertEquals(new EnumValue(2, "reset"), watchdogAction(uuid));
    }

    @Test
    void watchdogPowersOff() {
        UUID uuid = QemuGuests.uuid("watchdog-poweroff");
        RECORD.awaitLifecycle(uuid, "stopped", "failed");

        assertEquals(joined(BORN_PAUSED, List.of("watchdog", "stopped/failed")), RECORD.sequence(uuid));
        assertEquals(new EnumValue(3, "poweroff"), watchdogAction(uuid));
    }

    @Test
    void watchdogDoesNothing() {
        assertEquals(new EnumValue(0, "none"), watchdogAction(QemuGuests.uuid("watchdog-none")));
    }

    @Test
    void hostRunsOutOfSpace() {
        UUID uuid = QemuGuests.uuid("full");
        RECORD.awaitLifecycle(uuid, "suspended", "ioerror");

        assertEquals(joined(BORN_PAUSED, List.of("io_error_reason", "suspended/ioerror")), RECORD.sequence(uuid));
        assertEquals(
                Map.of(
                        "path",
                        daemon.diskWithoutSpace().toString(),
                        "device",
                        "ide0-0-1",
                        "action",
                        new EnumValue(1, "pause"),
                        "reason",
                        "enospc"),
                RECORD.awaitKind(uuid, EventKind.IO_ERROR_REASON).attributes());
    }

    @Test
    void hypervisorProcessIsKilled() throws Exception {
        start("killed", BootSector.IDLE, "");
        daemon.guest("killed").destroyForcibly();
        UUID uuid = QemuGuests.uuid("killed");
        RECORD.awaitLifecycle(uuid, "stopped", "failed");

        assertEquals(joined(BORN, List.of("stopped/failed")), withoutControlError(uuid));
    }

    @Test
    void savesAndRestores() throws Exception {
        Domain domain = start("saved", BootSector.IDLE, "");
        Path image = guests.disk("saved.image");
        domain.save(image.toString());
        guests.connect().restore(image.toString());
        UUID uuid = QemuGuests.uuid("saved");
        RECORD.awaitLifecycle(uuid, "resumed", "from_snapshot");
        domain.free();

        assertEquals(
                joined(
                        BORN,
                        List.of("suspended/paused", "job_completed"),
                        ended(uuid, "stopped/saved"),
                        List.of("started/restored", "resumed/from_snapshot")),
                withoutIterations(uuid));
        Map<String, Object> job =
                RECORD.awaitKind(uuid, EventKind.JOB_COMPLETED).attributes();
        assertEquals(new EnumValue(2, "save"), job.get("operation"));
        assertTrue(job.get("time_elapsed") instanceof Long, job::toString);
        assertEquals(true, job.getOrDefault("success", true));
    }

    @Test
    void savesManagedAndStartsFromIt() throws Exception {
        Domain domain = start("managed", BootSector.IDLE, "");
        domain.managedSave();
        connection.query(QemuGuests.uuid("managed"));
        DomainListing.ListedDomain listedDomain = RECORD.await(
                        LibvirtInput.DomainRecheck.class,
                        recheck -> recheck.uuid().equals(QemuGuests.uuid("managed")))
                .listed();
        domain.create();
        UUID uuid = QemuGuests.uuid("managed");
        RECORD.awaitLifecycle(uuid, "resumed", "from_snapshot");
        domain.free();

        assertNotNull(listedDomain);
        assertTrue(listedDomain.managedSave());
        assertEquals(
                joined(
                        BORN,
                        List.of("suspended/paused", "job_completed"),
                        ended(uuid, "stopped/saved"),
                        List.of("started/restored", "resumed/from_snapshot")),
                withoutIterations(uuid));
    }

    @Test
    void pausesAndResumes() throws Exception {
        Domain domain = start("paused", BootSector.IDLE, "");
        domain.suspend();
        domain.resume();
        UUID uuid = QemuGuests.uuid("paused");
        RECORD.await(
                DomainEvent.class,
                event -> event.uuid().equals(uuid)
                        && event.is("resumed", "unpaused")
                        && RECORD.sequence(uuid).contains("suspended/paused"));
        domain.free();

        DomainEvent paused = RECORD.awaitLifecycle(uuid, "suspended", "paused");
        assertTrue(paused.domainId() > 0);
    }

    @Test
    void revertsToASnapshot() throws Exception {
        Domain domain = guests.connect().domainDefineXML(guests.qcow2Xml("reverted", BootSector.IDLE));
        domain.create();
        DomainSnapshot snapshot = domain.snapshotCreateXML("<domainsnapshot><name>before</name></domainsnapshot>");
        domain.revertToSnapshot(snapshot);
        UUID uuid = QemuGuests.uuid("reverted");
        RECORD.awaitLifecycle(uuid, "defined", "from_snapshot");
        snapshot.free();
        domain.free();

        List<String> received = withoutIterations(uuid);
        assertEquals(joined(BORN, List.of("suspended/paused")), received.subList(0, 4));
        assertEquals(
                List.of(
                        "stopped/from_snapshot",
                        "started/from_snapshot",
                        "resumed/from_snapshot",
                        "defined/from_snapshot"),
                received.subList(received.size() - 4, received.size()));
    }

    @Test
    void metadataChanges() throws Exception {
        Domain domain = start("renamed", BootSector.IDLE, "");
        domain.setMetadata(2, NovaXml.instance("new name"), "nova", NovaXml.NAMESPACE, 1);
        UUID uuid = QemuGuests.uuid("renamed");
        DomainEvent changed = RECORD.awaitKind(uuid, EventKind.METADATA_CHANGE);
        LookupResult lookup = changed.lookup().get(10, TimeUnit.SECONDS);
        domain.free();

        assertEquals(Map.of("type", new EnumValue(2, "element"), "uri", NovaXml.NAMESPACE), changed.attributes());
        assertTrue(lookup.metadata().contains("new name"), lookup::toString);
    }

    @Test
    void deviceIsAdded() throws Exception {
        Domain domain = start("grown", BootSector.IDLE, "");
        Path disk = guests.disk("more.img");
        BootSector.IDLE.writeTo(disk);
        domain.attachDevice(QemuGuests.diskXml(disk, "vdb", "virtio"));
        DomainEvent added = RECORD.awaitKind(QemuGuests.uuid("grown"), EventKind.DEVICE_ADDED);
        domain.free();

        assertEquals(Map.of("device", "virtio-disk1"), added.attributes());
    }

    @Test
    void transientDomainLivesWithoutDefinition() throws Exception {
        Domain domain = guests.connect().domainCreateXML(guests.xml("transient", BootSector.IDLE, ""), 0);
        domain.destroy();
        domain.free();
        UUID uuid = QemuGuests.uuid("transient");
        RECORD.awaitLifecycle(uuid, "stopped", "destroyed");

        assertEquals(joined(List.of("resumed/unpaused", "started/booted"), destroyed(uuid)), RECORD.sequence(uuid));
    }

    @Test
    void startsPaused() throws Exception {
        guests.startPaused("waiting", BootSector.IDLE, "");
        UUID uuid = QemuGuests.uuid("waiting");
        RECORD.awaitLifecycle(uuid, "resumed", "unpaused");

        assertEquals(BORN_PAUSED, RECORD.sequence(uuid));
    }

    @Test
    void livesOnWithoutDefinition() throws Exception {
        Domain domain = start("undefined", BootSector.IDLE, "");
        domain.undefine();
        UUID uuid = QemuGuests.uuid("undefined");
        DomainEvent undefined = RECORD.awaitLifecycle(uuid, "undefined", "removed");
        domain.destroy();
        domain.free();
        RECORD.awaitLifecycle(uuid, "stopped", "destroyed");

        assertTrue(undefined.domainId() > 0);
        assertEquals(joined(BORN, List.of("undefined/removed"), destroyed(uuid)), RECORD.sequence(uuid));
    }

    /** A monitor may close in the middle of a word. */
    private static List<String> withoutControlError(UUID uuid) {
        return RECORD.sequence(uuid).stream()
                .filter(event -> !event.equals("control_error"))
                .toList();
    }

    private static List<String> destroyed(UUID uuid) {
        return ended(uuid, "stopped/destroyed", true);
    }

    /** An end that nobody asked of the process itself. */
    private static List<String> ended(UUID uuid, String stopped) {
        return ended(uuid, stopped, PlatformTrait.SHUTDOWN_BEFORE_EVERY_END.isHere());
    }

    /** On a loaded host the process may be gone before libvirt has read that it shuts down. */
    private static List<String> ended(UUID uuid, String stopped, boolean mayShutDown) {
        return mayShutDown && RECORD.sequence(uuid).contains("shutdown/host")
                ? List.of("shutdown/host", stopped)
                : List.of(stopped);
    }

    private static Domain start(String name, BootSector boot, String more) throws Exception {
        Domain domain = guests.define(name, boot, more);
        domain.create();
        return domain;
    }

    private static void destroy(String name) throws Exception {
        Domain domain = guests.connect().domainLookupByName(name);
        domain.destroy();
        domain.free();
    }

    private static Object watchdogAction(UUID uuid) {
        return RECORD.awaitKind(uuid, EventKind.WATCHDOG).attributes().get("action");
    }

    /** libvirt tells the pause that comes with a panic or not, as two of its threads happen to run. */
    private static List<String> withoutPauseOfPanic(UUID uuid) {
        List<String> received = RECORD.sequence(uuid);
        List<String> panic = received.subList(BORN_PAUSED.size(), received.size()).stream()
                .filter(event -> !event.equals("suspended/paused"))
                .toList();
        return joined(received.subList(0, BORN_PAUSED.size()), panic);
    }

    private static List<String> withoutIterations(UUID uuid) {
        return RECORD.sequence(uuid).stream()
                .filter(event -> !event.equals("migration_iteration"))
                .toList();
    }

    @SafeVarargs
    private static List<String> joined(List<String>... parts) {
        List<String> all = new ArrayList<>();
        for (List<String> part : parts) {
            all.addAll(part);
        }
        return all;
    }
}
