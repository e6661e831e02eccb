package org.vmeventagent.store;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A small file system of a test's own; needs root. */
public final class Tmpfs {
    private final Path directory;

    /** @param size as mount takes it, {@code 2m} */
    public Tmpfs(Path directory, String size) throws IOException, InterruptedException {
        this.directory = directory;
        run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", directory.toString());
    }

    /** Makes it refuse every write. */
    public void readOnly() throws IOException, InterruptedException {
        run("mount", "-o", "remount,ro", directory.toString());
    }

    /**
     * Writes until nothing goes in any more.
     *
     * @return the file that takes the room
     */
    public Path fill() throws IOException {
        Path ballast = directory.resolve("ballast");
        try (OutputStream out = Files.newOutputStream(ballast)) {
            byte[] block = new byte[4_096];
            while (Files.getFileStore(directory).getUsableSpace() > 0) {
                out.write(block);
            }
        }
        return ballast;
    }

    public void unmount() throws IOException, InterruptedException {
        run("umount", directory.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.PIPE)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said.strip());
        }
    }
}
