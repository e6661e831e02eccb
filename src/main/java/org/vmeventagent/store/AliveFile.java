package org.vmeventagent.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small file beside the database, with two numbers: when this agent was last alive, in milliseconds since 1970, and the
 * last number of its stream that may be in use although no database knows of it. 0 says that there is none.
 *
 * <p>Always as many characters, written over those before: that needs no room, so it works on a full disk. The moment is
 * not flushed: after a power cut it may be older than the truth, never newer. The number is. The writer's thread owns it.
 */
final class AliveFile {
    private static final Logger log = LoggerFactory.getLogger(AliveFile.class);

    /** Numbers that are reserved at once: so many a crash leaves unused at most. */
    private static final long AHEAD = 1_000;

    private final Path file;
    private long moment;
    private long reserved;
    private boolean complained;

    /** @param database beside which the file lies */
    AliveFile(Path database) {
        this.file = database.resolveSibling(database.getFileName() + ".alive");
        try {
            String[] numbers = Files.readString(file).strip().split(" ", 2);
            moment = Long.parseLong(numbers[0]);
            reserved = numbers.length > 1 ? Long.parseLong(numbers[1]) : 0;
        } catch (IOException | NumberFormatException e) {
            log.debug("Nothing is known of an earlier run: {}", e.toString());
        }
    }

    /** Whether an earlier run was here. */
    boolean exists() {
        return Files.exists(file);
    }

    /** When the agent was last alive; empty where that is not known. */
    Optional<Instant> moment() {
        return moment == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(moment));
    }

    /** The last number that may be in use and unknown to the database; 0 where there is none. */
    long reserved() {
        return reserved;
    }

    /** Says that the agent lives now. A failure is told once: the file only narrows what a gap claims. */
    void alive(Instant now) {
        moment = now.toEpochMilli();
        write(false);
    }

    /**
     * Reserves this number and those before, and some more if it must write for that. They stay reserved over a crash.
     *
     * @return whether it is
     */
    boolean reserve(long number) {
        if (number <= reserved) {
            return true;
        }
        long before = reserved;
        reserved = number + AHEAD;
        if (write(true)) {
            return true;
        }
        reserved = before;
        return false;
    }

    /** The database knows of every number in use. */
    void free() {
        if (reserved != 0) {
            reserved = 0;
            write(false);
        }
    }

    private boolean write(boolean flushed) {
        String text = String.format(Locale.ROOT, "%015d %019d%n", moment, reserved);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
            if (flushed) {
                channel.force(false);
            }
            return true;
        } catch (IOException e) {
            if (!complained) {
                complained = true;
                log.warn(
                        "{} can't be written ({}): a gap after a crash will begin earlier than it did,"
                                + " and nothing is sent that can't be recorded",
                        file,
                        e.toString());
            }
            return false;
        }
    }
}
