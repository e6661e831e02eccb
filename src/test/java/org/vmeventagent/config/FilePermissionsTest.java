package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilePermissionsTest {
    @TempDir
    private Path directory;

    private Path file(String mode, String text) throws IOException {
        Path file = Files.writeString(directory.resolve("agent.conf"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static List<String> warnings(Path file) {
        return Configuration.load(List.of(file), List.of(), Map.of()).warnings();
    }

    @Test
    void passwordThatEverybodyMayReadIsAWarningWithFileAndMode() throws IOException {
        Path file = file("rw-r--r--", "[DEFAULT]\ntransport_url = rabbit://u:hunter2@h1,u:hunter2@h2/\n");
        List<String> warnings = warnings(file);
        assertEquals(
                List.of(file + " holds a password and has mode 0644: every user of this host can read it; chmod o-r"),
                warnings);
        assertFalse(warnings.toString().contains("hunter2"));
    }

    @ParameterizedTest
    @CsvSource({
        "rw-r-----, '[DEFAULT]\ntransport_url = rabbit://u:p@h/'",
        "rw-r--r--, '[DEFAULT]\ntransport_url = rabbit://h:5672/'",
        "rw-r--r--, '[DEFAULT]\nhost = a:b@c'",
        "rw-r--r--, '# transport_url = rabbit://u:p@h/'",
    })
    void otherFilesAreNone(String mode, String text) throws IOException {
        assertEquals(List.of(), warnings(file(mode, text)));
    }

    @Test
    void fileThatCannotBeLookedAtIsNone() {
        assertEquals(Optional.empty(), FilePermissions.of(directory.resolve("nowhere"), "a password"));
    }
}
