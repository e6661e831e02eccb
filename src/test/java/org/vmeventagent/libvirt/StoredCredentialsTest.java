package org.vmeventagent.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ESX driver of libvirt against a server that only listens to what it is asked. */
@Timeout(60)
class StoredCredentialsTest {
    @TempDir
    Path directory;

    @Test
    void areReadFromLibvirtsAuthFile() throws Exception {
        Path file = Files.writeString(directory.resolve("auth.conf"), """
                [credentials-test]
                username=agent
                password=secret
                [auth-esx-127.0.0.1]
                credentials=test
                """);
        List<String> asked = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
        });
        server.start();
        try {
            String uri = "esx://127.0.0.1:" + server.getAddress().getPort() + "/?transport=http&authfile=";
            String missing = assertFails(uri + directory.resolve("none"));
            assertTrue(missing.contains("no user and password for it in libvirt's auth.conf"), missing);
            assertEquals(List.of(), asked);

            String failure = assertFails(uri + file);
            assertTrue(asked.get(0).contains("RetrieveServiceContent"), asked::toString);
            assertFalse(failure.contains("secret"), failure);
        } finally {
            server.stop(0);
        }
    }

    private static String assertFails(String uri) {
        return String.valueOf(assertThrows(LibvirtFailure.class, () -> OneTimeListing.of(uri, LibvirtConfig.defaults()))
                .getMessage());
    }
}
