package org.vmeventagent.agent;

import static org.vmeventagent.agent.Finding.Level.ERROR;
import static org.vmeventagent.agent.Finding.Level.WARNING;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.vmeventagent.store.StoreConfig;

/**
 * Whether the agent's user can write the database, and whether the disk has room for it. Opens no database.
 *
 * <p>The agent's user is the one of the packages, where root looks and there is such a user; else whoever looks.
 */
final class DatabaseCheck {
    private static final String NAME = "database";

    /** Of the packages and their unit. */
    private static final String PACKAGED = "vm-event-agent";

    /** What SQLite's log may take beside the database. */
    private static final long LOG_BYTES = 16L << 20;

    private final StoreConfig config;
    private final Path directory;
    private final String user;
    private final boolean other;

    private DatabaseCheck(StoreConfig config) {
        this.config = config;
        this.directory = Optional.ofNullable(config.path().getParent()).orElse(config.path());
        String looking = System.getProperty("user.name");
        this.other = looking.equals("root") && exists(PACKAGED);
        this.user = other ? PACKAGED : looking;
    }

    /** Looks at the directory, the files in it and the disk. May take as long as the file system does. */
    static List<Finding> of(StoreConfig config) {
        return new DatabaseCheck(config).findings();
    }

    private List<Finding> findings() {
        try {
            PosixFileAttributes attributes = Files.readAttributes(directory, PosixFileAttributes.class);
            if (!attributes.isDirectory()) {
                return List.of(error(directory + " is no directory", "correct [outbox] path"));
            }
            List<Finding> findings = new ArrayList<>();
            if (!mayWrite(directory, attributes)) {
                findings.add(refused(directory, attributes));
            } else {
                for (Path file : files()) {
                    PosixFileAttributes ofFile = Files.readAttributes(file, PosixFileAttributes.class);
                    if (!mayWrite(file, ofFile)) {
                        findings.add(refused(file, ofFile));
                    }
                }
            }
            findings.add(room(findings.isEmpty()));
            return findings;
        } catch (NoSuchFileException e) {
            return List.of(error("the directory " + directory + " doesn't exist", "create it for the agent's user"));
        } catch (AccessDeniedException e) {
            return List.of(error(
                    directory + " may not be looked at by the user " + System.getProperty("user.name"),
                    "check as root or as the agent's user, or correct the modes of the directories above it"));
        } catch (IOException e) {
            return List.of(error(directory + " can't be looked at: " + e, "correct [outbox] path"));
        }
    }

    private static Finding error(String message, String remedy) {
        return new Finding(NAME, ERROR, message, remedy);
    }

    private Finding refused(Path file, PosixFileAttributes attributes) {
        return error(
                "the user " + user + " may not write " + file + ", which belongs to "
                        + attributes.owner().getName() + ':'
                        + attributes.group().getName() + " with mode "
                        + PosixFilePermissions.toString(attributes.permissions()),
                "chown " + user + ' ' + file + ", or check as the user whom the agent runs as");
    }

    private boolean mayWrite(Path file, PosixFileAttributes attributes) {
        boolean isDirectory = attributes.isDirectory();
        return other
                ? allows(attributes, "WRITE") && (!isDirectory || allows(attributes, "EXECUTE"))
                : Files.isWritable(file) && (!isDirectory || Files.isExecutable(file));
    }

    /** By the mode alone: a group other than the user's own, and access lists, don't count. */
    private boolean allows(PosixFileAttributes attributes, String right) {
        String who = attributes.owner().getName().equals(user)
                ? "OWNER_"
                : attributes.group().getName().equals(user) ? "GROUP_" : "OTHERS_";
        return attributes.permissions().contains(PosixFilePermission.valueOf(who + right));
    }

    /** The database and what lies beside it, as far as it is there; not what was moved aside. */
    private List<Path> files() throws IOException {
        String name = String.valueOf(config.path().getFileName());
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(file -> String.valueOf(file.getFileName()).startsWith(name))
                    .filter(file -> !String.valueOf(file.getFileName()).startsWith(name + ".corrupt-"))
                    .sorted()
                    .toList();
        }
    }

    private Finding room(boolean writable) {
        long free = directory.toFile().getUsableSpace();
        long growth = Math.max(
                0, config.maxBytes() + LOG_BYTES - config.path().toFile().length());
        String message = (writable ? user + " may write " + directory + ", which has " : directory + " has ")
                + mebibytes(free) + " free; the database may grow by " + mebibytes(growth);
        return free >= growth
                ? Finding.ok(NAME, message)
                : new Finding(NAME, WARNING, message, "make room, or lower [outbox] max_bytes");
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + " MiB";
    }

    private static boolean exists(String user) {
        try {
            FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(user);
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
