package org.vmeventagent.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class HostNameTest {
    @Test
    void isWhatTheKernelSays() throws IOException {
        assertEquals(Files.readString(Path.of("/proc/sys/kernel/hostname")).strip(), HostName.get());
    }
}
