package org.vmeventagent.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * Files that only their owner can write, and their group read, whatever the umask. SQLite gives the files it makes beside a
 * database the mode of the database, so it is enough to make that one here.
 */
final class PrivateFiles {
    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-r-----");

    private PrivateFiles() {}

    /** Opens for reading and writing; makes an empty file if there is none. The caller closes it. */
    @SuppressWarnings("MustBeClosed") // the caller's
    static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file,
                EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(MODE));
    }

    /** What {@link #open} failed of, for an operator. */
    static String reason(IOException e) {
        if (e instanceof AccessDeniedException denied) {
            return "no permission to write " + denied.getFile() + " as user " + System.getProperty("user.name")
                    + "; see the owner and mode of it and of its directory";
        }
        return e instanceof FileSystemException failed && failed.getReason() != null
                ? "can't write " + failed.getFile() + ": " + failed.getReason()
                : String.valueOf(e);
    }
}
