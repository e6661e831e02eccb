package org.vmeventagent.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a second agent off the database: both would number and publish the same events. The kernel drops the lock with
 * the process, however it ends. It is on a file of its own, beside the database, for SQLite locks the database itself.
 */
final class Lock implements AutoCloseable {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final FileChannel channel;

    private Lock(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes the lock, and makes the database's file, empty and for its owner only, if there is none. */
    @SuppressWarnings("MustBeClosed") // closed by close(), or on the way out
    static Lock take(Path path) {
        Path directory = path.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new StoreException(path, "the directory " + directory + " doesn't exist; create it", null);
        }
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new StoreException(path, "not a file", null);
        }
        FileChannel channel = null;
        try {
            channel = create(path.resolveSibling(path.getFileName() + ".lock"));
            if (!lock(channel)) {
                throw new StoreException(path, "in use by another vm-event-agent", null);
            }
            create(path).close();
            return new Lock(channel);
        } catch (IOException e) {
            close(channel, e);
            throw new StoreException(path, reason(e), e);
        } catch (RuntimeException e) {
            close(channel, e);
            throw e;
        }
    }

    @SuppressWarnings("MustBeClosed") // the caller's
    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(
                file,
                EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException denied) {
            return "no permission to write " + denied.getFile() + " as user " + System.getProperty("user.name")
                    + "; see the owner and mode of it and of its directory";
        }
        return e instanceof FileSystemException failed && failed.getReason() != null
                ? "can't write " + failed.getFile() + ": " + failed.getReason()
                : String.valueOf(e);
    }

    private static void close(@Nullable FileChannel channel, Exception because) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
