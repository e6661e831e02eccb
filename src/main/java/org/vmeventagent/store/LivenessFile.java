package org.vmeventagent.store;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small file beside the database, with what the database can't be asked: when this agent was last alive, and how far
 * its stream's numbers are used. A database that knows of fewer is an older copy, or has lost what was recorded last.
 *
 * <p>One line: the moment in milliseconds since 1970; the last number in use; the last one that is reserved, 0 for none;
 * the boot in which it was written; the stream. Always as many characters, written over those before: that needs no room,
 * so it works on a full disk. Only a reservation is flushed, and the beginning and the end of a run. Whatever ends the
 * process, the last number is right; after a power cut it may be older, and then the reserved one counts, which is needed
 * only for numbers whose database may be older too. The writer's thread owns it.
 */
final class LivenessFile implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LivenessFile.class);

    /** Numbers that are reserved at once: so many a power cut leaves unused at most. */
    private static final long AHEAD = 1_000;

    private static final int FIELDS = 5;
    /** Where the last number in use is, behind the moment. */
    private static final int USED_AT = 16;

    private static final int USED_DIGITS = 19;
    /** In the place of a boot that is not known. */
    private static final String UNKNOWN = "-";

    private final Path file;
    private final String bootId;
    private final ByteBuffer digits = ByteBuffer.allocateDirect(USED_DIGITS);
    private boolean found;
    private long moment;
    private long used;
    private long reserved;
    private String stream = "";
    private @Nullable FileChannel channel;
    private boolean complained;

    /**
     * Reads it.
     *
     * @param database beside which the file lies
     * @param bootId of this boot of the host; empty text where it is not known
     */
    LivenessFile(Path database, String bootId) {
        this.file = database.resolveSibling(database.getFileName() + ".alive");
        this.bootId = bootId.isEmpty() ? UNKNOWN : bootId;
        try {
            String text = Files.readString(file).strip();
            found = !text.isEmpty();
            String[] fields = text.split(" +", FIELDS);
            if (fields.length == FIELDS) {
                moment = Long.parseLong(fields[0]);
                used = Long.parseLong(fields[1]);
                if (!fields[3].equals(this.bootId) || this.bootId.equals(UNKNOWN)) {
                    used = Math.max(used, Long.parseLong(fields[2]));
                }
                stream = fields[4];
            }
        } catch (IOException | NumberFormatException e) {
            log.debug("Nothing is known of an earlier run: {}", e.toString());
        }
    }

    /** Whether an earlier run was here; not one that ended before it numbered anything. */
    boolean knowsARun() {
        return found && (stream.isEmpty() || moment != 0 || used != 0);
    }

    /** Whether it has the numbers of this stream. */
    boolean isOf(String other) {
        return stream.equals(other);
    }

    /** When the agent was last alive; empty where that is not known. */
    Optional<Instant> moment() {
        return moment == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(moment));
    }

    /** The last number of the stream that is, or may be, in use; 0 before the first. */
    long used() {
        return used;
    }

    /** Begins another stream. On disk when it returns. */
    void begin(UUID begun) throws IOException {
        stream = begun.toString();
        used = 0;
        resume();
        try (FileChannel directory = FileChannel.open(requireNonNull(file.getParent()), StandardOpenOption.READ)) {
            directory.force(true); // its name, too
        }
    }

    /** Goes on with its stream. */
    void resume() throws IOException {
        reserved = 0;
        try {
            write(true);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw new FileSystemException(file.toString(), null, e.getMessage());
        }
    }

    /** Says that the agent lives now. A failure is logged once: this only narrows what a gap claims. */
    void alive(Instant now) {
        moment = now.toEpochMilli();
        letGo();
        tryWrite(false);
    }

    /**
     * Numbers up to this are in use: it stays known however the process ends, but for a power cut.
     *
     * @return whether it is
     */
    boolean use(long number) {
        if (number <= used) {
            return true;
        }
        long before = used;
        used = number;
        if (channel == null ? tryWrite(false) : tryWriteUsed(channel)) {
            return true;
        }
        used = before;
        return false;
    }

    /**
     * Reserves this number and those before, and some more if it must write for that: for numbers that a power cut may
     * take from the database. They stay reserved over it.
     *
     * @return whether it is
     */
    boolean reserve(long number) {
        if (number <= reserved) {
            return true;
        }
        long before = reserved;
        reserved = number + AHEAD;
        letGo();
        if (tryWrite(true)) {
            return true;
        }
        reserved = before;
        return false;
    }

    /** The database knows for good of every number in use. */
    void clearReservation() {
        if (reserved != 0) {
            reserved = 0;
            tryWrite(false);
        }
    }

    private boolean tryWrite(boolean flushed) {
        try {
            write(flushed);
            return true;
        } catch (IOException e) {
            complain(e);
            return false;
        }
    }

    /** This alone, for it is written after each commit: to put the whole line into words costs ten times as much. */
    private boolean tryWriteUsed(FileChannel open) {
        long rest = used;
        for (int i = USED_DIGITS - 1; i >= 0; i--) {
            digits.put(i, (byte) ('0' + rest % 10));
            rest /= 10;
        }
        try {
            open.write(digits.clear(), USED_AT);
            return true;
        } catch (IOException e) {
            complain(e);
            return false;
        }
    }

    private void complain(IOException e) {
        letGo();
        if (!complained) {
            complained = true;
            log.warn(
                    "Can't write {} ({}): a gap after a crash is reported as longer than it was, an older copy of the"
                            + " database isn't recognised, and nothing is published that can't be recorded; see the owner"
                            + " and the free space of its directory",
                    file,
                    e.toString());
        }
    }

    private void write(boolean flushed) throws IOException {
        FileChannel open = channel;
        if (open == null) {
            open = PrivateFiles.open(file);
            channel = open;
        }
        String line =
                String.format(Locale.ROOT, "%015d %019d %019d %-32s %-36s%n", moment, used, reserved, bootId, stream);
        open.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)), 0);
        if (flushed) {
            open.force(false);
        }
    }

    /** The next write opens it again: it may have been deleted, or replaced. */
    private void letGo() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            log.debug("{} was not closed cleanly: {}", file, e.toString());
        }
        channel = null;
    }

    /** The last words of a run. Idempotent. */
    @Override
    public void close() {
        if (channel != null) {
            tryWrite(true);
            letGo();
        }
    }
}
