package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.rig.AgentFiles;
import org.vmeventagent.rig.FakeBroker;
import org.vmeventagent.rig.RunningAgent;

/** The program as it is installed, with its heap of 64 MB, meets a broker that announces more than that. */
@Timeout(90)
class HugeFrameIT {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {63 << 20, Integer.MAX_VALUE})
    void livesOnAndTriesAgainWhereAFrameIsAnnounced(int bytes) throws Exception {
        livesOn(FakeBroker.hugeFrame(bytes));
    }

    @Test
    void livesOnAndTriesAgainWhereAMessageIsAnnounced() throws Exception {
        livesOn(FakeBroker.hugeBody(63 << 20));
    }

    private void livesOn(FakeBroker.Reply reply) throws Exception {
        try (FakeBroker broker = new FakeBroker(FakeBroker.publishing(0, reply))) {
            AgentFiles files = AgentFiles.of(directory, "test:///default")
                    .withBroker("rabbit://u:p@127.0.0.1:" + broker.port() + "/")
                    .add("[notifications]\ndeclare = none\n");
            try (RunningAgent agent = RunningAgent.run(files)) {
                String said = agent.awaitErr("Lost the connection to the broker");
                assertTrue(said.contains("more than this client takes"), said);
                Awaitility.await().until(() -> broker.clients() > 1 || !agent.isAlive());
                assertEquals(0, agent.terminate(), agent::said);
            }
        }
    }
}
