package org.vmeventagent.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A node of the installed rabbitmq-server (3.10 of Debian 12) with a directory, a name, ports and a cookie of its own, and
 * the plugin for logins by certificate. Root runs it as user rabbitmq, because the server's scripts want that.
 */
final class LocalBroker extends RabbitBroker {
    private static final Path BIN = Path.of("/usr/lib/rabbitmq/bin");
    private static final long DEADLINE_S = 60;
    /** Of the line that it prints when it serves. */
    private static final String STARTED = "completed with ";

    private final Path directory;
    private final String cookie;
    private final int distributionPort = freePort();

    /** A node alone. */
    LocalBroker(int port) {
        this(port, "VMEVENTAGENTTEST" + port, "", "[].");
    }

    /**
     * A node.
     *
     * @param cookie nodes with the same one may talk to each other
     * @param configuration the text of rabbitmq.conf, where a key that the version doesn't know is an error
     * @param advanced the text of advanced.config, where it is passed over
     */
    LocalBroker(int port, String cookie, String configuration, String advanced) {
        super(port);
        this.cookie = cookie;
        try {
            directory = Files.createTempDirectory(
                    Path.of("/tmp"),
                    "rabbit-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            Path home = Files.createDirectories(directory.resolve("home"));
            Path cookieFile = Files.writeString(home.resolve(".erlang.cookie"), cookie);
            Files.setPosixFilePermissions(cookieFile, PosixFilePermissions.fromString("r--------"));
            Files.createDirectories(directory.resolve("log"));
            Files.writeString(directory.resolve("enabled_plugins"), "[rabbitmq_auth_mechanism_ssl].");
            if (!configuration.isEmpty()) { // reading it needs a second of the processor, even if it is empty
                Files.writeString(directory.resolve("rabbitmq.conf"), configuration);
            }
            Files.writeString(directory.resolve("advanced.config"), advanced);
            Files.writeString(directory.resolve("env.conf"), "");
        } catch (IOException e) {
            throw new IllegalStateException("no directory for the broker", e);
        }
        if (root()) {
            Commands.run(new ProcessBuilder("chown", "-R", "rabbitmq:rabbitmq", directory.toString()));
        }
    }

    static String nodeName(int port) {
        return "vmeventagent" + port + "@localhost";
    }

    @Override
    public String rabbitmqctl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("rabbitmqctl", "--quiet"));
        command.addAll(Arrays.asList(arguments));
        return Commands.run(process(command));
    }

    @Override
    public String eval(String erlang) {
        Path input = directory.resolve("eval");
        try {
            Files.writeString(input, erlang + "\n");
        } catch (IOException e) {
            throw new IllegalStateException("no input for erl_call", e);
        }
        // -R: a name from the node for each call; one that has just been used may still be taken
        String said = Commands.run(new ProcessBuilder("erl_call", "-R", "-sname", nodeName(port()), "-c", cookie, "-e")
                .redirectInput(input.toFile()));
        if (!said.startsWith("{ok, ")) {
            throw new IllegalStateException(erlang + " failed: " + said);
        }
        return said.substring("{ok, ".length(), said.lastIndexOf('}'));
    }

    @Override
    public List<Integer> listen(List<TlsListener> listeners) {
        List<Integer> ports = listeners.stream().map(listener -> freePort()).toList();
        eval(TlsListener.erlang(listeners, "127.0.0.1", ports));
        return ports;
    }

    @Override
    public void start() {
        Path log = directory.resolve("log/out");
        int before = Files.exists(log) ? read(log).length() : 0;
        try {
            Files.deleteIfExists(pidFile());
            process(List.of("rabbitmq-server"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException("rabbitmq-server can't be started; is it installed?", e);
        }
        // not by rabbitmqctl wait, nor by asking until it answers: each question starts another process
        try {
            Awaitility.await()
                    .atMost(DEADLINE_S, TimeUnit.SECONDS)
                    .pollInterval(Duration.ofMillis(100))
                    .ignoreExceptionsInstanceOf(IllegalStateException.class) // no node yet
                    .until(() -> read(log).indexOf(STARTED, before) >= 0
                            && eval("rabbit:is_running().").equals("true")
                            && pid() > 0);
        } catch (ConditionTimeoutException e) {
            throw new IllegalStateException("RabbitMQ doesn't come up: " + read(log), e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void stop() {
        end("TERM");
    }

    @Override
    public void kill9() {
        end("KILL");
    }

    @Override
    public void freeze() {
        signal("STOP");
    }

    @Override
    public void thaw() {
        signal("CONT");
    }

    @Override
    public void remove() {
        kill9();
        Commands.run(new ProcessBuilder("rm", "-r", directory.toString()));
    }

    private void end(String name) {
        ProcessHandle process = ProcessHandle.of(pid()).orElse(null);
        if (process != null) {
            signal(name);
            Awaitility.await().atMost(DEADLINE_S, TimeUnit.SECONDS).until(() -> !process.isAlive());
        }
    }

    private void signal(String name) {
        Commands.run(new ProcessBuilder("kill", "-" + name, Long.toString(pid())));
    }

    private long pid() {
        try {
            return Long.parseLong(Files.readString(pidFile()).strip());
        } catch (IOException e) {
            throw new IllegalStateException("the broker was never up", e);
        }
    }

    private Path pidFile() {
        return directory.resolve("pid");
    }

    private ProcessBuilder process(List<String> command) {
        List<String> full = new ArrayList<>();
        if (root()) {
            full.addAll(List.of("setpriv", "--reuid=rabbitmq", "--regid=rabbitmq", "--clear-groups"));
        }
        full.add(BIN.resolve(command.get(0)).toString());
        full.addAll(command.subList(1, command.size()));
        ProcessBuilder builder = new ProcessBuilder(full).directory(directory.toFile());
        builder.environment().putAll(environment());
        return builder;
    }

    private Map<String, String> environment() {
        return Map.ofEntries(
                Map.entry("HOME", directory.resolve("home").toString()),
                Map.entry("RABBITMQ_CONFIG_FILE", directory.resolve("rabbitmq").toString()),
                Map.entry(
                        "RABBITMQ_ADVANCED_CONFIG_FILE",
                        directory.resolve("advanced.config").toString()),
                Map.entry("RABBITMQ_NODENAME", nodeName(port())),
                Map.entry("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
                Map.entry("RABBITMQ_NODE_PORT", Integer.toString(port())),
                Map.entry("RABBITMQ_DIST_PORT", Integer.toString(distributionPort)),
                Map.entry("RABBITMQ_MNESIA_BASE", directory.resolve("data").toString()),
                Map.entry("RABBITMQ_LOG_BASE", directory.resolve("log").toString()),
                Map.entry("RABBITMQ_PID_FILE", pidFile().toString()),
                Map.entry(
                        "RABBITMQ_ENABLED_PLUGINS_FILE",
                        directory.resolve("enabled_plugins").toString()),
                Map.entry(
                        "RABBITMQ_CONF_ENV_FILE", directory.resolve("env.conf").toString()));
    }

    private static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }
}
