package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.SOON;

import ch.qos.logback.classic.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.TestAuthority;
import org.vmeventagent.rig.TestCertificate;
import org.vmeventagent.rig.TlsListener;

/** What goes wrong with TLS is logged in one line, once, with what helps. */
@Timeout(60)
class TlsErrorsIT {
    private static final String HERE = "IP:127.0.0.1";

    @TempDir
    private static Path directory;

    private static TestAuthority authority;
    private static List<Integer> ports;

    @BeforeAll
    static void listen() {
        authority = TestAuthority.root(directory, "authority");
        TestAuthority other = TestAuthority.root(directory, "other");
        TestCertificate good = authority.issue("broker", HERE);
        ports = RabbitBroker.shared()
                .listen(List.of(
                        TlsListener.of(good, authority.file()),
                        TlsListener.of(authority.issueExpired("old", HERE), authority.file()),
                        TlsListener.of(authority.issue("elsewhere", "DNS:elsewhere.example"), authority.file()),
                        TlsListener.of(other.issue("unknown", HERE), authority.file()),
                        new TlsListener(other.file(), other.file().resolveSibling("own.key"), other.file(), false, ""),
                        new TlsListener(good.certificate(), good.key(), authority.file(), true, ""),
                        new TlsListener(good.certificate(), good.key(), authority.file(), false, "['tlsv1.3']")));
    }

    /** The one line, at this level, that two failing attempts log. */
    private static String reported(Level level, int port, String rabbit) {
        List<String> lines = reported(port, rabbit, log -> log.at(level));
        assertEquals(1, lines.size(), lines::toString);
        return lines.get(0);
    }

    /** What two failing attempts log, of which all WARN and ERROR must be this. */
    private static List<String> reported(int port, String rabbit, Function<CapturedLog, List<String>> expected) {
        RabbitConfig config = ParsedConfig.of("rabbit://guest:guest@127.0.0.1:" + port, rabbit, "none");
        try (CapturedLog log = CapturedLog.open();
                ConnectAttempts connectAttempts = new ConnectAttempts(config)) {
            connectAttempts.start();
            await().atMost(SOON).until(() -> log.all().contains("Still can't connect to the broker: "));
            assertEquals(warnedAndAlarmed(log), expected.apply(log), log.all());
            assertFalse(log.all().contains("STACK"), log.all());
            return expected.apply(log);
        }
    }

    private static List<String> warnedAndAlarmed(CapturedLog log) {
        List<String> lines = new ArrayList<>(log.at(Level.WARN));
        lines.addAll(log.at(Level.ERROR));
        return lines;
    }

    private static String withAuthority(String more) {
        return "ssl = true\nssl_ca_file = " + authority.file() + '\n' + more;
    }

    private static void assertReported(String expected, int listener, String more) {
        String line = reported(Level.ERROR, ports.get(listener), withAuthority(more));
        assertTrue(line.contains(expected), line);
    }

    /** A broker that wants another certificate says so by an alert; a hang-up that comes first may mean anything. */
    private static void assertReportedAsAlertOrHangUp(String expected, int listener, String more) {
        List<String> lines = reported(ports.get(listener), withAuthority(more), TlsErrorsIT::warnedAndAlarmed);
        assertTrue(lines.size() <= 2, lines::toString);
        lines.forEach(line -> assertTrue(line.contains(expected), line));
    }

    @Test
    void expiredCertificate() {
        assertReported("TLS failed: the broker's certificate, or one above it, has expired", 1, "");
    }

    @Test
    void certificateOfAnotherHost() {
        assertReported("TLS failed: the broker's certificate is for another host", 2, "");
    }

    @Test
    void certificateOfAnotherAuthority() {
        assertReported("signed by none of the authorities in " + authority.file() + "; set ssl_ca_file", 3, "");
    }

    @Test
    void selfSignedCertificate() {
        assertReported("a self-signed certificate stands for itself", 4, "");
    }

    @Test
    void authorityThatJavaDoesNotKnow() {
        String line = reported(Level.ERROR, ports.get(0), "ssl = true");
        assertTrue(line.contains("signed by none of the authorities in Java's trust store; set ssl_ca_file"), line);
    }

    @Test
    void tlsOnAPlainPort() {
        String line = reported(Level.ERROR, RabbitBroker.shared().port(), "ssl = true");
        assertTrue(line.contains("doesn't speak TLS; write the broker's TLS port (mostly 5671)"), line);
    }

    @Test
    void plainOnATlsPort() {
        String line = reported(Level.WARN, ports.get(0), "");
        assertTrue(line.contains("if that is the broker's TLS port, set [oslo_messaging_rabbit] ssl = true"), line);
    }

    @Test
    void missingClientCertificate() {
        assertReportedAsAlertOrHangUp("check ssl_cert_file (none is set)", 5, "");
    }

    @Test
    void clientCertificateOfAnotherAuthority() {
        TestCertificate foreign = TestAuthority.root(directory, "foreign").issue("guest", "DNS:agent");
        assertReportedAsAlertOrHangUp(
                "check ssl_cert_file (it is ",
                5,
                "ssl_cert_file = " + foreign.certificate() + "\nssl_key_file = " + foreign.key());
    }

    @Test
    void versionThatTheBrokerRefuses() {
        assertReported("the broker refuses the TLS version; check ssl_version", 6, "ssl_version = TLSv1_2");
    }

    @Test
    void versionThatJavaRefuses() {
        assertReported("Java refuses the version in ssl_version; leave it empty", 0, "ssl_version = TLSv1");
    }

    @Test
    void externalLoginWithoutACertificateThatCounts() {
        TestCertificate own = authority.issue("guest", "DNS:agent");
        int port = RabbitBroker.shared()
                .listen(List.of(TlsListener.of(authority.issue("broker", HERE), authority.file())
                        .withoutClients()))
                .get(0);
        String line = reported(
                Level.ERROR,
                port,
                "ssl = true\nssl_ca_file = " + authority.file() + "\nrabbit_login_method = EXTERNAL\nssl_cert_file = "
                        + own.certificate() + "\nssl_key_file = " + own.key());
        assertTrue(line.contains("login by certificate refused; the broker needs a user"), line);
    }
}
