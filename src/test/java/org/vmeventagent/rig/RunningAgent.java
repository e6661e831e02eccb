package org.vmeventagent.rig;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * The program as it is installed, from {@code app.directory}, as a child process: what it says on both its outputs, line
 * by line, its end and its exit code. Every wait has a deadline, and fails with all that was said.
 */
public final class RunningAgent implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** One that libvirt's client finds among the users, and that runs nothing else: the kernel counts all its threads. */
    private static final List<String> AS_USER =
            List.of("setpriv", "--reuid", "daemon", "--regid", "daemon", "--clear-groups");

    private static final String CLOSED = "cannot be read any more: ";

    private final Process process;
    private final List<String> out = new CopyOnWriteArrayList<>();
    private final List<String> err = new CopyOnWriteArrayList<>();
    private final List<Thread> readers = new ArrayList<>();

    private RunningAgent(Process process) {
        this.process = process;
        readers.add(reader(process.getInputStream(), out));
        readers.add(reader(process.getErrorStream(), err));
    }

    /** Where the program's start script lies. */
    public static Path script() {
        return Path.of(System.getProperty("app.directory", "target/vm-event-agent"), "bin", "vm-event-agent");
    }

    /** Any command. */
    public static RunningAgent start(String... arguments) {
        return start(Map.of(), arguments);
    }

    /** Any command, with more in its environment. */
    public static RunningAgent start(Map<String, String> environment, String... arguments) {
        return start(environment, List.of(), arguments);
    }

    /** Any command, by a root that may not read what its mode forbids. */
    public static RunningAgent startUnprivileged(String... arguments) {
        return start(Map.of(), List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all"), arguments);
    }

    /** Any command, by that user in that group alone. */
    public static RunningAgent startAs(String user, String group, String... arguments) {
        return start(Map.of(), List.of("setpriv", "--reuid", user, "--regid", group, "--clear-groups"), arguments);
    }

    /** Any command, whose standard output is a file on a full disk. */
    public static RunningAgent startOnFullDisk(String... arguments) {
        return start(Map.of(), List.of("sh", "-c", "exec \"$@\" >/dev/full", "sh"), arguments);
    }

    /**
     * The daemon as a user of its own, who may read and write everything, but may have no more threads than {@link
     * #limitThreads} says: the kernel bounds those of any user but root.
     */
    public static RunningAgent runWithBoundedThreads(AgentFiles files) {
        List<String> prefix = new ArrayList<>(AS_USER);
        prefix.addAll(List.of("--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"));
        return start(Map.of(), prefix, "run", "--config-file", files.config().toString());
    }

    /** Any command, on a host of that name as far as it can tell; the environment is that of the test and this. */
    public static RunningAgent startOnHost(String hostName, Map<String, String> environment, String... arguments) {
        String named = "hostname \"$0\" && exec \"$@\"";
        return start(environment, List.of("unshare", "-u", "sh", "-c", named, hostName), arguments);
    }

    /** The daemon, which sees that directory as {@code /run/libvirt}. */
    public static RunningAgent runWithSockets(Path directory, AgentFiles files) {
        String mounted = "mkdir -p /run/libvirt && mount --bind \"$0\" /run/libvirt && exec \"$@\"";
        return start(
                Map.of(),
                List.of("unshare", "-m", "sh", "-c", mounted, directory.toString()),
                "run",
                "--config-file",
                files.config().toString());
    }

    private static RunningAgent start(Map<String, String> environment, List<String> prefix, String... arguments) {
        List<String> command = new ArrayList<>(prefix);
        // a build in the background ignores some signals, and hands that down
        command.addAll(List.of("env", "--default-signal=INT,TERM,HUP", script().toString()));
        command.addAll(Arrays.asList(arguments));
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put("TZ", "UTC");
            builder.environment().putAll(environment);
            return new RunningAgent(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The daemon with that configuration; returns at once. */
    public static RunningAgent run(AgentFiles files) {
        return start("run", "--config-file", files.config().toString());
    }

    /** The lines on standard output so far. */
    public List<String> out() {
        return out;
    }

    /** The lines on standard error, the log among them, so far. */
    public List<String> err() {
        return err;
    }

    /** The notifications that the driver {@code log} or {@code --json} has printed so far. */
    public List<JsonNode> notifications() {
        return out.stream().map(RunningAgent::tree).toList();
    }

    /** What the driver {@code log} has printed whole; other commands print lines too. */
    private void assertValidNotifications() {
        out.stream()
                .filter(line -> line.startsWith("{\"message_id\"") && line.endsWith("}"))
                .forEach(line -> NotificationSchema.assertValid(line.getBytes(StandardCharsets.UTF_8)));
    }

    /** Waits for {@code Ready} in the log. */
    public RunningAgent awaitReady() {
        awaitErr("Ready: ");
        return this;
    }

    /** Waits for a line on standard error with this in it. */
    public String awaitErr(String part) {
        return awaitLine(err, line -> line.contains(part), "\"" + part + "\" on standard error");
    }

    /** Waits for a line on standard output that is as wanted. */
    public String awaitOut(Predicate<String> wanted) {
        return awaitLine(out, wanted, "a line on standard output");
    }

    /** Waits until it has ended and all it said is here; its exit code. */
    public int exitCode() {
        return exitCode(TIMEOUT);
    }

    /** The same, within a time of the caller's. */
    public int exitCode(Duration within) {
        try {
            if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("still there after " + within + said());
            }
            for (Thread reader : readers) {
                reader.join(TIMEOUT.toMillis());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /**
     * Sends a signal.
     *
     * @param name without {@code SIG}
     */
    public void signal(String name) {
        LibvirtDaemon.run("kill", "-" + name, Long.toString(process.pid()));
    }

    /** SIGTERM, and the exit code. */
    public int terminate() {
        signal("TERM");
        return exitCode();
    }

    /** Ends it as a power failure would. */
    public void kill9() {
        process.destroyForcibly();
        exitCode();
    }

    /** From now on it can make no thread beyond so many; 1 is none at all. Only {@link #runWithBoundedThreads}. */
    public void limitThreads(int most) {
        List<String> command = new ArrayList<>(AS_USER);
        command.addAll(List.of("prlimit", "--pid", Long.toString(process.pid()), "--nproc=" + most + ":"));
        LibvirtDaemon.run(command.toArray(String[]::new));
    }

    /** How many threads it has. */
    public int threads() {
        return Integer.parseInt(inStatus("Threads"));
    }

    /** Waits until its program, not its start script, takes a signal. */
    public RunningAgent awaitTaken(int signal) {
        Awaitility.await()
                .atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> (Long.parseUnsignedLong(inStatus("SigCgt"), 16) >> (signal - 1) & 1) == 1);
        return this;
    }

    private String inStatus(String name) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/status"))
                    .lines()
                    .filter(line -> line.startsWith(name + ":"))
                    .findFirst()
                    .orElseThrow()
                    .substring(name.length() + 1)
                    .strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Reads its standard output no more after the next line, as {@code | head} does once it has enough. */
    public void closeOut() {
        try {
            process.getInputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until {@link #closeOut} has taken effect. */
    public void awaitOutClosed() {
        awaitOut(line -> line.startsWith(CLOSED));
    }

    /** All it said: for messages. */
    public String said() {
        return "\n-- standard output\n" + String.join("\n", out) + "\n-- standard error\n" + String.join("\n", err)
                + "\n";
    }

    @Override
    public void close() {
        kill9();
        assertValidNotifications();
    }

    private String awaitLine(List<String> lines, Predicate<String> wanted, String what) {
        Awaitility.await()
                .atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(20))
                .conditionEvaluationListener(null)
                .until(() -> lines.stream().anyMatch(wanted) || !process.isAlive());
        return lines.stream().filter(wanted).findFirst().orElseGet(() -> {
            exitCode(); // what it said last may come after its end
            return lines.stream()
                    .filter(wanted)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("ended without " + what + said()));
        });
    }

    private static JsonNode tree(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + line, e);
        }
    }

    private static Thread reader(InputStream from, List<String> to) {
        Thread thread = new Thread(() -> read(from, to), "agent-reader");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void read(InputStream from, List<String> to) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                to.add(line);
            }
        } catch (IOException e) {
            to.add(CLOSED + e.getMessage());
        }
    }
}
