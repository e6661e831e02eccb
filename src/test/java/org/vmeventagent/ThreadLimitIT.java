package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.config.LibvirtOptions;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TcpProxy;
import org.vmeventagent.rig.TestLives;

/** The kernel refuses the daemon a further thread, as TasksMax of the unit does. */
@Timeout(120)
class ThreadLimitIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final String NO_THREAD = " failed unexpectedly and is tried again: no further thread can be made; ";
    private static final int ENOUGH = 1000;

    @TempDir
    private Path directory;

    @Test
    void everyPartGoesOnWhenThereAreThreadsAgain() throws Exception {
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        try (LibvirtDaemon daemon = new LibvirtDaemon();
                TcpProxy proxy = new TcpProxy(broker.port())) {
            proxy.refuse();
            AgentFiles files = AgentFiles.of(directory, daemon.readOnly(daemon.testUri()))
                    .withBroker(broker.url(virtualHost).replace(":" + broker.port(), ":" + proxy.port()))
                    .add("[oslo_messaging_rabbit]\namqp_durable_queues = true\n[notifications]\ndeclare = full\n");
            try (RunningAgent agent = RunningAgent.runWithBoundedThreads(files).awaitReady()) {
                agent.awaitErr("Ready: 1 of 1 ");
                agent.awaitErr("Can't connect to the broker; ");

                agent.limitThreads(1);
                proxy.accept();
                daemon.restart();
                agent.awaitErr("ERROR system: The publisher" + NO_THREAD);
                agent.awaitErr("ERROR system: " + daemon.readOnly(daemon.testUri()) + NO_THREAD);

                agent.limitThreads(ENOUGH);
                agent.awaitErr("Connected to");
                awaitTwice(agent, " subscribed: ");
                UUID last = UUID.randomUUID();
                try (TestLives lives = new TestLives(daemon)) {
                    lives.live(last, "web");
                }
                new DrainedQueue(broker, virtualHost)
                        .until(reported -> reported.get("event_type").asText().equals("libvirt.domain.undefined")
                                && reported.at("/payload/instance_id").asText().equals(last.toString()));
                assertEquals(0, agent.terminate(), agent::said);
            }
        }
    }

    @Test
    void connectionsAtRestHaveOneThreadEach() {
        StringBuilder uris = new StringBuilder("[libvirt]\n");
        for (int i = 1; i < LibvirtOptions.MAX_CONNECTIONS; i++) {
            uris.append("connection_uri = test:///default?number=").append(i).append('\n');
        }
        AgentFiles files =
                AgentFiles.of(directory, "test:///default").withLogDriver().add(uris.toString());
        try (RunningAgent agent = RunningAgent.run(files)) {
            agent.awaitErr("Ready: 32 of 32 connections subscribed");

            assertTrue(agent.threads() <= LibvirtOptions.MAX_CONNECTIONS + SystemdUnitTest.OTHERS, agent::said);
            assertEquals(0, agent.terminate(), agent::said);
        }
    }

    private static void awaitTwice(RunningAgent agent, String part) {
        Awaitility.await()
                .atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(50))
                .failFast("it ended", () -> !agent.isAlive())
                .until(() ->
                        agent.err().stream().filter(line -> line.contains(part)).count() >= 2);
    }
}
