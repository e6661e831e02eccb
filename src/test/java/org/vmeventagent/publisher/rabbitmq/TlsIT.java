package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.KEY;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.SOON;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.TestAuthority;
import org.vmeventagent.rig.TestCertificate;
import org.vmeventagent.rig.TlsListener;

/** TLS and the ways to log in, against a broker that listens with good and with bad certificates. */
@Timeout(60)
class TlsIT {
    private static final String HERE = "IP:127.0.0.1";

    @TempDir
    private static Path directory;

    private static TestAuthority authority;
    private static Path bundle;
    private static int good;
    private static int strict;

    private final PublisherRig rig = new PublisherRig();

    @BeforeAll
    static void listen() throws IOException {
        authority = TestAuthority.root(directory, "authority");
        TestAuthority other = TestAuthority.root(directory, "other");
        bundle = Files.writeString(
                directory.resolve("bundle.pem"),
                "other\n" + Files.readString(other.file()) + "ours\n" + Files.readString(authority.file()));
        TestCertificate certificate = authority.issueRsa("broker", HERE);
        List<Integer> ports = RabbitBroker.shared()
                .listen(List.of(
                        TlsListener.of(certificate, authority.file()),
                        new TlsListener(certificate.certificate(), certificate.key(), authority.file(), true, "")));
        good = ports.get(0);
        strict = ports.get(1);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private RabbitConfig config(int port, String user, String more) {
        return ParsedConfig.of(
                "rabbit://" + user + "127.0.0.1:" + port + '/' + rig.virtualHost,
                "ssl = true\nssl_ca_file = " + bundle + '\n' + more,
                "full");
    }

    private static String client(TestCertificate certificate) {
        return "ssl_cert_file = " + certificate.certificate() + "\nssl_key_file = " + certificate.key() + '\n';
    }

    private void untilDelivered(int rows) {
        rig.outbox.add("info", rows);
        await().atMost(SOON).until(() -> rig.publishedAll(KEY));
    }

    /** A user without a password, who may do everything here. */
    private String user(String name) {
        String user = name + '-' + rig.virtualHost;
        rig.broker.addUser(user, "unused");
        rig.broker.eval("rabbit_auth_backend_internal:clear_password(<<\"" + user + "\">>, <<\"test\">>).");
        rig.broker.permit(user, rig.virtualHost, ".*", ".*", ".*");
        return user;
    }

    private String connections() {
        return rig.broker
                .rabbitmqctl("list_connections", "vhost", "user", "auth_mechanism", "ssl_protocol")
                .lines()
                .filter(line -> line.startsWith(rig.virtualHost + '\t'))
                .toList()
                .toString();
    }

    private String listed(String login, String protocol) {
        return "[" + rig.virtualHost + '\t' + login + '\t' + protocol + ']';
    }

    @ParameterizedTest
    @CsvSource({"PLAIN, '', tlsv1.3", "AMQPLAIN, TLSv1_2, tlsv1.2"})
    void passwordLoginOverTlsUsesTheMethodAndVersionOfTheOptions(String method, String version, String protocol) {
        rig.publish(config(good, "guest:guest@", "rabbit_login_method = " + method + "\nssl_version = " + version));
        untilDelivered(3);
        assertEquals(listed("guest\t" + method, protocol), connections());
        assertEquals(List.of(), rig.log.at(Level.WARN));
    }

    @Test
    void certificateWithItsChainLogsIn() {
        String user = user("chain");
        TestCertificate certificate = authority.below("between").issue(user, "DNS:agent");
        rig.publish(config(strict, "", client(certificate) + "rabbit_login_method = EXTERNAL"));
        untilDelivered(3);
        assertEquals(listed(user + "\tEXTERNAL", "tlsv1.3"), connections());
        assertEquals(List.of(), rig.log.at(Level.WARN));
    }

    @Test
    void certificateCanBeRenewedWithoutARestart() throws IOException {
        TestCertificate first = authority.issue(user("first"), "DNS:agent");
        String renewed = user("renewed");
        TestCertificate second = authority.issueRsa(renewed, "DNS:agent");
        rig.publish(config(strict, "", client(first) + "rabbit_login_method = EXTERNAL"));
        untilDelivered(1);
        Files.writeString(first.certificate(), Files.readString(second.certificate()));
        rig.broker.rabbitmqctl("close_all_connections", "--vhost", rig.virtualHost, "test");
        await().atMost(SOON).until(() -> rig.log.all().contains("ssl_key_file = " + first.key()));
        assertTrue(rig.log.all().contains("the private key can't be read as one of the certificate's kind, RSA"));
        Files.writeString(first.key(), Files.readString(second.key()));
        untilDelivered(1);
        assertTrue(connections().contains(renewed), connections());
        assertFalse(rig.log.all().contains("STACK"), rig.log.all());
    }

    @Test
    void hostNameIsOnlyUncheckedWhenConfiguredSo() {
        TestCertificate elsewhere = authority.issue("elsewhere", "DNS:elsewhere.example");
        int port = rig.broker
                .listen(List.of(TlsListener.of(elsewhere, authority.file())))
                .get(0);
        rig.publish(config(port, "guest:guest@", "ssl_enforce_hostname_verification = false"));
        untilDelivered(1);
    }

    /** As containers have them; a name that is whole; a letter that ASCII has not; an address of one interface. */
    @ParameterizedTest
    @CsvSource({
        "rabbit_1, DNS:rabbit_1",
        "rabbit_1.example.org, 'DNS:other,DNS:RABBIT_1.example.org'",
        "rabbit_1.example.org., DNS:rabbit_1.example.org",
        "rabbit.example.org., DNS:rabbit.example.org",
        "b\u00fccher.example, DNS:xn--bcher-kva.example",
        "[fe80::1%1], IP:fe80::1",
    })
    void hostIsCheckedByEveryNameThatPythonConnectsTo(String host, String alternative) {
        rig.publish(named(host, authority.issue("named", alternative)), OsloEnvelope.MESSAGINGV2, List.of("info"));
        untilDelivered(1);
        assertEquals(List.of(), rig.log.at(Level.WARN));
    }

    @ParameterizedTest
    @CsvSource({
        "rabbit_1, DNS:rabbit_2",
        "rabbit_1.example.org, DNS:*.example.org",
        "rabbit_1, IP:127.0.0.1",
        "rabbit.example.org., DNS:rabbit.example",
        "[fe80::1%1], IP:fe80::2"
    })
    void certificateOfAnotherNameIsRefused(String host, String alternative) {
        rig.publish(named(host, authority.issue("named", alternative)), OsloEnvelope.MESSAGINGV2, List.of("info"));
        await().atMost(SOON).until(() -> rig.log.all().contains("the broker's certificate is for another host"));
        assertFalse(rig.log.all().contains("Connected to"), rig.log.all());
    }

    private RabbitClient named(String host, TestCertificate certificate) {
        int port = rig.broker
                .listen(List.of(TlsListener.of(certificate, authority.file())))
                .get(0);
        RabbitConfig config = ParsedConfig.of(
                "rabbit://guest:guest@" + host + ':' + port + '/' + rig.virtualHost,
                "ssl = true\nssl_ca_file = " + bundle + '\n',
                "full");
        return new RabbitClient(config, name ->
                new InetAddress[] {InetAddress.getByAddress(name, new byte[] {127, 0, 0, 1})});
    }

    @Test
    void frozenBrokerDoesNotHoldUpTheEnd() {
        Publisher publisher = rig.publish(config(good, "guest:guest@", ""));
        untilDelivered(1);
        rig.broker.freeze();
        try {
            rig.outbox.add("info", 1, 0, "x".repeat(16_000_000));
            await().pollDelay(Duration.ofMillis(500)).until(() -> true);
            long begun = System.nanoTime();
            publisher.close();
            assertTrue(System.nanoTime() - begun < Duration.ofSeconds(5).toNanos());
            assertFalse(rig.log.all().contains("left behind"), rig.log.all());
        } finally {
            rig.broker.thaw();
        }
    }
}
