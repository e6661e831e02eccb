package org.vmeventagent.bus.amqp;

import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.bus.amqp.BusRig.EXCHANGE;
import static org.vmeventagent.bus.amqp.BusRig.KEY;

import ch.qos.logback.classic.Level;
import com.rabbitmq.client.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.bus.Envelope;
import org.vmeventagent.bus.Publisher;
import org.vmeventagent.rig.TcpProxy;

/** One fault of one agent's connection, while notifications are recorded all the time. One test's thread. */
final class FaultRun implements AutoCloseable {
    static final String PASSWORD = "some-password";

    private static final int PER_SECOND = 300;
    private static final Duration DEADLINE = Duration.ofSeconds(40);
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);
    private static final Duration SLACK = Duration.ofSeconds(2);

    final BusRig bus = new BusRig();
    final TcpProxy proxy = new TcpProxy(bus.broker.port());
    final String user = "agent-" + bus.virtualHost;
    private final Received received = new Received();
    private @Nullable AmqpDialer dialer;
    private @Nullable Publisher publisher;
    private @Nullable Feed feed;

    /** What became of it; {@code backMs} is from its end until all was confirmed that had waited by then. */
    record Outcome(Fault fault, long lost, long duplicates, long backMs) {
        String row() {
            return String.format(
                    Locale.ROOT,
                    "| %s | %s | %d | %d | %.1f s |",
                    fault.what,
                    fault.answer,
                    lost,
                    duplicates,
                    backMs / 1000.0);
        }
    }

    Outcome of(Fault fault) throws Exception {
        AmqpDialer opened = new AmqpDialer(fault.config(this));
        dialer = opened;
        if (fault.isThereAtTheStart()) {
            fault.make(this);
        }
        Publisher started = bus.publish(opened, Envelope.MESSAGINGV2, List.of("info"));
        publisher = started;
        long backMs;
        try (Feed running = new Feed(bus.outbox, "info", PER_SECOND)) {
            feed = running;
            untilItIsTold(fault);
            backMs = untilItIsOver(fault);
        }
        assertTrue(started.flush(DEADLINE), bus.log.all());
        return outcome(fault, backMs);
    }

    private void untilItIsTold(Fault fault) throws Exception {
        if (!fault.isThereAtTheStart()) {
            until(() -> bus.outbox.acknowledged(KEY) > PER_SECOND / 2);
            fault.make(this);
        }
        long made = System.nanoTime();
        until(() -> fault.told.isEmpty() || warnings().stream().anyMatch(line -> line.contains(fault.told)));
        if (fault.told.equals("no heartbeat")) {
            assertTrue(System.nanoTime() - made < 2 * HEARTBEAT.toNanos() + SLACK.toNanos(), "noticed too late");
        }
        long then = bus.outbox.last();
        until(() -> bus.outbox.last() > then + PER_SECOND);
    }

    private long untilItIsOver(Fault fault) throws Exception {
        long before = count(fault.over);
        boolean overAlready = fault.told.isEmpty() || fault == Fault.CUT;
        fault.end(this);
        long ended = System.nanoTime();
        long due = bus.outbox.last();
        until(() -> bus.outbox.acknowledged(KEY) >= due);
        long back = System.nanoTime();
        until(() -> count(fault.over) == before + (overAlready ? 0 : 1));
        return TimeUnit.NANOSECONDS.toMillis(back - ended);
    }

    private Outcome outcome(Fault fault, long backMs) throws Exception {
        received.add(bus.drain(KEY));
        long rows = bus.outbox.last();
        assertEquals(List.of(), received.missing(rows));
        assertTrue(received.inOrder());
        assertEquals(rows, received.distinct(), "one message_id a row");
        List<String> told =
                warnings().stream().filter(line -> !fault.mayTell(line)).toList();
        assertEquals(fault.told.isEmpty() ? 0 : 1, told.size(), told.toString());
        assertFalse(bus.log.all().contains("STACK"), bus.log.all());
        return new Outcome(fault, rows - received.distinct(), received.total() - rows, backMs);
    }

    private void until(Callable<Boolean> what) {
        await().atMost(DEADLINE).pollInterval(Duration.ofMillis(5)).until(what);
    }

    private List<String> warnings() {
        List<String> lines = new ArrayList<>(bus.log.at(Level.WARN));
        lines.addAll(bus.log.at(Level.ERROR));
        return lines;
    }

    private long count(String infoThatBegins) {
        return bus.log.at(Level.INFO).stream()
                .filter(line -> line.startsWith(infoThatBegins))
                .count();
    }

    AmqpConfig config(Declare declare) {
        return config("127.0.0.1", bus.broker.port(), "guest", declare, BusRig.DURABLE);
    }

    AmqpConfig config(String host, int port, String as, Declare declare, Shape shape) {
        return new AmqpConfig(
                List.of(new Broker(host, port, as, as.equals("guest") ? "guest" : PASSWORD)),
                bus.virtualHost,
                EXCHANGE,
                declare,
                shape,
                Login.AMQPLAIN,
                HEARTBEAT,
                Duration.ofSeconds(3),
                "test",
                null);
    }

    /** What the agent does at SIGHUP. */
    void reload(AmqpConfig changed) {
        requireNonNull(dialer).use(changed);
        requireNonNull(publisher).reconnect();
    }

    void addUser(String configure) {
        bus.broker.addUser(user, PASSWORD);
        permit(configure);
    }

    void permit(String configure) {
        bus.broker.permit(user, bus.virtualHost, configure, ".*", ".*");
    }

    void makeQueue(boolean durable, Map<String, Object> arguments) throws Exception {
        try (Channel channel = bus.channel()) {
            channel.queueDeclare(KEY, durable, false, false, arguments);
        }
    }

    void limitQueue() {
        String policy = "{\"max-length\": 400, \"overflow\": \"reject-publish\"}";
        bus.broker.rabbitmqctl("set_policy", "-p", bus.virtualHost, "short", ".*", policy);
    }

    void unlimitQueue() {
        bus.broker.rabbitmqctl("clear_policy", "-p", bus.virtualHost, "short");
    }

    void makeExchange() throws Exception {
        try (Channel channel = bus.channel()) {
            channel.exchangeDeclare(EXCHANGE, "topic", true);
        }
    }

    /** Takes what is in the queue, and deletes it while nothing is on its way: what is then is the queue's, and lost. */
    void deleteEmptyQueue() throws Exception {
        Feed running = requireNonNull(feed);
        running.pause();
        until(() -> bus.outbox.acknowledged(KEY) == bus.outbox.last());
        received.add(bus.drain(KEY));
        try (Channel channel = bus.channel()) {
            channel.queueDelete(KEY, false, true);
        }
        running.resume();
    }

    @Override
    public void close() {
        bus.close();
        proxy.close();
    }
}
