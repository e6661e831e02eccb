package org.vmeventagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmeventagent.rig.RabbitBroker;

/** The five minutes of docs/consumer: its commands print what the page says. */
@Timeout(180)
class ConsumerStartIT {
    private static final Path PAGE = Path.of("docs", "consumer", "README.md");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(sh|text)\n(.*?)^```$");
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String END = "-- end of the commands --";

    /** An ordinary user, who may read the project wherever it lies; libvirtd looks with the rights of its user alone. */
    private static final List<String> AS_USER = List.of(
            "setpriv",
            "--reuid=daemon",
            "--regid=daemon",
            "--clear-groups",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
            "env",
            "-i",
            "TZ=UTC",
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin");

    @TempDir
    private Path directory;

    @Test
    void commandsPrintWhatThePageSays() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        RabbitBroker broker = RabbitBroker.shared();
        List<MatchResult> blocks = blocks();
        Process shell = start();
        try (Writer in = shell.outputWriter(StandardCharsets.UTF_8);
                BufferedReader out = shell.inputReader(StandardCharsets.UTF_8)) {
            run(in, out, """
                    export TRANSPORT_URL=%s HOME=%s JAVA_HOME=%s
                    project=%s
                    cd %2$s
                    """.formatted(
                            broker.url(broker.newVirtualHost()),
                            directory,
                            System.getProperty("java.home"),
                            Path.of("").toAbsolutePath()));
            for (int i = 1; i < blocks.size(); i++) {
                String commands = blocks.get(i).group(2);
                boolean shown =
                        i + 1 < blocks.size() && blocks.get(i + 1).group(1).equals("text");
                if (shown) {
                    assertPrints(in, out, commands, blocks.get(++i).group(2));
                } else {
                    run(in, out, commands);
                }
            }
        } finally {
            endAll();
            shell.destroyForcibly();
        }
    }

    private static List<MatchResult> blocks() throws IOException {
        String page = Files.readString(PAGE);
        List<MatchResult> blocks = BLOCK.matcher(page.substring(0, page.indexOf("\n## Callbacks\n")))
                .results()
                .toList();
        assertEquals("sh", blocks.get(0).group(1));
        return blocks;
    }

    private Process start() throws IOException {
        List<String> command = new ArrayList<>(AS_USER);
        command.add("bash");
        return new ProcessBuilder(command)
                .redirectError(directory.resolve("errors").toFile())
                .start();
    }

    /** What the commands print. */
    private static List<String> run(Writer in, BufferedReader out, String commands) throws IOException {
        in.write(commands + "echo '" + END + "'\n");
        in.flush();
        List<String> lines = new ArrayList<>();
        for (String line = out.readLine(); !END.equals(line); line = out.readLine()) {
            assertFalse(line == null, () -> "the shell has ended after " + lines);
            lines.add(line);
        }
        return lines;
    }

    /** Both hosts at once may be in any order; a moment later there may be more. */
    private void assertPrints(Writer in, BufferedReader out, String commands, String expected) {
        Awaitility.await()
                .atMost(DEADLINE)
                .pollInterval(Duration.ofMillis(300))
                .untilAsserted(() ->
                        assertEquals(masked(expected.lines()), masked(run(in, out, commands).stream()), this::errors));
    }

    private static String masked(Stream<String> lines) {
        return lines.map(line -> line.replaceAll("\"[^\"]*\"", "NAME") /* the domain's, where the look-up was late */
                        .replaceAll("\\d{4}-\\d\\d-\\d\\dT", "DATE-")
                        .replaceAll("\\d\\d:\\d\\d:\\d\\d", "TIME"))
                .sorted()
                .reduce("", (all, line) -> all + line + "\n");
    }

    private String errors() {
        try {
            return Files.readString(directory.resolve("errors"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Whatever the commands did not end. */
    private void endAll() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".pid")).toList()) {
                ProcessHandle.of(Long.parseLong(Files.readString(file).strip()))
                        .ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }
}
