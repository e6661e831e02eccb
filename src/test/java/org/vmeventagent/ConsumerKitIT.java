package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tests of docs/consumer that are written in Python, as its programs are. Each starts the servers that it needs. */
@Timeout(300)
class ConsumerKitIT {
    private static final long DEADLINE_S = 240;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {"test_vm_events.py", "test_arguments.py", "test_fleet.py", "test_alert.py", "test_masakari.py"})
    void passes(String file) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(
                        "/usr/bin/python3", "-W", "error::ResourceWarning", "src/test/python/" + file)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(DEADLINE_S, TimeUnit.SECONDS);
        process.destroyForcibly();
        String said = Files.readString(output, StandardCharsets.UTF_8);

        assertTrue(ended && process.exitValue() == 0, () -> file + " failed:\n" + said);
        assertTrue(said.matches("(?s).*\nRan \\d+ tests? in .*\n\nOK\n"), said);
    }
}
