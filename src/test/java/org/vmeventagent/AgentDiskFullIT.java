package org.vmeventagent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.chaos.SoakEnvironment;
import org.vmeventagent.store.Tmpfs;

/** An installed agent under a steady load whose disk fills up. */
class AgentDiskFullIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private Tmpfs disk;

    @BeforeEach
    void mount() throws Exception {
        disk = new Tmpfs(directory, "32m");
    }

    @AfterEach
    void unmount() throws Exception {
        disk.unmount();
    }

    @Test
    void publishesMeanwhileAndUsesNoNumberTwiceAfterAKill() throws Exception {
        try (SoakEnvironment environment =
                new SoakEnvironment(directory, 10, 50, new SplittableRandom(1), "budget_state = 0\n")) {
            environment.agent().awaitErr("Connected to");
            Path ballast = disk.fill();
            environment.agent().awaitErr("notifications are kept in memory and sent from there");
            awaitMore(environment, 200);
            Files.delete(ballast);
            environment.agent().awaitErr("Recording on disk again");
            environment.settle();
            assertEquals(
                    0,
                    environment.agent().terminate()); // SQLite's log has grown by now: it would take more without room
            environment.startAgent();
            environment.agent().awaitErr("Connected to");

            ballast = disk.fill();
            environment.agent().awaitErr("notifications are kept in memory and sent from there");
            awaitMore(environment, 200);
            environment.agent().kill9();
            Files.delete(ballast);
            environment.startAgent();
            environment.agree();

            // Which of the numbers in memory were sent nobody knows: all of them are reported as missing.
            await().atMost(TIMEOUT).until(() -> {
                environment.listen();
                return !environment.received().overflows().isEmpty()
                        && environment.received().untold().isEmpty();
            });
            assertEquals(List.of(), environment.received().faults());
        }
    }

    private static void awaitMore(SoakEnvironment environment, int more) {
        long last = environment.received().lastSequence();
        await().atMost(TIMEOUT).until(() -> {
            environment.listen();
            return environment.received().lastSequence() > last + more;
        });
    }
}
