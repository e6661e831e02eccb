package org.vmeventagent.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small file beside the database that says when this agent was last alive. Written in place and not flushed: after a
 * power cut it may be older than the truth, never newer. The writer's thread owns it.
 */
public final class AliveFile {
    private static final Logger log = LoggerFactory.getLogger(AliveFile.class);

    /** Always as many characters, so that a line replaces the one before. */
    private static final int MILLIS_DIGITS = 15;

    private final Path file;
    private boolean complained;

    /** @param database beside which the file lies */
    public AliveFile(Path database) {
        this.file = database.resolveSibling(database.getFileName() + ".alive");
    }

    /** Whether an earlier run was here. */
    boolean exists() {
        return Files.exists(file);
    }

    /** When it was last written; empty where it never was, or can't be read. */
    public Optional<Instant> read() {
        try {
            String text = Files.readString(file).strip();
            return Optional.of(Instant.ofEpochMilli(Long.parseLong(text)));
        } catch (IOException | NumberFormatException | DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** Says that the agent lives now. A failure is told once: the file only narrows what a gap claims. */
    public void write(Instant now) {
        String text = String.format("%0" + MILLIS_DIGITS + "d%n", now.toEpochMilli());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
        } catch (IOException e) {
            if (!complained) {
                complained = true;
                log.warn(
                        "{} can't be written ({}): a gap after a crash will begin earlier than it did",
                        file,
                        e.toString());
            }
        }
    }
}
