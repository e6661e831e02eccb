package org.vmeventagent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.BootSector;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.QemuGuests;
import org.vmeventagent.rig.RunningAgent;

/** An agent that starts while libvirtd holds the lock of one guest, whose hook hangs. */
@Timeout(240)
class LockedGuestIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final UUID LOCKED = QemuGuests.uuid("locked");
    private static final UUID CHANGED = QemuGuests.uuid("changed");

    @TempDir
    private Path directory;

    @Test
    void isReadyAndReportsAllOthersAndThatOneWhenItAnswers() throws Exception {
        try (LibvirtDaemon daemon = LibvirtDaemon.withHook();
                QemuGuests guests = new QemuGuests(daemon)) {
            Domain changed = guests.define("changed", BootSector.IDLE);
            Domain locked = guests.define("locked", BootSector.IDLE);
            changed.create();
            String uri = daemon.readOnly(daemon.qemuUri());
            AgentFiles files = AgentFiles.of(directory, uri).withLogDriver();
            try (RunningAgent agent = RunningAgent.run(files)) {
                await().atMost(SOON).until(() -> names(agent, LOCKED).equals(List.of("exists")));
                assertEquals(0, agent.terminate(), agent::said);
            }
            changed.destroy();
            daemon.lockStart("locked");
            CompletableFuture<Void> start = CompletableFuture.runAsync(() -> create(locked));
            daemon.awaitLocked("locked");
            try (RunningAgent agent = RunningAgent.run(files)) {
                agent.awaitReady();
                await().atMost(SOON).until(() -> names(agent, CHANGED).equals(List.of("stopped")));
                agent.awaitErr("domain " + LOCKED + " is locked");
                assertEquals(List.of(), names(agent, LOCKED));
                try (RunningAgent list = RunningAgent.start(
                        "list",
                        "--connection",
                        uri,
                        "--config-file",
                        files.config().toString())) {
                    assertEquals(1, list.exitCode(), list::said);
                    assertTrue(list.out().stream().anyMatch(line -> line.endsWith(CHANGED.toString())), list::said);
                    assertTrue(list.err().stream().anyMatch(line -> line.contains("domain " + LOCKED)), list::said);
                }
                daemon.unlock("locked");
                start.get(30, TimeUnit.SECONDS);
                await().atMost(SOON).until(() -> names(agent, LOCKED).contains("started"));
                agent.awaitOut(line -> line.contains("libvirt.agent.gap"));
                assertEquals(0, agent.terminate(), agent::said);
            } finally {
                daemon.unlock("locked");
            }
            changed.free();
            locked.free();
        }
    }

    private static void create(Domain domain) {
        try {
            domain.create();
        } catch (LibvirtException e) {
            throw new AssertionError(e);
        }
    }

    /** What was reported of a domain, but for what says nothing of its state. */
    private static List<String> names(RunningAgent agent, UUID uuid) {
        return agent.notifications().stream()
                .filter(one -> one.at("/payload/instance_id").asText().equals(uuid.toString()))
                .map(one -> one.get("event_type").asText().replaceAll(".*\\.", ""))
                .toList();
    }
}
