package org.vmeventagent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.chaos.ReceivedNotification;
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
        try (SoakEnvironment world =
                new SoakEnvironment(directory, 10, 50, new SplittableRandom(1), "budget_state = 0\n")) {
            world.agent().awaitErr("Connected to");
            Path ballast = disk.fill();
            world.agent().awaitErr("notifications are kept in memory and sent from there");
            awaitMore(world, 200);
            Files.delete(ballast);
            world.agent().awaitErr("Recording on disk again");
            world.settle();
            assertEquals(
                    0, world.agent().terminate()); // SQLite's log has grown by now: it would take more without room
            world.startAgent();
            world.agent().awaitErr("Connected to");

            ballast = disk.fill();
            world.agent().awaitErr("notifications are kept in memory and sent from there");
            awaitMore(world, 200);
            world.agent().kill9();
            Files.delete(ballast);
            world.startAgent();
            world.agree();

            // Which of the numbers in memory were sent nobody knows: all of them are told as missing.
            await().atMost(TIMEOUT).until(() -> {
                world.listen();
                List<Long> untold = new ArrayList<>(world.arrivals().missing());
                boolean told = false;
                for (ReceivedNotification overflow : world.arrivals().all()) {
                    for (JsonNode range : overflow.payload().path("ranges")) {
                        long first = range.get("first").asLong();
                        long last = range.get("last").asLong();
                        untold.removeIf(number -> number >= first && number <= last);
                        told = true;
                    }
                }
                return told && untold.isEmpty();
            });
            assertEquals(List.of(), world.arrivals().faults());
        }
    }

    private static void awaitMore(SoakEnvironment world, int more) {
        long last = world.arrivals().lastSequence();
        await().atMost(TIMEOUT).until(() -> {
            world.listen();
            return world.arrivals().lastSequence() > last + more;
        });
    }
}
