package org.vmeventagent.publisher.rabbitmq;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.vmeventagent.publisher.MemoryOutbox;
import org.vmeventagent.publisher.OsloEnvelope;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.PublisherConfig;
import org.vmeventagent.time.AgentClock;

/** The publishers of many agents in one process, each with an outbox and a connection of its own. */
final class PublisherFleet implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofMinutes(5);

    private final List<Publisher> publishers = new ArrayList<>();
    private final List<MemoryOutbox> outboxes = new ArrayList<>();
    private final Queue<Long> attempts = new ConcurrentLinkedQueue<>();
    private final FleetMetrics metrics = new FleetMetrics();

    PublisherFleet(int agents, RabbitConfig amqp, PublisherConfig config) {
        for (int i = 0; i < agents; i++) {
            MemoryOutbox outbox = new MemoryOutbox();
            outboxes.add(outbox);
            RabbitClient client = new RabbitClient(amqp);
            publishers.add(new Publisher(
                    config,
                    outbox,
                    (listener, turned) -> {
                        attempts.add(System.nanoTime());
                        return client.open(listener, turned);
                    },
                    metrics,
                    AgentClock.system(0)));
        }
        publishers.forEach(Publisher::start);
    }

    /** As configured by default, but for the splay. */
    static PublisherConfig with(Duration splay) {
        PublisherConfig defaults = PublisherConfig.defaults();
        return new PublisherConfig(
                OsloEnvelope.MESSAGINGV2,
                defaults.topics(),
                List.of(),
                defaults.priorities(),
                defaults.window(),
                splay,
                defaults.reconnectMax(),
                defaults.drainRate(),
                defaults.probeInterval(),
                defaults.unroutableMaxAge(),
                defaults.confirmTimeout());
    }

    /** Commits so many rows at every agent. */
    void record(int each, String ballast) {
        outboxes.forEach(outbox -> outbox.add("info", each, 0, ballast));
    }

    /** What each agent reads from. */
    List<MemoryOutbox> outboxes() {
        return List.copyOf(outboxes);
    }

    /** What all of them counted together. */
    FleetMetrics metrics() {
        return metrics;
    }

    /** How many are connected. */
    long connected() {
        return publishers.stream().filter(Publisher::connected).count();
    }

    /** Seconds until every agent is connected, or none. */
    double untilConnected(boolean connected) {
        return seconds(() -> publishers.stream().allMatch(publisher -> publisher.connected() == connected));
    }

    /** Seconds until every row is confirmed that an agent has by now. */
    double untilConfirmed() {
        Map<MemoryOutbox, Long> due =
                outboxes.stream().collect(Collectors.toMap(Function.identity(), MemoryOutbox::last));
        return seconds(() ->
                due.entrySet().stream().allMatch(row -> row.getKey().acknowledged(PublisherRig.KEY) >= row.getValue()));
    }

    /** Seconds until the broker has told every agent that it takes nothing for now. */
    double untilBlocked() {
        return seconds(() -> publishers.stream()
                .allMatch(publisher ->
                        publisher.problem(PublisherRig.KEY).orElse("").contains("blocks publishing")));
    }

    private interface Condition {
        boolean holds();
    }

    private static double seconds(Condition condition) {
        long begun = System.nanoTime();
        await().atMost(DEADLINE).pollInterval(Duration.ofMillis(20)).until(condition::holds);
        return (System.nanoTime() - begun) / 1e9;
    }

    /** How many attempts to connect fell into the fullest second since the last question. */
    long mostAttemptsInASecond() {
        long most = attempts.stream()
                .collect(Collectors.groupingBy(TimeUnit.NANOSECONDS::toSeconds, Collectors.counting()))
                .values()
                .stream()
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
        attempts.clear();
        return most;
    }

    @Override
    public void close() {
        publishers.parallelStream().forEach(Publisher::close);
    }
}
