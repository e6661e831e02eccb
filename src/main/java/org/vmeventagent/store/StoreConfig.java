package org.vmeventagent.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.HistoryOptions;
import org.vmeventagent.config.OutboxOptions;

/**
 * Where and how the store keeps what it is given.
 *
 * @param path of the database; its directory must exist and belong to the agent, for files are made beside it
 * @param synchronous what a commit survives
 * @param machineId of this host; with the file's inode it tells a database from its copy
 * @param bootId of this boot of the host; empty text where it is not known
 * @param maxBytes of the database, its log not counted; beyond it the oldest rows of the outbox are dropped
 * @param maxAge of a row of the outbox
 * @param historyBytes of rows that are kept after they were confirmed, about, within {@code maxBytes}; 0 keeps none
 * @param historyAge of such a row; 0 keeps none
 */
public record StoreConfig(
        Path path,
        Synchronous synchronous,
        String machineId,
        String bootId,
        long maxBytes,
        Duration maxAge,
        long historyBytes,
        Duration historyAge) {
    private static final long MAX_BYTES = 256L << 20;
    private static final Duration MAX_AGE = Duration.ofDays(7);
    private static final long HISTORY_BYTES = 16L << 20;
    private static final Duration HISTORY_AGE = Duration.ofDays(30);
    private static final Path MACHINE_ID = Path.of("/etc/machine-id");

    /** What a commit survives. */
    public enum Synchronous {
        /** A power cut. */
        FULL,
        /** A crash of the agent; a power cut may take the last commits, but never tears one. */
        NORMAL
    }

    public StoreConfig {
        path = path.toAbsolutePath();
    }

    /** The defaults, with this host's {@code /etc/machine-id}; a host without one counts as one machine. No boot id. */
    public static StoreConfig at(Path path) {
        return new StoreConfig(
                path, Synchronous.FULL, readMachineId(), "", MAX_BYTES, MAX_AGE, HISTORY_BYTES, HISTORY_AGE);
    }

    public StoreConfig withSynchronous(Synchronous other) {
        return new StoreConfig(path, other, machineId, bootId, maxBytes, maxAge, historyBytes, historyAge);
    }

    public StoreConfig withMachineId(String other) {
        return new StoreConfig(path, synchronous, other, bootId, maxBytes, maxAge, historyBytes, historyAge);
    }

    public StoreConfig withBootId(String other) {
        return new StoreConfig(path, synchronous, machineId, other, maxBytes, maxAge, historyBytes, historyAge);
    }

    public StoreConfig withBounds(long bytes, Duration age) {
        return new StoreConfig(path, synchronous, machineId, bootId, bytes, age, historyBytes, historyAge);
    }

    public StoreConfig withHistory(long bytes, Duration age) {
        return new StoreConfig(path, synchronous, machineId, bootId, maxBytes, maxAge, bytes, age);
    }

    /** What the configuration says. No boot id. */
    public static StoreConfig from(Configuration configuration) {
        return new StoreConfig(
                Path.of(configuration.get(OutboxOptions.PATH)),
                configuration.get(OutboxOptions.SYNCHRONOUS).equals("normal") ? Synchronous.NORMAL : Synchronous.FULL,
                readMachineId(),
                "",
                configuration.get(OutboxOptions.MAX_BYTES),
                configuration.get(OutboxOptions.MAX_AGE),
                configuration.get(HistoryOptions.MAX_BYTES),
                configuration.get(HistoryOptions.MAX_AGE));
    }

    private static String readMachineId() {
        try {
            return Files.readString(MACHINE_ID).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
