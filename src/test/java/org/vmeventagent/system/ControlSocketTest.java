package org.vmeventagent.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ControlSocketTest {
    @TempDir
    Path directory;

    @Test
    void answersOwnerAndGroupAlone() throws IOException {
        Path path = directory.resolve("control.sock");
        try (ControlSocket socket = new ControlSocket(path, Map.of("status", argument -> "well\nand good\n"))) {
            socket.start();
            assertEquals("well\nand good\n", ControlSocket.request(path, "status"));
            assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        }
        assertFalse(Files.exists(path));
    }

    @Test
    void refusesWhatItDoesNotKnowAndGoesOn() throws IOException {
        Path path = directory.resolve("control.sock");
        try (ControlSocket socket = new ControlSocket(path, Map.of("status", argument -> "well"))) {
            socket.start();
            IOException refused = assertThrows(IOException.class, () -> ControlSocket.request(path, "x".repeat(1000)));
            assertTrue(String.valueOf(refused.getMessage()).endsWith("unknown command, there are status"));
            assertEquals("well", ControlSocket.request(path, "status"));
        }
    }

    @Test
    void handsOnWhatFollowsTheName() throws IOException {
        Path path = directory.resolve("control.sock");
        Map<String, ControlSocket.Command> commands =
                Map.of("twice", argument -> argument + Integer.parseInt(argument));
        try (ControlSocket socket = new ControlSocket(path, commands)) {
            socket.start();
            assertEquals("77", ControlSocket.request(path, "twice 7"));
            IOException refused = assertThrows(IOException.class, () -> ControlSocket.request(path, "twice seven"));
            assertEquals("the agent at " + path + " says: For input string: \"seven\"", refused.getMessage());
        }
    }

    @Test
    void replacesWhatACrashLeftBehind() throws IOException {
        Path path = directory.resolve("control.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        assertTrue(Files.exists(path));
        try (ControlSocket socket = new ControlSocket(path, Map.of("status", argument -> "well"))) {
            socket.start();
            assertEquals("well", ControlSocket.request(path, "status"));
        }
    }

    @Test
    void replacesNeitherALivingAgentsSocketNorAnotherFile() throws IOException {
        Path path = directory.resolve("control.sock");
        Path file = Files.writeString(directory.resolve("file"), "precious");
        try (ControlSocket first = new ControlSocket(path, Map.of("status", argument -> "first"))) {
            first.start();
            try (ControlSocket second = new ControlSocket(path, Map.of("status", argument -> "second"));
                    ControlSocket third = new ControlSocket(file, Map.of("status", argument -> "third"))) {
                second.start();
                third.start();
            }
            assertEquals("first", ControlSocket.request(path, "status"));
            assertEquals("precious", Files.readString(file));
        }
    }

    @Test
    void saysWhereNobodyAnswers() {
        Path path = directory.resolve("nobody.sock");
        IOException refused = assertThrows(IOException.class, () -> ControlSocket.request(path, "status"));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("no agent answers at " + path));
    }

    @Test
    void aSilentClientHoldsUpNobodyAndIsCutOff() throws IOException {
        Path path = directory.resolve("control.sock");
        try (ControlSocket socket =
                        new ControlSocket(path, Map.of("status", argument -> "well"), Duration.ofSeconds(1));
                SocketChannel silent = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.start();
            silent.connect(UnixDomainSocketAddress.of(path));
            assertEquals("well", ControlSocket.request(path, "status"));
            assertEquals(-1, silent.read(ByteBuffer.allocate(1)), "cut off");
        }
    }

    @Test
    void aClientThatReadsNothingHoldsUpNobody() throws IOException {
        Path path = directory.resolve("control.sock");
        String large = "x".repeat(10_000_000);
        try (ControlSocket socket = new ControlSocket(path, Map.of("status", argument -> large));
                SocketChannel deaf = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.start();
            deaf.connect(UnixDomainSocketAddress.of(path));
            deaf.write(ByteBuffer.wrap("status\n".getBytes(StandardCharsets.UTF_8)));
            assertEquals(large, ControlSocket.request(path, "status"));
        }
    }

    @Test
    void moreSilentClientsThanItTakesDelayTheNextByTheirTimeAlone() throws IOException {
        Path path = directory.resolve("control.sock");
        List<SocketChannel> silent = new ArrayList<>();
        try (ControlSocket socket =
                new ControlSocket(path, Map.of("status", argument -> "well"), Duration.ofSeconds(1))) {
            socket.start();
            for (int i = 0; i < 40; i++) {
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                channel.connect(UnixDomainSocketAddress.of(path));
                silent.add(channel);
            }
            assertEquals("well", ControlSocket.request(path, "status"));
        } finally {
            for (SocketChannel channel : silent) {
                channel.close();
            }
        }
    }

    @Test
    void anAgentThatDoesNotAnswerIsWaitedForNoLonger() throws IOException {
        Path path = directory.resolve("control.sock");
        try (ServerSocketChannel hung = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            hung.bind(UnixDomainSocketAddress.of(path));
            IOException refused = assertThrows(
                    IOException.class, () -> ControlSocket.request(path, "status", Duration.ofMillis(200)));
            assertTrue(String.valueOf(refused.getMessage()).startsWith("the agent at " + path + " has not answered"));
        }
    }
}
