package org.vmeventagent.telemetry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmeventagent.system.Threads;

/**
 * Writes the metrics into a file of node_exporter's textfile collector, every 15 seconds, by a thread of its own named
 * {@code telemetry-textfile}.
 *
 * <p>The text is written beside the file and renamed, so that no reader finds half of it. At the end the file is removed:
 * a metric that stays would say that the agent still runs. After a crash it stays, and {@code node_textfile_mtime_seconds}
 * says how old it is.
 */
public final class TextfileWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TextfileWriter.class);
    static final Duration INTERVAL = Duration.ofSeconds(15);

    private final Path file;
    private final Path beside;
    private final Supplier<String> text;
    private final Duration interval;
    private final CountDownLatch closed = new CountDownLatch(1);
    private boolean failing;

    /** @param text the whole content, in Prometheus' text format */
    public TextfileWriter(Path file, Supplier<String> text) {
        this(file, text, INTERVAL);
    }

    TextfileWriter(Path file, Supplier<String> text, Duration interval) {
        this.file = file;
        this.beside = file.resolveSibling("." + file.getFileName() + ".new");
        this.text = text;
        this.interval = interval;
    }

    public void start() {
        Threads.repeating("telemetry-textfile", "The metrics file", this::write).start();
    }

    private synchronized boolean writeOnce() {
        if (closed.getCount() == 0) {
            return false;
        }
        try {
            Files.writeString(beside, text.get(), StandardCharsets.UTF_8);
            Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
            if (failing) {
                failing = false;
                log.info("The metrics file {} is written again", file);
            }
        } catch (IOException e) {
            if (!failing) {
                failing = true;
                log.warn(
                        "The metrics file {} can't be written ({}); create its directory and let the agent's user and"
                                + " unit (ReadWritePaths=) write there, or change [telemetry] textfile",
                        file,
                        e.toString());
            }
        }
        return true;
    }

    private boolean write() throws InterruptedException {
        return writeOnce() && !closed.await(interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Removes the file; nothing is written from then on. */
    @Override
    public synchronized void close() {
        closed.countDown();
        try {
            Files.deleteIfExists(beside);
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.warn("The metrics file {} can't be removed ({}); its last values stay", file, e.toString());
        }
    }
}
