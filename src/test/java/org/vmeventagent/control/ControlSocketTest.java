package org.vmeventagent.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlSocketTest {
    @TempDir
    Path directory;

    @Test
    void answersOwnerAndGroupAlone() throws IOException {
        Path path = directory.resolve("control.sock");
        try (ControlSocket socket = new ControlSocket(path, Map.of("status", () -> "well\nand good\n"))) {
            socket.start();
            assertEquals("well\nand good\n", ControlSocket.ask(path, "status"));
            assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        }
        assertFalse(Files.exists(path));
    }

    @Test
    void refusesWhatItDoesNotKnowAndGoesOn() throws IOException {
        Path path = directory.resolve("control.sock");
        try (ControlSocket socket = new ControlSocket(path, Map.of("status", () -> "well"))) {
            socket.start();
            IOException refused = assertThrows(IOException.class, () -> ControlSocket.ask(path, "x".repeat(1000)));
            assertTrue(String.valueOf(refused.getMessage()).endsWith("unknown command, there are status"));
            assertEquals("well", ControlSocket.ask(path, "status"));
        }
    }

    @Test
    void replacesWhatACrashLeftBehind() throws IOException {
        Path path = Files.createFile(directory.resolve("control.sock"));
        try (ControlSocket socket = new ControlSocket(path, Map.of("status", () -> "well"))) {
            socket.start();
            assertEquals("well", ControlSocket.ask(path, "status"));
        }
    }

    @Test
    void saysWhereNobodyAnswers() {
        Path path = directory.resolve("nobody.sock");
        IOException refused = assertThrows(IOException.class, () -> ControlSocket.ask(path, "status"));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("no agent answers at " + path));
    }
}
