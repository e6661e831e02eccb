package org.vmeventagent.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which file this is, in a way that a copy doesn't share.
 *
 * <p>The device number isn't part of it: the kernel gives device-mapper, btrfs and NFS mounts whatever number is free,
 * so it may change with a reboot, and the outbox of a database that is no copy would be emptied.
 */
record FileIdentity(String machineId, String inode) {

    static FileIdentity of(Path path, String machineId) throws IOException {
        return new FileIdentity(machineId, Files.getAttribute(path, "unix:ino").toString());
    }
}
