package org.vmeventagent.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.libvirt.LibvirtException;
import org.vmeventagent.rig.LibvirtDaemon;
import org.vmeventagent.rig.RabbitBroker;
import org.vmeventagent.rig.Storm;
import org.vmeventagent.rig.TestLives;

/** A daemon with some domains, a broker, and what happens in them. Used by one thread. */
final class BenchmarkEnvironment implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(3);
    private static final String QUEUE = "notifications.info";

    private final Path directory;
    private final LibvirtDaemon daemon = new LibvirtDaemon();
    private final TestLives domains;
    private final RabbitBroker broker = RabbitBroker.shared();
    private String virtualHost = "";
    private int defined;
    private int runs;

    BenchmarkEnvironment(Path directory) throws LibvirtException {
        this.directory = directory;
        this.domains = new TestLives(daemon);
    }

    /** Defines domains until there are so many. */
    void domains(int count) throws LibvirtException {
        for (; defined < count; defined++) {
            domains.define(new UUID(7, defined), "web " + defined).free();
        }
    }

    /** Starts a program on an empty virtual host. */
    ProgramRun start(Program program, Program.Queue queue, String more) throws IOException, InterruptedException {
        virtualHost = broker.newVirtualHost();
        Path own = Files.createDirectory(directory.resolve("run-" + ++runs));
        return ProgramRun.start(
                program.command(own, daemon.readOnly(daemon.testUri()), broker.url(virtualHost), queue, more), own);
    }

    /** Lets instances live and die, and waits until all of it is in the queue. */
    MeasuredNotification.Phase storm(int lives, int threads, int rate) throws IOException, TimeoutException {
        return storm(lives, threads, rate, 0);
    }

    /** The same, and so many milliseconds pass after each definition. */
    MeasuredNotification.Phase storm(int lives, int threads, int rate, int pauseMillis)
            throws IOException, TimeoutException {
        int before = waiting();
        MeasuredNotification.Phase phase = missed(lives, threads, rate, pauseMillis);
        Awaitility.await()
                .atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> waiting() >= before + phase.events());
        return phase;
    }

    /** The same, and nobody waits. */
    MeasuredNotification.Phase missed(int lives, int threads, int rate) throws IOException {
        return missed(lives, threads, rate, 0);
    }

    private MeasuredNotification.Phase missed(int lives, int threads, int rate, int pauseMillis) throws IOException {
        long begin = micros();
        JsonNode reported = Storm.run(
                daemon,
                "--cycles",
                "" + lives,
                "--threads",
                "" + threads,
                "--rate",
                "" + rate,
                "--pause-ms",
                "" + pauseMillis);
        return new MeasuredNotification.Phase(
                begin, micros(), reported.get("events").asInt());
    }

    long daemonKb() {
        return Cost.of(daemon.pid()).residentKb();
    }

    void stopBroker() {
        broker.stop();
    }

    void startBroker() {
        broker.start();
    }

    /** How many messages wait in the queue; 0 where there is none. */
    int waiting() throws IOException, TimeoutException {
        try (Connection connection = factory().newConnection();
                Channel channel = connection.createChannel()) {
            return channel.queueDeclarePassive(QUEUE).getMessageCount();
        } catch (IOException e) {
            if (e.getCause() instanceof com.rabbitmq.client.ShutdownSignalException) {
                return 0;
            }
            throw e;
        }
    }

    /** Waits until so many messages are in the queue. */
    void awaitWaiting(int count) {
        Awaitility.await()
                .atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptions()
                .until(() -> waiting() >= count);
    }

    private ConnectionFactory factory() {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port());
        factory.setVirtualHost(virtualHost);
        factory.setAutomaticRecoveryEnabled(false);
        return factory;
    }

    private static long micros() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    }

    @Override
    public void close() throws LibvirtException {
        domains.close();
        daemon.close();
    }
}
