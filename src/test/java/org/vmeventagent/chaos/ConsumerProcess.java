package org.vmeventagent.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.vmeventagent.rig.LibvirtDaemon;

/**
 * A process of the consumer of docs/consumer, with a queue of its own, a state file, and a file with a line for each callback,
 * which all outlive it. One thread's.
 */
public final class ConsumerProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    private final Path state;
    private final Path calls;
    private final Path log;
    private final List<String> command;
    private Process process;
    private int saidBefore;

    /**
     * Starts it, and waits until its queue is there.
     *
     * @param failures how many of 1 of its callbacks fail, and are called again
     */
    public ConsumerProcess(Path directory, String url, double failures) {
        state = directory.resolve("view.db");
        calls = directory.resolve("calls");
        log = directory.resolve("consumer.log");
        command = List.of(
                "/usr/bin/python3",
                "src/test/python/consumer.py",
                "--url=" + url,
                "--durable",
                "--collector",
                "--state=" + state,
                "--calls=" + calls,
                "--failures=" + failures,
                "--patience=60");
        process = launch();
        awaitListening();
    }

    private Process launch() {
        try {
            saidBefore = Files.exists(log) ? log().length() : 0;
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it again, which must have ended; returns at once. */
    public void start() {
        process = launch();
    }

    /** Waits until it listens. */
    public void awaitListening() {
        Awaitility.await().atMost(START).until(() -> !process.isAlive() || listens());
        if (!process.isAlive()) {
            throw new AssertionError("the consumer has ended\n" + log());
        }
    }

    private boolean listens() {
        return log().indexOf("listening\n", saidBefore) >= 0;
    }

    /** SIGKILL. */
    public void kill9() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM, upon which it must end by itself. */
    public void terminate() {
        process.destroy();
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the consumer doesn't end\n" + log());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** SIGSTOP, or SIGCONT. */
    public void signal(String name) {
        LibvirtDaemon.run("kill", "-" + name, Long.toString(process.pid()));
    }

    /** The states that its view has of a host's connection, of instances that are not gone. */
    public Map<String, String> states(String host, String uri) throws SQLException {
        Map<String, String> states = new HashMap<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + state);
                PreparedStatement select =
                        connection.prepareStatement("SELECT instance, state FROM instance WHERE host = ? AND uri = ?"
                                + " AND state NOT IN ('undefined', 'unknown')")) {
            select.setString(1, host);
            select.setString(2, uri);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    states.put(row.getString(1), row.getString(2));
                }
            }
        }
        return states;
    }

    /** Each host's instances with their states, those that are gone too, on all its connections. */
    public Map<String, Map<String, String>> states() throws SQLException {
        Map<String, Map<String, String>> states = new HashMap<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + state);
                Statement select = connection.createStatement();
                ResultSet row = select.executeQuery("SELECT host, instance, state FROM instance")) {
            while (row.next()) {
                states.computeIfAbsent(row.getString(1), host -> new HashMap<>())
                        .put(row.getString(2), row.getString(3));
            }
        }
        return states;
    }

    /** The number up to which all of a host came, for each host that has one database. */
    public Map<String, Long> complete() throws SQLException {
        Map<String, Long> complete = new HashMap<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + state);
                Statement select = connection.createStatement();
                ResultSet row = select.executeQuery("SELECT host, next - 1 FROM stream")) {
            while (row.next()) {
                complete.put(row.getString(1), row.getLong(2));
            }
        }
        return complete;
    }

    /** What was called back so far, a line each, over all its lives. */
    public List<String> calls() {
        try {
            return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All it said. */
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
