package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Domain;
import org.libvirt.DomainSnapshot;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.BootSector;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.LoggedTransitions;
import org.vmeventagent.rig.NotificationSchema;
import org.vmeventagent.rig.NovaXml;
import org.vmeventagent.rig.PlatformTrait;
import org.vmeventagent.rig.QemuGuests;
import org.vmeventagent.rig.RunningAgent;

/**
 * What the program tells of real QEMU guests, over the read-only socket: event, states, cause, severity. Guests that act
 * by themselves are all started first, so that they boot together; and paused, as Nova does, so that nothing they do
 * comes before libvirt tells of their start.
 */
@Timeout(120)
class GuestNotificationsIT {
    private static final List<String> BORN = List.of(
            "defined/added undefined->defined defined",
            "resumed/unpaused defined->defined booting",
            "started/booted defined->running booted");
    private static final List<String> BORN_PAUSED = List.of(
            "defined/added undefined->defined defined",
            "started/booted defined->running booted",
            "suspended/paused running->paused start_paused",
            "resumed/unpaused paused->running booted");
    private static final List<String> SAVED =
            List.of("suspended/paused running->paused paused", "job_completed paused");
    private static final List<String> RESTORED =
            List.of("started/restored saved->running restored", "resumed/from_snapshot running->running restored");

    @TempDir
    private static Path directory;

    private static LibvirtDaemon daemon;
    private static QemuGuests guests;
    private static RunningAgent agent;
    private static LoggedTransitions lives;

    @BeforeAll
    static void bootGuests() throws Exception {
        daemon = new LibvirtDaemon();
        guests = new QemuGuests(daemon);
        agent = RunningAgent.run(AgentFiles.of(directory, daemon.readOnly(daemon.qemuUri()))
                        .withLogDriver()
                        .add("[libvirt]\nlookup_timeout_ms = 1000\n"))
                .awaitReady();
        lives = new LoggedTransitions(agent);

        guests.startPaused("power-off", BootSector.POWER_OFF, "");
        guests.startPaused("reset", BootSector.RESET, "");
        guests.startPaused("panic", BootSector.PANIC, "<on_crash>destroy</on_crash>");
        for (String action : List.of("pause", "poweroff")) {
            guests.startPaused(
                    "watchdog-" + action, BootSector.WATCHDOG, "<watchdog model='ib700' action='" + action + "'/>");
        }
        guests.startPaused(
                "full", BootSector.WRITE_TO_SECOND_DISK, QemuGuests.diskXml(daemon.diskWithoutSpace(), "hdb", "ide"));
    }

    @AfterAll
    static void everyNotificationIsValidAndTheLogQuiet() throws Exception {
        int exit = agent.terminate();
        guests.close();
        daemon.close();

        assertEquals(0, exit, agent::said);
        agent.out().forEach(line -> NotificationSchema.assertValid(line.getBytes(StandardCharsets.UTF_8)));
        assertEquals(
                List.of(),
                agent.err().stream().filter(line -> !line.contains(" INFO ")).toList());
    }

    @Test
    void guestPowersOff() {
        assertReported(
                "power-off",
                BORN_PAUSED,
                List.of(
                        "shutdown/guest running->running shutdown_by_guest",
                        "stopped/shutdown running->defined guest_shutdown"));
    }

    @Test
    void guestResets() throws Exception {
        lives.await(QemuGuests.uuid("reset"), "reboot running");
        Domain domain = guests.connect().domainLookupByName("reset");
        domain.destroy();
        domain.free();

        assertReported(
                "reset",
                BORN_PAUSED,
                List.of("reboot running"),
                destroyed("reset", "stopped/destroyed running->defined destroyed"));
    }

    /** libvirt tells the pause that comes with a panic or not, as two of its threads happen to run. */
    @Test
    void guestPanics() {
        UUID uuid = QemuGuests.uuid("panic");
        lives.await(uuid, "stopped/crashed crashed->defined guest_panic");

        boolean pausedFirst = lives.of(uuid).contains("suspended/paused running->paused paused");
        List<String> panic = pausedFirst
                ? List.of("suspended/paused running->paused paused", "crashed/panicked paused->crashed guest_panic E")
                : List.of("crashed/panicked running->crashed guest_panic E");
        assertReported(
                "panic", BORN_PAUSED, panic, ended("panic", "crashed", "stopped/crashed crashed->defined guest_panic"));
    }

    @Test
    void watchdogPauses() {
        assertReported(
                "watchdog-pause",
                BORN_PAUSED,
                List.of("watchdog running E", "suspended/watchdog running->paused watchdog E"));
        assertEquals(
                "pause", attributes("watchdog-pause", "watchdog").get("action").asText());
    }

    @Test
    void watchdogPowersOff() {
        assertReported(
                "watchdog-poweroff",
                BORN_PAUSED,
                List.of("watchdog running E", "stopped/failed running->defined watchdog E"));
        assertEquals(
                "poweroff",
                attributes("watchdog-poweroff", "watchdog").get("action").asText());
    }

    @Test
    void hostRunsOutOfSpace() {
        assertReported(
                "full", BORN_PAUSED, List.of("io_error running E", "suspended/ioerror running->paused io_error E"));
        JsonNode error = attributes("full", "io_error");
        assertEquals("enospc", error.get("reason").asText());
        assertEquals("pause", error.get("action").asText());
        assertEquals(daemon.diskWithoutSpace().toString(), error.get("path").asText());
    }

    @Test
    void hypervisorProcessIsKilled() throws Exception {
        start("killed", BootSector.IDLE, "").free();
        daemon.guest("killed").destroyForcibly();

        assertReported("killed", BORN, List.of("stopped/failed running->defined process_died E"));
    }

    @Test
    void savesAndRestores() throws Exception {
        Domain domain = start("saved", BootSector.IDLE, "");
        Path image = guests.disk("saved.image");
        domain.save(image.toString());
        guests.connect().restore(image.toString());
        domain.free();

        assertReported("saved", BORN, SAVED, saved("saved"), RESTORED);
        assertEquals(
                "save", attributes("saved", "job_completed").get("operation").asText());
    }

    @Test
    void savesManagedAndStartsFromIt() throws Exception {
        Domain domain = start("managed", BootSector.IDLE, "");
        domain.managedSave();
        domain.create();
        domain.free();

        assertReported("managed", BORN, SAVED, saved("managed"), RESTORED);
    }

    @Test
    void pausesAndResumes() throws Exception {
        Domain domain = start("paused", BootSector.IDLE, "");
        domain.suspend();
        domain.resume();
        domain.free();

        assertReported(
                "paused",
                BORN,
                List.of("suspended/paused running->paused paused", "resumed/unpaused paused->running unpaused"));
    }

    @Test
    void revertsToASnapshot() throws Exception {
        Domain domain = guests.connect().domainDefineXML(guests.qcow2Xml("reverted", BootSector.IDLE));
        domain.create();
        DomainSnapshot snapshot = domain.snapshotCreateXML("<domainsnapshot><name>before</name></domainsnapshot>");
        domain.revertToSnapshot(snapshot);
        snapshot.free();
        domain.free();

        assertReported(
                "reverted",
                BORN,
                List.of("suspended/paused running->paused paused", "resumed/unpaused paused->running unpaused"),
                ended("reverted", "running", "stopped/from_snapshot running->defined snapshot_reverted"),
                List.of(
                        "started/from_snapshot defined->running snapshot_reverted",
                        "resumed/from_snapshot running->running snapshot_reverted",
                        "defined/from_snapshot running->running snapshot_reverted"));
    }

    @Test
    void metadataChanges() throws Exception {
        Domain domain = start("renamed", BootSector.IDLE, "");
        domain.setMetadata(2, NovaXml.instance("new name"), "nova", NovaXml.NAMESPACE, 1);
        domain.free();

        assertReported("renamed", BORN, List.of("metadata_change running"));
        JsonNode changed = lives.payload(QemuGuests.uuid("renamed"), "metadata_change");
        assertEquals("new name", changed.get("display_name").asText());
        assertEquals(NovaXml.NAMESPACE, changed.at("/attributes/uri").asText());
    }

    @Test
    void deviceIsAdded() throws Exception {
        Domain domain = start("grown", BootSector.IDLE, "");
        Path disk = guests.disk("more.img");
        BootSector.IDLE.writeTo(disk);
        domain.attachDevice(QemuGuests.diskXml(disk, "vdb", "virtio"));
        domain.free();

        assertReported("grown", BORN, List.of("device_added running"));
        assertEquals(
                "virtio-disk1",
                attributes("grown", "device_added").get("device").asText());
    }

    @Test
    void transientDomainIsGoneWithItsEnd() throws Exception {
        Domain domain = guests.connect().domainCreateXML(guests.xml("transient", BootSector.IDLE, ""), 0);
        lives.awaitIdentity(QemuGuests.uuid("transient"));
        domain.destroy();
        domain.free();

        assertReported(
                "transient",
                List.of("resumed/unpaused undefined->undefined booting", "started/booted undefined->running booted"),
                destroyed("transient", "stopped/destroyed running->undefined destroyed"));
        JsonNode stopped = lives.payload(QemuGuests.uuid("transient"), "stopped");
        assertEquals("transient", stopped.get("display_name").asText(), "identity outlives the domain");
    }

    @Test
    void startsPausedAsNovaDoesWhileItWaitsForAPort() throws Exception {
        guests.startPaused("waiting", BootSector.IDLE, "");

        assertReported("waiting", BORN_PAUSED);
    }

    private static List<String> destroyed(String name, String stopped) {
        return ended(name, "running", stopped, true);
    }

    /** An end that nobody asked of the process itself. */
    private static List<String> ended(String name, String state, String stopped) {
        return ended(name, state, stopped, PlatformTrait.SHUTDOWN_BEFORE_EVERY_END.isHere());
    }

    /** On a loaded host the process may be gone before libvirt has read that it shuts down. */
    private static List<String> ended(String name, String state, String stopped, boolean mayShutDown) {
        lives.await(QemuGuests.uuid(name), stopped);
        String shutdown = "shutdown/host " + state + "->" + state + " stopping";
        return mayShutDown && lives.of(QemuGuests.uuid(name)).contains(shutdown)
                ? List.of(shutdown, stopped)
                : List.of(stopped);
    }

    private static List<String> saved(String name) {
        return ended(name, "paused", "stopped/saved paused->saved saved");
    }

    private static Domain start(String name, BootSector boot, String more) throws Exception {
        Domain domain = guests.define(name, boot, more);
        domain.create();
        return domain;
    }

    private static JsonNode attributes(String name, String event) {
        JsonNode payload = lives.payload(QemuGuests.uuid(name), event);
        assertEquals(
                name.equals("renamed") ? "new name" : name,
                payload.get("display_name").asText());
        assertTrue(payload.has("project_id"), payload::toString);
        return payload.get("attributes");
    }

    @SafeVarargs
    private static void assertReported(String name, List<String>... parts) {
        List<String> expected = new ArrayList<>();
        for (List<String> part : parts) {
            expected.addAll(part);
        }
        lives.assertReported(QemuGuests.uuid(name), expected);
    }
}
