package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That certificates are held to these names is TlsIT's. */
@Timeout(60)
class TlsHostNameTest {
    @ParameterizedTest
    @CsvSource({
        "rabbit, true",
        "rabbit.example.org., true",
        "10.0.0.1, true",
        "fe80::1%eth0, true",
        "rabbit_1, false",
        "rabbit_1.example.org., false",
        "-rabbit, false"
    })
    void knowsWhatJavaTakesForAName(String host, boolean known) {
        assertEquals(known, TlsHostName.isKnownToJava(host));
    }

    /** As Python sends it, for a broker that has several certificates. */
    @Test
    void tellsTheBrokerANameWithAnUnderscore() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> hello = CompletableFuture.supplyAsync(() -> firstWords(server));
            TlsConfig tls = new TlsConfig(null, null, null, null, true);
            try (SSLSocket socket = (SSLSocket) tls.context().getSocketFactory().createSocket()) {
                tls.secure(socket, "rabbit_1.example.");
                socket.connect(new InetSocketAddress(
                        InetAddress.getByAddress("rabbit_1.example.", new byte[] {127, 0, 0, 1}),
                        server.getLocalPort()));
                assertThrows(IOException.class, socket::startHandshake);
            }
            String said = hello.get(20, TimeUnit.SECONDS);
            assertTrue(said.contains("rabbit_1.example") && !said.contains("rabbit_1.example."), said);
        }
    }

    private static String firstWords(ServerSocket server) {
        try (Socket client = server.accept()) {
            byte[] hello = new byte[2048];
            int length = client.getInputStream().read(hello);
            return new String(hello, 0, length, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
