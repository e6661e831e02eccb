package org.vmeventagent.telemetry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.rig.TestAuthority;
import org.vmeventagent.rig.TestCertificate;
import org.vmeventagent.telemetry.WebConfig.UnusableWebConfigException;
import org.vmeventagent.tls.KeyStores;
import org.vmeventagent.tls.PemFile;

/** The web configuration file, read and in use; certificates of the openssl command. */
@Timeout(60)
class WebConfigTest {
    @TempDir
    private static Path directory;

    private static TestAuthority authority;
    private static TestCertificate own;
    private static String files;

    @BeforeAll
    static void issue() {
        authority = TestAuthority.root(directory, "authority");
        own = authority.issue("agent", "IP:127.0.0.1");
        files = "cert_file: authority/" + own.certificate().getFileName() + ", key_file: " + own.key();
    }

    @Test
    void readsVersionsSuitesAndClients() throws Exception {
        SSLParameters plain = read("tls_server_config: {" + files + "}").parameters();
        assertArrayEquals(new String[] {"TLSv1.2", "TLSv1.3"}, plain.getProtocols());
        assertFalse(plain.getNeedClientAuth() || plain.getWantClientAuth());
        WebConfig config = read("tls_server_config:\n  " + files.replace(", ", "\n  ") + """

                  client_auth_type: "VerifyClientCertIfGiven"
                  client_ca_file: authority/own.pem
                  min_version: TLS13
                  cipher_suites:
                    - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
                  prefer_server_cipher_suites: false
                """);
        assertArrayEquals(new String[] {"TLSv1.3"}, config.parameters().getProtocols());
        assertTrue(config.parameters().getWantClientAuth());
        assertFalse(config.parameters().getUseCipherSuitesOrder());
        List<String> suites = List.of(config.parameters().getCipherSuites());
        assertEquals("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", suites.get(0));
        assertEquals(
                1, suites.stream().filter(suite -> suite.contains("_WITH_")).count());
        assertTrue(suites.contains("TLS_AES_128_GCM_SHA256"), "those of TLS 1.3 are not chosen by the list");
        assertEquals(own.key(), config.key());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "''|the file is empty; leave web_config_file out",
                "a: [|line 1: no YAML, ",
                "text|line 1: the file must consist of keys with values; allowed: tls_server_config",
                "{}|has no tls_server_config; leave web_config_file out",
                "tls_server_confg: {}|line 1: tls_server_confg is not supported in the file; allowed: tls_server_config",
                "basic_auth_users: {a: b}|line 1: basic_auth_users is not supported, the agent can't verify bcrypt",
                "http_server_config: {http2: true}|line 1: http_server_config is not supported in the file",
                "tls_server_config: {}|tls_server_config has no key_file, which is needed",
                "tls_server_config: {cert_fil: a}|line 1: cert_fil is not supported in tls_server_config; allowed: cert_file,",
                "tls_server_config: {key_file: }|line 1: key_file must be a text, and not empty",
                "tls_server_config: {key_file: [a]}|line 1: key_file must be a text, and not empty",
                "tls_server_config: {key_file: a, key_file: b}|line 1: key_file stands there twice",
                "tls_server_config: {cert_file: none, key_file: none}|tls_server_config cert_file = ",
                "tls_server_config: {FILES, min_version: TLS10}|line 1: min_version is TLS10; supported here: TLS12, TLS13",
                "tls_server_config: {FILES, min_version: TLS13, max_version: TLS12}|line 1: max_version is less than",
                "tls_server_config: {FILES, cipher_suites: [RC4]}|line 1: cipher_suites has RC4; allowed: TLS_",
                "tls_server_config: {FILES, cipher_suites: RC4}|line 1: cipher_suites must be a list of texts",
                "tls_server_config: {FILES, curve_preferences: [X25519]}|line 1: curve_preferences is not supported",
                "tls_server_config: {FILES, client_ca_file: authority/own.pem}|line 1: client_ca_file needs client_auth_type",
                "tls_server_config: {FILES, client_auth_type: RequireAnyClientCert}|line 1: client_auth_type is RequireAnyClie",
                "tls_server_config: {FILES, client_auth_type: VerifyClientCertIfGiven}|tls_server_config has no client_ca_file",
                "tls_server_config: {FILES, client_allowed_sans: [a]}|line 1: client_allowed_sans needs client_auth_type: Req",
            })
    void refusesWhatItDoesNotKnowInOneLine(String text, String refusal) {
        UnusableWebConfigException refused =
                assertThrows(UnusableWebConfigException.class, () -> read(text.equals("''") ? "" : text));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.startsWith(refusal), message);
        assertEquals(1, message.lines().count(), message);
    }

    @Test
    void onlyClientsOfTheAuthorityWithAnAllowedNameAreServed() throws Exception {
        Path web = write("tls_server_config: {" + files + ", client_auth_type: RequireAndVerifyClientCert,"
                + " client_ca_file: authority/own.pem, client_allowed_sans: [prometheus.example.net, '::1']}");
        TestAuthority another = TestAuthority.root(directory, "another");
        try (TelemetryServer server = server(web)) {
            assertEquals("up 1\n", get(server, authority.issue("a", "DNS:prometheus.example.net")));
            assertEquals("up 1\n", get(server, authority.issue("b", "IP:0:0:0:0:0:0:0:1")));
            assertThrows(IOException.class, () -> get(server, null));
            assertThrows(IOException.class, () -> get(server, authority.issue("c", "DNS:other.example.net")));
            assertThrows(IOException.class, () -> get(server, another.issue("d", "DNS:prometheus.example.net")));
            try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                plain.getOutputStream().write("GET /metrics HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                byte[] answer = plain.getInputStream().readAllBytes();
                assertFalse(new String(answer, StandardCharsets.US_ASCII).contains("HTTP"));
            }
            assertEquals("up 1\n", get(server, authority.issue("e", "DNS:prometheus.example.net")));
        }
    }

    @Test
    void readsItAgainForEachConnectionAndKeepsTheLastGoodOne() throws Exception {
        Path web = write("tls_server_config: {" + files + "}");
        try (CapturedLog log = CapturedLog.open();
                TelemetryServer server = server(web)) {
            assertEquals("up 1\n", get(server, null));
            Files.writeString(web, "tls_server_config: {" + files + ", client_auth_type: Require}");
            assertEquals("up 1\n", get(server, null));
            assertEquals("up 1\n", get(server, null));
            List<String> warnings = log.at(Level.WARN);
            assertEquals(1, warnings.size(), warnings::toString);
            assertTrue(warnings.get(0)
                    .startsWith(web + " can't be used any more, the certificates of before stay: line 1"));
            Files.writeString(
                    web,
                    "tls_server_config: {" + files
                            + ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: authority/own.pem}");
            assertThrows(IOException.class, () -> get(server, null));
            assertEquals("up 1\n", get(server, authority.issue("a", "DNS:a")));
        }
    }

    @Test
    void clientsThatDoNotFinishTheHandshakeHoldUpNobodyForLong() throws Exception {
        try (TelemetryServer server = server(write("tls_server_config: {" + files + "}"));
                Socket first = new Socket(InetAddress.getLoopbackAddress(), server.port());
                Socket second = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            first.getOutputStream().write(0x16);
            second.getOutputStream().write(0x16);
            // Who comes meanwhile may be cut off with them: its time runs, too.
            Awaitility.await()
                    .atMost(Duration.ofSeconds(40))
                    .ignoreExceptions()
                    .until(() -> get(server, null).equals("up 1\n"));
        }
    }

    private static WebConfig read(String text) throws Exception {
        return WebConfig.read(write(text));
    }

    private static Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("web.yml"), text.replace("FILES", files));
    }

    private static TelemetryServer server(Path web) {
        TelemetryServer server = new TelemetryServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.of(web),
                new TelemetryPages(Map.of("/metrics", () -> TelemetryPages.text(200, "up 1\n"))));
        server.start();
        return server;
    }

    private static String get(TelemetryServer server, @Nullable TestCertificate certificate) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                certificate == null
                        ? null
                        : KeyStores.keyManagers(
                                PemFile.read("own", certificate.certificate()), PemFile.read("own", certificate.key())),
                KeyStores.trustManagers(PemFile.read("authority", authority.file())),
                null);
        HttpResponse<String> response = HttpClient.newBuilder()
                .sslContext(context)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + "/metrics"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        return response.body();
    }
}
