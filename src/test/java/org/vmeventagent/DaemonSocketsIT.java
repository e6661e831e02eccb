package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Connect;
import org.vmeventagent.libvirt.EventLoop;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.NovaXml;
import org.vmeventagent.rig.RunningAgent;

/** One URI, whichever daemon serves it, and whichever host it leads to. */
class DaemonSocketsIT {
    private static final String SYSTEM = "qemu:///system";

    @TempDir
    Path directory;

    @Test
    void theSystemUriLeadsToVirtqemudsSocketOrElseToLibvirtds() throws Exception {
        try (LibvirtDaemon daemon = new LibvirtDaemon()) {
            AgentFiles files = AgentFiles.of(directory, SYSTEM).withLogDriver();
            try (RunningAgent agent = RunningAgent.runWithSockets(daemon.run(), files)) {
                agent.awaitErr(SYSTEM + " subscribed: ");
            }
            rename(daemon, "libvirt-sock-ro", "virtqemud-sock-ro");
            rename(daemon, "libvirt-sock", "virtqemud-sock");
            try (RunningAgent agent = RunningAgent.runWithSockets(daemon.run(), files)) {
                agent.awaitErr(SYSTEM + " subscribed: ");
            }
        }
    }

    private static void rename(LibvirtDaemon daemon, String from, String to) throws IOException {
        Files.move(daemon.run().resolve(from), daemon.run().resolve(to));
    }

    /** The address of one host is given to another while the agent runs. */
    @Test
    void anotherHostBehindTheUriDeletesNothing() throws Exception {
        EventLoop.start();
        Path socket = directory.resolve("socket");
        String uri = "qemu+unix:///system?socket=" + socket;
        try (LibvirtDaemon first = new LibvirtDaemon("first");
                LibvirtDaemon second = new LibvirtDaemon("second")) {
            Files.createSymbolicLink(socket, first.run().resolve("libvirt-sock-ro"));
            define(first, "vm1");
            define(second, "vm2");
            AgentFiles files = AgentFiles.of(directory, uri).withLogDriver();
            try (RunningAgent agent = RunningAgent.run(files)) {
                await(agent, "exists vm1");
                Files.delete(socket);
                Files.createSymbolicLink(socket, second.run().resolve("libvirt-sock-ro"));
                first.disconnectClients();
                await(agent, "gap database");
                await(agent, "exists vm2");

                assertEquals(0, count(agent, "undefined vm1"));
                assertTrue(agent.awaitErr("leads to another host").contains(uri));
            }
        }
    }

    private static void define(LibvirtDaemon daemon, String name) throws Exception {
        Connect connect = new Connect(daemon.qemuUri(), false);
        connect.domainDefineXML(NovaXml.plainTestDomain(name, UUID.randomUUID()).replace("type='test'", "type='qemu'"))
                .free();
        connect.close();
    }

    private static void await(RunningAgent agent, String reported) {
        Awaitility.await().until(() -> count(agent, reported) == 1);
    }

    /** {@code "exists vm1"}, {@code "gap database"}. */
    private static long count(RunningAgent agent, String reported) {
        return agent.notifications().stream()
                .map(tree -> tree.get("event_type").asText().replaceFirst(".*\\.", "")
                        + ' '
                        + tree.get("payload")
                                .path("domain")
                                .asText(tree.get("payload").path("reason").asText()))
                .filter(reported::equals)
                .count();
    }
}
