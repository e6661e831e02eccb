package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.DrainedQueue;
import org.vmeventagent.rig.JavaWithoutMd5;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.RunningAgent;
import org.vmeventagent.rig.TestLives;

/** A Java that keeps to FIPS 140 has no MD5: the program needs none. */
@Timeout(90)
class JavaWithoutMd5IT {
    @TempDir
    private Path directory;

    @Test
    void recordsPublishesAndWatchesOnAJavaWithoutMd5() throws Exception {
        Map<String, String> environment = JavaWithoutMd5.environment(Files.createDirectory(directory.resolve("java")));
        RabbitBroker broker = RabbitBroker.shared();
        String virtualHost = broker.newVirtualHost();
        UUID uuid = UUID.randomUUID();
        try (LibvirtDaemon daemon = new LibvirtDaemon();
                TestLives lives = new TestLives(daemon)) {
            String uri = daemon.readOnly(daemon.testUri());
            AgentFiles files = AgentFiles.of(directory, uri)
                    .withBroker(broker.url(virtualHost))
                    .add("[notifications]\ndeclare = full\n");
            try (RunningAgent agent = RunningAgent.start(
                            environment, "run", "--config-file", files.config().toString());
                    RunningAgent watch = RunningAgent.start(environment, "watch", "--connection", uri)) {
                agent.awaitReady();
                agent.awaitErr("Connected to");
                watch.awaitErr("Watching ");
                lives.live(uuid, "web");
                watch.awaitOut(line -> line.contains("undefined removed") && line.endsWith(uuid.toString()));
                new DrainedQueue(broker, virtualHost)
                        .until(reported -> reported.at("/payload/instance_id")
                                        .asText()
                                        .equals(uuid.toString())
                                && reported.at("/payload/event").asText().equals("undefined"));
                assertEquals(0, agent.terminate(), agent::said);
                assertEquals(0, watch.terminate(), watch::said);
            }
        }
    }
}
