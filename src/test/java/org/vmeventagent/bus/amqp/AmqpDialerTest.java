package org.vmeventagent.bus.amqp;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmeventagent.bus.Link;
import org.vmeventagent.bus.Route;
import org.vmeventagent.bus.Signals;
import org.vmeventagent.bus.Trouble;
import org.vmeventagent.bus.TroubleException;
import org.vmeventagent.rig.FakeBroker;

/** A name server may take as long as it likes; and a broker be another one by the time its name is known. */
@Timeout(60)
class AmqpDialerTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final CountDownLatch dnsIsBack = new CountDownLatch(1);
    private final Set<String> asked = ConcurrentHashMap.newKeySet();
    private final AtomicInteger turns = new AtomicInteger();

    @AfterEach
    void end() {
        dnsIsBack.countDown();
    }

    private static AmqpConfig config(String hosts, Duration connectTimeout) {
        AmqpConfig there = Configured.of("rabbit://" + hosts + "/", "", "none");
        return new AmqpConfig(
                there.brokers(),
                there.virtualHost(),
                there.exchange(),
                there.declare(),
                there.shape(),
                there.login(),
                there.heartbeat(),
                connectTimeout,
                "test",
                null);
    }

    private InetAddress[] resolve(String host) throws UnknownHostException {
        asked.add(host);
        try {
            if (!host.equals("here") && !dnsIsBack.await(1, TimeUnit.MINUTES)) {
                throw new AssertionError("never released");
            }
            return new InetAddress[] {InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1})};
        } catch (InterruptedException e) {
            throw new UnknownHostException("interrupted");
        }
    }

    private Trouble trouble(AmqpDialer dialer) {
        return assertThrows(TroubleException.class, () -> dialer.open(new Silent(), turns::incrementAndGet))
                .trouble();
    }

    @Test
    void aNameServerThatHangsTakesABoundedTimeForEachHostAndEachIsATurn() {
        AmqpDialer dialer =
                new AmqpDialer(config("u:p@one:1,u:p@two:1,u:p@three:1", Duration.ofMillis(200)), this::resolve);
        Trouble trouble = trouble(dialer);
        assertEquals(Trouble.Kind.AWAY, trouble.kind());
        assertEquals(3, turns.get());
        assertTrue(
                trouble.text().contains("the name three is not resolved within 0 s; check this host's DNS"),
                trouble.text());
        trouble(dialer);
        trouble(dialer);
        asked.clear();
        trouble(dialer);
        assertEquals(Set.of(), asked, "with 8 look-ups left behind no more are made");
        dnsIsBack.countDown();
        await().atMost(SOON).until(() -> trouble(dialer).text().contains("Connection refused"));
    }

    @Test
    void aHostThatIsKnownIsReachedBesideOneThatIsNot() throws Exception {
        try (FakeBroker broker = new FakeBroker(FakeBroker.publishing(0, out -> {}))) {
            AmqpDialer dialer = new AmqpDialer(
                    config("u:p@there:1,u:p@here:" + broker.port(), Duration.ofSeconds(2)), this::resolve);
            for (int i = 0; i < 3; i++) {
                try (Link link = dialer.open(new Silent(), turns::incrementAndGet)) {
                    assertTrue(link.name().startsWith("here:"), link.name());
                }
            }
        }
    }

    @Test
    void aConfigurationThatChangesDuringALookUpCountsAtOnce() throws Exception {
        try (FakeBroker broker = new FakeBroker(FakeBroker.publishing(0, out -> {}))) {
            AmqpDialer dialer =
                    new AmqpDialer(config("u:p@there:1,u:p@elsewhere:1", Duration.ofSeconds(2)), this::resolve);
            AmqpConfig changed = config("u:p@here:" + broker.port(), Duration.ofSeconds(2));
            Runnable atFirst = () -> {
                if (turns.incrementAndGet() == 1) {
                    assertTrue(dialer.use(changed));
                }
            };
            try (Link link = dialer.open(new Silent(), atFirst)) {
                assertTrue(link.name().startsWith("here:"), link.name());
                assertEquals(false, link.isOutdated());
                assertEquals(2, turns.get(), "one host of the old ones was tried");
                dialer.use(config("u:p@other:1", Duration.ofSeconds(2)));
                assertTrue(link.isOutdated());
            }
        }
    }

    private static final class Silent implements Signals {
        @Override
        public void confirmed(Route route, long tag, boolean multiple) {}

        @Override
        public void refused(Route route, long tag, boolean multiple) {}

        @Override
        public void returned(Route route, byte[] body, Trouble why) {}

        @Override
        public void routeClosed(Route route, Trouble why) {}

        @Override
        public void linkClosed(Trouble why) {}

        @Override
        public void blocked(String reason) {}

        @Override
        public void unblocked() {}
    }
}
