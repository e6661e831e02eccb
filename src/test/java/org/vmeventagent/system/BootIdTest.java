package org.vmeventagent.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BootIdTest {
    @Test
    void isTheSameFromTheKernelAndFromSystemd() throws IOException {
        String kernel =
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        String systemd = kernel.replace("-", "");

        assertEquals(systemd, BootId.of(Map.of()));
        assertEquals(systemd, BootId.of(Map.of(BootId.VARIABLE, systemd)));
        assertEquals(systemd, BootId.of(Map.of(BootId.VARIABLE, " ")));
    }
}
