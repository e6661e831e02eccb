package org.vmeventagent.rig;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A VMware ESX host that isn't there: govmomi's simulator of vSphere's API, of Debian's packages, with {@code
 * src/test/go/esx_simulator.go} around it. libvirt's real ESX driver works with it. Its machines are powered on at first.
 *
 * <p>Used by one thread.
 */
public final class EsxSimulator implements AutoCloseable {
    /** A poll of the agent's lists those machines that have a definition, which all have, and then all. */
    public static final int LISTINGS_OF_A_POLL = 2;

    private static final Path SOURCE = Path.of("src", "test", "go", "esx_simulator.go");
    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final Path PROGRAM = TARGET.resolve("esx-simulator");
    private static final String LIBRARIES = "/usr/share/gocode";

    /** The first time it compiles the whole of vSphere's API. */
    private static final Duration BUILD = Duration.ofMinutes(15);

    private static final Duration ANSWER = Duration.ofSeconds(30);

    private final Path directory;
    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;
    private final boolean tls;
    private final String address;

    private EsxSimulator(Path directory, int machines, String password, boolean tls) {
        this.directory = directory;
        this.tls = tls;
        login(password);
        try {
            List<String> command = new ArrayList<>(
                    List.of(PROGRAM.toString(), "-machines", Integer.toString(machines), "-password", password));
            if (tls) {
                command.add("-tls");
            }
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectError(directory.resolve("esx-simulator.log").toFile());
            builder.environment().put("TMPDIR", directory.toString()); // for its machines' files
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        commands = process.outputWriter(StandardCharsets.UTF_8);
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        address = answer();
    }

    /** Compiles it, as far as that isn't done yet. Needs no network. */
    public static void build() {
        ProcessBuilder builder =
                new ProcessBuilder("go", "build", "-ldflags=-s -w", "-o", PROGRAM.toString(), SOURCE.toString());
        builder.environment()
                .putAll(Map.of(
                        "GO111MODULE", "off",
                        "GOPATH", TARGET.resolve("go") + ":" + LIBRARIES,
                        "GOCACHE", TARGET.resolve("go-cache").toString(),
                        "GOFLAGS", "",
                        "CGO_ENABLED", "0")); // else it wants a C compiler
        Commands.run(builder, BUILD);
    }

    /** A host whose API is plain HTTP. */
    public static EsxSimulator start(Path directory, int machines, String password) {
        return new EsxSimulator(directory, machines, password, false);
    }

    /** A host whose certificate nobody trusts, as a real one's that was just installed. */
    public static EsxSimulator startTls(Path directory, int machines, String password) {
        return new EsxSimulator(directory, machines, password, true);
    }

    public String uri() {
        return "esx://" + address + (tls ? "/" : "/?transport=http");
    }

    /** What whoever connects needs in the environment: libvirt's {@code auth.conf}, with the password of {@link #login}. */
    public Map<String, String> environment() {
        return Map.of("LIBVIRT_AUTH_FILE", authFile().toString());
    }

    /** The password that its clients have from now on. */
    public void login(String password) {
        try {
            Files.writeString(authFile(), """
                    [credentials-esx]
                    username=agent
                    password=%s
                    [auth-esx-127.0.0.1]
                    credentials=esx
                    """.formatted(password));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Has somebody else do something with a machine: {@code suspend ha-host_VM0}. */
    public String virsh(String... arguments) {
        List<String> command = new ArrayList<>(List.of("virsh", "-c", uri()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment());
        return Commands.run(builder);
    }

    /**
     * Lists no machine any more, and finds none, from the midst of the next poll on: that has listed all of them, and found
     * two. Nothing happens to them.
     */
    public void hideMachines() {
        command("hide");
    }

    public void showMachines() {
        command("show");
    }

    /** Ends every session, as a host does that was not asked for a while. */
    public void expireSessions() {
        command("expire");
    }

    /** Changes the password of the host; its clients have that of before. */
    public void changePassword(String password) {
        command("password " + password);
    }

    /** From now on it takes requests and answers none. */
    public void hang() {
        command("hang");
    }

    /** Ends {@link #hang}; those too are answered that came meanwhile. */
    public void answerAgain() {
        command("answer");
    }

    /** How often it was asked for the list of its machines, see {@link #LISTINGS_OF_A_POLL}. */
    public int listings() {
        return calls("listing");
    }

    /** How often a method of its API was called. */
    public int calls(String method) {
        return Integer.parseInt(command("calls " + method));
    }

    private Path authFile() {
        return directory.resolve("auth.conf");
    }

    private String command(String line) {
        try {
            commands.write(line + "\n");
            commands.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return answer();
    }

    private String answer() {
        CompletableFuture<String> line = CompletableFuture.supplyAsync(this::readLine, OwnThread.EACH);
        try {
            return line.get(ANSWER.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            close();
            throw new IllegalStateException("the simulator doesn't answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String readLine() {
        try {
            String line = answers.readLine();
            if (line == null) {
                throw new IllegalStateException(
                        "the simulator ended: " + Files.readString(directory.resolve("esx-simulator.log")));
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill9();
    }

    /** Ends it; its clients' connections break. */
    public void kill9() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
