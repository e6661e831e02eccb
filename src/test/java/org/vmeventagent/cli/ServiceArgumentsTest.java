package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.config.DefaultOptions;

class ServiceArgumentsTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "watch",
                "run --help",
                "run --config-file",
                "run --config-file=a",
                "run --config-file --config-dir",
                "run --config-file @a",
                "run --config-fil a",
                "run a b",
                "status --config-file a"
            })
    void leavesWhatIsWrittenInAnotherWayToPicocli(String line) {
        assertTrue(ServiceArguments.understood(line.split(" ")).isEmpty());
    }

    @Test
    void readsTheFilesAndDirectoriesInTheirOrder() throws IOException {
        Path first = Files.writeString(directory.resolve("first"), "[DEFAULT]\nhost = a\nregion = b\n");
        Path second = Files.writeString(directory.resolve("second"), "[DEFAULT]\nhost = c\n");

        ConfigOptions config = ServiceArguments.understood(
                        "run", "--config-file", first.toString(), "--config-file", second.toString())
                .orElseThrow();

        assertEquals("c", config.load().find(DefaultOptions.HOST).orElseThrow());
        assertEquals("b", config.load().find(DefaultOptions.REGION).orElseThrow());
        assertTrue(ServiceArguments.understood("run").isPresent());
        assertTrue(ServiceArguments.understood("run", "--config-dir", directory.toString())
                .isPresent());
    }
}
