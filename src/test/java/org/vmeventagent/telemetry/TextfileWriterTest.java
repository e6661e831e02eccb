package org.vmeventagent.telemetry;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ch.qos.logback.classic.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.CapturedLog;

@Timeout(30)
class TextfileWriterTest {
    private static final Duration INTERVAL = Duration.ofMillis(20);

    @TempDir
    private Path directory;

    @Test
    void replacesTheFileWholeForEverybodyToReadAndRemovesItAtTheEnd() throws Exception {
        Path file = directory.resolve("agent.prom");
        AtomicInteger count = new AtomicInteger();
        try (TextfileWriter writer = new TextfileWriter(file, () -> "n " + count.incrementAndGet() + "\n", INTERVAL)) {
            writer.start();
            await().until(() -> Files.exists(file) && !Files.readString(file).equals("n 1\n"));
            assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        }
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void reportsADirectoryThatIsMissingOnceAndWritesWhenItIsThere() throws Exception {
        Path missing = directory.resolve("collector");
        Path file = missing.resolve("agent.prom");
        AtomicInteger asked = new AtomicInteger();
        try (CapturedLog log = CapturedLog.open();
                TextfileWriter writer =
                        new TextfileWriter(file, () -> "n " + asked.incrementAndGet() + "\n", INTERVAL)) {
            writer.start();
            await().until(() -> asked.get() > 3);
            Files.createDirectory(missing);
            await().until(() -> Files.exists(file));
            await().until(() -> log.at(Level.INFO).stream().anyMatch(line -> line.contains("is written again")));
            assertEquals(1, log.at(Level.WARN).size());
        }
        assertFalse(Files.exists(file));
    }
}
