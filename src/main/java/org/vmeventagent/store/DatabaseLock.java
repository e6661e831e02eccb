package org.vmeventagent.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a second agent off the database: both would number and publish the same events. The kernel drops the lock with
 * the process, however it ends. It is on a file of its own, beside the database, for SQLite locks the database itself.
 */
final class DatabaseLock implements AutoCloseable {
    private final FileChannel channel;

    private DatabaseLock(FileChannel channel) {
        this.channel = channel;
    }

    @SuppressWarnings("MustBeClosed") // closed by close(), or on the way out
    static DatabaseLock take(Path path) {
        Path directory = path.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new StoreException(path, "the directory " + directory + " doesn't exist; create it", null);
        }
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new StoreException(path, "not a file", null);
        }
        FileChannel channel = null;
        try {
            channel = PrivateFiles.open(path.resolveSibling(path.getFileName() + ".lock"));
            if (!lock(channel)) {
                throw new StoreException(path, "in use by another vm-event-agent", null);
            }
            return new DatabaseLock(channel);
        } catch (IOException e) {
            close(channel, e);
            throw new StoreException(path, PrivateFiles.reason(e), e);
        } catch (RuntimeException e) {
            close(channel, e);
            throw e;
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
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
