package org.vmeventagent.rig;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code storm.py}: many instances of libvirt's test driver live and die, as its options say. */
public final class Storm implements AutoCloseable {
    private final Process process;
    private final Path output;

    private Storm(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** One that goes on until it is closed; what it says is written to that file. */
    public static Storm start(LibvirtDaemon daemon, Path output, String... options) {
        try {
            Process process = new ProcessBuilder(command(daemon, options))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            return new Storm(process, output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One that comes to its end; what it reports: {@code cycles}, {@code events}, {@code seconds}. */
    public static JsonNode run(LibvirtDaemon daemon, String... options) {
        List<String> lines = LibvirtDaemon.run(command(daemon, options).toArray(String[]::new))
                .lines()
                .toList();
        try {
            return new ObjectMapper().readTree(lines.get(lines.size() - 1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> command(LibvirtDaemon daemon, String... options) {
        List<String> command =
                new ArrayList<>(List.of("/usr/bin/python3", "src/test/python/storm.py", "--uri", daemon.testUri()));
        command.addAll(List.of(options));
        return command;
    }

    /** Fails where it ended, with what it said. */
    public void assertGoesOn() {
        try {
            assertTrue(process.isAlive(), "storm.py ended: " + Files.readString(output));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
