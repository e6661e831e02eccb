package org.vmeventagent.agent;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.NotificationTransport;
import org.vmeventagent.metrics.AgentMetrics;
import org.vmeventagent.publisher.MemoryOutbox;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.rabbitmq.RabbitClient;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig;
import org.vmeventagent.publisher.rabbitmq.TransportUrl;
import org.vmeventagent.rig.CapturedLog;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.TestAuthority;
import org.vmeventagent.rig.TestCertificate;
import org.vmeventagent.rig.TlsListener;
import org.vmeventagent.time.AgentClock;

/** A password is in nothing that is logged or shown, whatever goes wrong, with debug logging on. */
@Timeout(60)
class SecretsIT {
    private static final String MARKER = "Marker-5ecret";
    private static final Duration SOON = Duration.ofSeconds(20);

    private final CapturedLog log = CapturedLog.open();

    @BeforeAll
    static void addUser() {
        RabbitBroker.shared().addUser("marked", MARKER);
    }

    @AfterEach
    void close() {
        log.close();
    }

    private static Configuration options(String url, String rabbit) {
        return Configuration.ofText("[DEFAULT]\ndebug = true\ntransport_url = " + url
                + "\n[notifications]\nreconnect_splay = 0\ndeclare = full\n[oslo_messaging_rabbit]\n" + rabbit + "\n");
    }

    private void assertUntold(Object... shown) {
        StringBuilder all = new StringBuilder(log.all());
        for (Object each : shown) {
            all.append(each).append('\n');
            if (each instanceof Throwable thrown) {
                StringWriter trace = new StringWriter();
                thrown.printStackTrace(new PrintWriter(trace));
                all.append(trace);
            }
        }
        assertFalse(all.toString().contains(MARKER), all.toString());
        assertFalse(all.toString().contains("5ecret"), all.toString());
    }

    private void drive(String url, String rabbit, String untilLogged) {
        Configuration configuration = options(url, rabbit);
        AgentConfig config = AgentConfig.from(configuration);
        RabbitConfig amqp = config.amqp();
        assertTrue(amqp != null && config.publisher() != null);
        MemoryOutbox outbox = new MemoryOutbox();
        outbox.add("info", 1);
        RabbitClient client = new RabbitClient(amqp);
        try (Publisher publisher =
                new Publisher(config.publisher(), outbox, client, AgentMetrics.NONE, AgentClock.system(0))) {
            int before = log.all().length();
            publisher.start();
            await(untilLogged)
                    .atMost(SOON)
                    .until(() -> log.all().substring(before).contains(untilLogged));
            assertUntold(
                    configuration,
                    config,
                    config.warnings(),
                    amqp,
                    amqp.hosts(),
                    client,
                    publisher,
                    TransportUrl.parse(url),
                    NotificationTransport.from(configuration));
        }
    }

    /** A virtual host where the marked user may do what these patterns say: configure, write, read. */
    private static String virtualHost(String configure, String write, String read) {
        String virtualHost = RabbitBroker.shared().newVirtualHost();
        RabbitBroker.shared().permit("marked", virtualHost, configure, write, read);
        return virtualHost;
    }

    private static String marked(int port, String virtualHost) {
        return "rabbit://marked:" + MARKER + "@127.0.0.1:" + port + '/' + virtualHost;
    }

    @Test
    void brokerThatIsNotThere() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        drive(marked(free, ""), "", "Connection refused");
    }

    @Test
    void rightThatIsMissing() {
        drive(marked(RabbitBroker.shared().port(), virtualHost("^$", "^$", "^$")), "", "ACCESS_REFUSED");
    }

    @Test
    void exchangeThatIsMissing() {
        drive(
                marked(RabbitBroker.shared().port(), virtualHost(".*", ".*", ".*")),
                "\n[notifications]\ndeclare = passive",
                "there is no exchange");
    }

    @Test
    void queueOfAnotherShape() {
        String virtualHost = virtualHost(".*", ".*", ".*");
        String url = marked(RabbitBroker.shared().port(), virtualHost);
        drive(url, "amqp_durable_queues = true", "Connected to");
        drive(url, "amqp_durable_queues = false", "inequivalent arg");
    }

    @Test
    void wrongPassword() {
        drive("rabbit://guest:" + MARKER + "@127.0.0.1:" + RabbitBroker.shared().port() + "/", "", "login refused");
    }

    @Test
    void wrongVirtualHost() {
        drive(
                "rabbit://marked:" + MARKER + "@127.0.0.1:"
                        + RabbitBroker.shared().port() + "/nowhere",
                "",
                "check the virtual host");
    }

    @Test
    void unknownHost() {
        drive("rabbit://marked:" + MARKER + "@no-such-host.invalid:5672/", "", "unknown host");
    }

    @Test
    void failureOfTls() {
        drive(
                "rabbit://marked:" + MARKER + "@127.0.0.1:"
                        + RabbitBroker.shared().port() + "/?ssl=true",
                "",
                "doesn't speak TLS");
    }

    @Test
    void certificatesOfTls(@TempDir Path directory) {
        TestAuthority authority = TestAuthority.root(directory, "authority");
        TestCertificate good = authority.issue("broker", "IP:127.0.0.1");
        List<Integer> ports = RabbitBroker.shared()
                .listen(List.of(
                        TlsListener.of(authority.issueExpired("old", "IP:127.0.0.1"), authority.file()),
                        TlsListener.of(authority.issue("elsewhere", "DNS:elsewhere.example"), authority.file()),
                        new TlsListener(good.certificate(), good.key(), authority.file(), true, "")));
        String tls = "ssl = true\nssl_ca_file = " + authority.file();
        drive(marked(ports.get(0), ""), tls, "has expired");
        drive(marked(ports.get(1), ""), tls, "is for another host");
        drive(marked(ports.get(1), ""), "ssl = true", "signed by none of the authorities");
        drive(marked(ports.get(2), ""), tls, "check ssl_cert_file");
        drive(marked(ports.get(2), ""), "", "broker's TLS port");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "h:5672",
                "rabbit:u:" + MARKER + "@h",
                "://u:" + MARKER + "@h",
                "kafka://u:" + MARKER + "@h/",
                "rabbit://u:" + MARKER + "?more@h/",
                "rabbit://u:1," + MARKER + "@h/",
                "rabbit://u:" + MARKER + "@h1:1/v,u:" + MARKER + "@h2/v",
                "rabbit://u:" + MARKER + "@h:x/",
                "rabbit://u:" + MARKER + "@[::1/",
                "rabbit://u:" + MARKER + "@::1/",
                "rabbit://u:" + MARKER + "@h h/",
                "rabbit://u:$m5ecret@h/",
                "rabbit://u:${m5ecret}" + MARKER + "@h/",
                "rabbit://u@h1,u:" + MARKER + "@h2/",
                "rabbit://u:" + MARKER + "@h:99999/",
                "rabbit://u:" + MARKER + "#more@h/",
                "rabbit://u:" + MARKER + "/more@h/",
                "amqp://u:" + MARKER + "@h/",
                "rabbit://u:" + MARKER + "@h/?ssl=perhaps",
                "rabbit://u:" + MARKER + "@h/?no_such_option=1",
            })
    void urlThatIsRefused(String url) {
        assertUntold(assertThrows(ConfigException.class, () -> AgentConfig.from(options(url, ""))));
    }
}
