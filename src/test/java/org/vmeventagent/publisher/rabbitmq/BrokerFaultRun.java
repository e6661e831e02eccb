package org.vmeventagent.publisher.rabbitmq;

import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.EXCHANGE;
import static org.vmeventagent.publisher.rabbitmq.PublisherRig.KEY;

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
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;
import org.vmeventagent.rig.TcpProxy;

/** One fault of one agent's connection, while notifications are recorded all the time. One test's thread. */
final class BrokerFaultRun implements AutoCloseable {
    static final String PASSWORD = "some-password";

    private static final int PER_SECOND = 300;
    private static final Duration DEADLINE = Duration.ofSeconds(40);
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);
    private static final Duration SLACK = Duration.ofSeconds(2);

    final PublisherRig bus = new PublisherRig();
    final TcpProxy proxy = new TcpProxy(bus.broker.port());
    final String user = "agent-" + bus.virtualHost;
    private final ReceivedMessages receivedMessages = new ReceivedMessages();
    private @Nullable RabbitClient client;
    private @Nullable Publisher publisher;
    private @Nullable SteadyWriter steadyWriter;

    /** What became of it; {@code backMs} is from its end until all was confirmed that had waited by then. */
    record Outcome(BrokerFault fault, long lost, long duplicates, long backMs) {
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

    Outcome of(BrokerFault fault) throws Exception {
        RabbitClient opened = new RabbitClient(fault.config(this));
        client = opened;
        if (fault.isThereAtTheStart()) {
            fault.make(this);
        }
        Publisher started = bus.publish(opened, OsloEnvelope.MESSAGINGV2, List.of("info"));
        publisher = started;
        long backMs;
        try (SteadyWriter running = new SteadyWriter(bus.outbox, "info", PER_SECOND)) {
            steadyWriter = running;
            untilItIsReported(fault);
            backMs = untilItIsOver(fault);
        }
        assertTrue(started.flush(DEADLINE), bus.log.all());
        return outcome(fault, backMs);
    }

    private void untilItIsReported(BrokerFault fault) throws Exception {
        if (!fault.isThereAtTheStart()) {
            until(() -> bus.outbox.acknowledged(KEY) > PER_SECOND / 2);
            fault.make(this);
        }
        long made = System.nanoTime();
        until(() -> fault.reported.isEmpty() || warnings().stream().anyMatch(line -> line.contains(fault.reported)));
        if (fault.reported.equals("no heartbeat")) {
            assertTrue(System.nanoTime() - made < 2 * HEARTBEAT.toNanos() + SLACK.toNanos(), "noticed too late");
        }
        long then = bus.outbox.last();
        until(() -> bus.outbox.last() > then + PER_SECOND);
    }

    private long untilItIsOver(BrokerFault fault) throws Exception {
        long before = count(fault.over);
        boolean overAlready = fault.reported.isEmpty() || fault == BrokerFault.CUT;
        fault.end(this);
        long ended = System.nanoTime();
        long due = bus.outbox.last();
        until(() -> bus.outbox.acknowledged(KEY) >= due);
        long back = System.nanoTime();
        until(() -> count(fault.over) == before + (overAlready ? 0 : 1));
        return TimeUnit.NANOSECONDS.toMillis(back - ended);
    }

    private Outcome outcome(BrokerFault fault, long backMs) throws Exception {
        receivedMessages.add(bus.drain(KEY));
        long rows = bus.outbox.last();
        assertEquals(List.of(), receivedMessages.missing(rows));
        assertTrue(receivedMessages.inOrder());
        assertEquals(rows, receivedMessages.distinct(), "one message_id a row");
        List<String> reported =
                warnings().stream().filter(line -> !fault.mayReport(line)).toList();
        assertEquals(fault.reported.isEmpty() ? 0 : 1, reported.size(), reported.toString());
        assertFalse(bus.log.all().contains("STACK"), bus.log.all());
        return new Outcome(fault, rows - receivedMessages.distinct(), receivedMessages.total() - rows, backMs);
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

    RabbitConfig config(DeclareMode declare) {
        return config("127.0.0.1", bus.broker.port(), "guest", declare, PublisherRig.DURABLE);
    }

    RabbitConfig config(String host, int port, String as, DeclareMode declare, QueueArguments queueArguments) {
        return new RabbitConfig(
                List.of(new TransportUrl.Host(host, port, as, as.equals("guest") ? "guest" : PASSWORD)),
                bus.virtualHost,
                EXCHANGE,
                declare,
                queueArguments,
                SaslLogin.AMQPLAIN,
                HEARTBEAT,
                Duration.ofSeconds(3),
                "test",
                null);
    }

    /** What the agent does at SIGHUP. */
    void reload(RabbitConfig changed) {
        requireNonNull(client).use(changed);
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
        SteadyWriter running = requireNonNull(steadyWriter);
        running.pause();
        until(() -> bus.outbox.acknowledged(KEY) == bus.outbox.last());
        receivedMessages.add(bus.drain(KEY));
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
