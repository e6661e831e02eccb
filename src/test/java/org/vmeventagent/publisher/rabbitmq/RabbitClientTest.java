package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.publisher.BrokerClient;
import org.vmeventagent.publisher.BrokerException;
import org.vmeventagent.publisher.BrokerProblem;
import org.vmeventagent.rig.FakeBroker;

/** A name server may take as long as it likes; and a broker be another one by the time its name is known. */
@Timeout(60)
class RabbitClientTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final CountDownLatch dnsIsBack = new CountDownLatch(1);
    private final Set<String> queried = ConcurrentHashMap.newKeySet();
    private final AtomicInteger turns = new AtomicInteger();

    @AfterEach
    void end() {
        dnsIsBack.countDown();
    }

    private static RabbitConfig config(String hosts, Duration connectTimeout) {
        RabbitConfig there = ParsedConfig.of("rabbit://" + hosts + "/", "", "none");
        return new RabbitConfig(
                there.hosts(),
                there.virtualHost(),
                there.exchange(),
                there.declare(),
                there.queueArguments(),
                there.login(),
                there.heartbeat(),
                connectTimeout,
                "test",
                null);
    }

    private InetAddress[] resolve(String host) throws UnknownHostException {
        queried.add(host);
        try {
            if (!host.equals("here") && !dnsIsBack.await(1, TimeUnit.MINUTES)) {
                throw new AssertionError("never released");
            }
            return new InetAddress[] {InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1})};
        } catch (InterruptedException e) {
            throw new UnknownHostException("interrupted");
        }
    }

    private BrokerProblem problem(RabbitClient client) {
        return assertThrows(BrokerException.class, () -> client.open(new ReadingListener(), turns::incrementAndGet))
                .problem();
    }

    @Test
    void aNameServerThatHangsTakesABoundedTimeForEachHostAndEachIsATurn() {
        RabbitClient client =
                new RabbitClient(config("u:p@one:1,u:p@two:1,u:p@three:1", Duration.ofMillis(200)), this::resolve);
        BrokerProblem problem = problem(client);
        assertEquals(BrokerProblem.Kind.UNREACHABLE, problem.kind());
        assertEquals(3, turns.get());
        assertTrue(
                problem.text().contains("the name three is not resolved within 0 s; check this host's DNS"),
                problem.text());
        problem(client);
        problem(client);
        queried.clear();
        problem(client);
        assertEquals(Set.of(), queried, "with 8 look-ups left behind no more are made");
        dnsIsBack.countDown();
        await().atMost(SOON).until(() -> problem(client).text().contains("Connection refused"));
    }

    @Test
    void aHostThatIsKnownIsReachedBesideOneThatIsNot() throws Exception {
        try (FakeBroker broker = new FakeBroker(FakeBroker.publishing(0, out -> {}))) {
            RabbitClient client = new RabbitClient(
                    config("u:p@there:1,u:p@here:" + broker.port(), Duration.ofSeconds(2)), this::resolve);
            for (int i = 0; i < 3; i++) {
                try (BrokerClient.Connection connection = client.open(new ReadingListener(), turns::incrementAndGet)) {
                    assertTrue(connection.name().startsWith("here:"), connection.name());
                }
            }
        }
    }

    @Test
    void aConfigurationThatChangesDuringALookupCountsAtOnce() throws Exception {
        try (FakeBroker broker = new FakeBroker(FakeBroker.publishing(0, out -> {}))) {
            RabbitClient client =
                    new RabbitClient(config("u:p@there:1,u:p@elsewhere:1", Duration.ofSeconds(2)), this::resolve);
            RabbitConfig changed = config("u:p@here:" + broker.port(), Duration.ofSeconds(2));
            Runnable atFirst = () -> {
                if (turns.incrementAndGet() == 1) {
                    assertTrue(client.use(changed));
                }
            };
            try (BrokerClient.Connection connection = client.open(new ReadingListener(), atFirst)) {
                assertTrue(connection.name().startsWith("here:"), connection.name());
                assertEquals(false, connection.isOutdated());
                assertEquals(2, turns.get(), "one host of the old ones was tried");
                client.use(config("u:p@other:1", Duration.ofSeconds(2)));
                assertTrue(connection.isOutdated());
            }
        }
    }

    @Test
    void aFileOfTlsThatCannotBeReadAnyMoreIsASettingToChange() {
        RabbitConfig plain = config("u:p@here:1", Duration.ofSeconds(2));
        RabbitConfig secure = new RabbitConfig(
                plain.hosts(),
                plain.virtualHost(),
                plain.exchange(),
                plain.declare(),
                plain.queueArguments(),
                plain.login(),
                plain.heartbeat(),
                plain.connectTimeout(),
                "test",
                new TlsConfig(Path.of("/nowhere/ca.pem"), null, null, null, true));
        assertEquals(
                new BrokerProblem(
                        BrokerProblem.Kind.MISCONFIGURED,
                        "[oslo_messaging_rabbit] ssl_ca_file = /nowhere/ca.pem: the file does not exist"),
                problem(new RabbitClient(secure, this::resolve)));
    }
}
