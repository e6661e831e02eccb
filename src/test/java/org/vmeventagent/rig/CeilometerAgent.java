package org.vmeventagent.rig;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;

/**
 * A real ceilometer-agent-notification (19.0 of Debian 12) with our definitions, as docs/ceilometer.md installs them; what
 * it takes at once (rabbit_qos_prefetch_count) is its own default. It
 * needs neither Keystone nor Gnocchi: its stock http publisher hands events and samples to this. Where it listens is as it
 * comes.
 */
public final class CeilometerAgent implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path OURS = Path.of("etc", "ceilometer");

    static {
        System.setProperty("sun.net.httpserver.nodelay", "true"); // each answer would wait 40 ms for the client's ACK
    }

    private final Path directory;
    private final HttpServer sink;
    private final Process process;
    private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
    private final BlockingQueue<JsonNode> samples = new LinkedBlockingQueue<>();

    private CeilometerAgent(Path directory, String url, boolean durable) throws IOException {
        this.directory = directory;
        sink = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        sink.createContext("/events", exchange -> keep(exchange, events));
        sink.createContext("/samples", exchange -> keep(exchange, samples));
        sink.start();
        configure(url, durable);
        process = new ProcessBuilder(
                        "ceilometer-agent-notification",
                        "--config-file",
                        directory.resolve("ceilometer.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("out").toFile())
                .start();
    }

    /**
     * Starts it and waits until it has declared its queues in that virtual host.
     *
     * @param durable its queues, and what is in them, outlast the broker
     */
    public static CeilometerAgent start(Path directory, RabbitBroker broker, String virtualHost, boolean durable) {
        try {
            CeilometerAgent agent = new CeilometerAgent(directory, broker.url(virtualHost), durable);
            ConnectionFactory factory = new ConnectionFactory();
            factory.setHost("127.0.0.1");
            factory.setPort(broker.port());
            factory.setVirtualHost(virtualHost);
            factory.setAutomaticRecoveryEnabled(false);
            try (Connection connection = factory.newConnection()) {
                Awaitility.await()
                        .atMost(START)
                        .pollInterval(Duration.ofMillis(200))
                        .conditionEvaluationListener(null)
                        .until(() -> !agent.process.isAlive() || listens(connection));
            }
            if (!agent.process.isAlive()) {
                agent.close();
                throw new AssertionError("ceilometer-agent-notification has ended" + agent.log());
            }
            return agent;
        } catch (IOException | TimeoutException e) {
            throw new IllegalStateException("no ceilometer-agent-notification; is it installed?", e);
        }
    }

    /** The events it made so far, as they come: message_id, event_type, traits (name, type, value)... */
    public Collection<JsonNode> events() {
        return events;
    }

    /** The samples it made so far, as they come: name, volume, resource_id... */
    public Collection<JsonNode> samples() {
        return samples;
    }

    /** How many repetitions its oslo.messaging dropped so far, by its log; none of them was acknowledged. */
    public long dropped() {
        return log().lines()
                .filter(line -> line.contains(" ignoring duplicate message "))
                .count();
    }

    /** All it said. */
    public String log() {
        try {
            return Files.readString(directory.resolve("out"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> workers = process.descendants().toList();
        process.destroyForcibly(); // first, or it would replace them
        workers.forEach(ProcessHandle::destroyForcibly);
        sink.stop(0);
    }

    private static boolean listens(Connection connection) throws IOException, TimeoutException {
        try (Channel channel = connection.createChannel()) {
            return channel.queueDeclarePassive("notifications.info").getConsumerCount() > 0;
        } catch (IOException e) {
            return false; // not declared yet: that closes the channel
        }
    }

    private void configure(String url, boolean durable) throws IOException {
        String base = "http://127.0.0.1:" + sink.getAddress().getPort();
        Path packaged = Path.of(Commands.run(new ProcessBuilder(
                        "/usr/bin/python3", "-c", "import os, ceilometer; print(os.path.dirname(ceilometer.__file__))"))
                .strip());
        write(
                "event_definitions.yaml",
                Files.readString(packaged.resolve("pipeline/data/event_definitions.yaml"))
                        + Files.readString(OURS.resolve("vm-event-agent-events.yaml")));
        Path meters = Files.createDirectory(directory.resolve("meters.d"));
        Files.copy(OURS.resolve("vm-event-agent-meters.yaml"), meters.resolve("vm-event-agent.yaml"));
        write("event_pipeline.yaml", """
                sources:
                  - {name: all, events: ["*"], sinks: [test]}
                sinks:
                  - {name: test, publishers: ["%s/events"]}
                """.formatted(base));
        write("pipeline.yaml", """
                sources:
                  - {name: all, meters: ["*"], sinks: [test]}
                sinks:
                  - {name: test, publishers: ["%s/samples"]}
                """.formatted(base));
        write("ceilometer.conf", """
                [DEFAULT]
                transport_url = %1$s
                state_path = %2$s
                pipeline_cfg_file = %2$s/pipeline.yaml
                event_pipeline_cfg_file = %2$s/event_pipeline.yaml
                [oslo_messaging_rabbit]
                amqp_durable_queues = %4$s
                [event]
                definitions_cfg_file = %2$s/event_definitions.yaml
                [meter]
                meter_definitions_dirs = %2$s/meters.d
                meter_definitions_dirs = %3$s/data/meters.d
                """.formatted(url, directory, packaged, durable));
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    private static void keep(HttpExchange exchange, Collection<JsonNode> to) throws IOException {
        try (exchange) {
            JSON.readTree(exchange.getRequestBody()).forEach(to::add);
            exchange.sendResponseHeaders(204, -1);
        }
    }
}
