package org.vmeventagent.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** An agent's configuration file and database, in one directory. */
public final class AgentFiles {
    private final Path directory;

    private AgentFiles(Path directory) {
        this.directory = directory;
    }

    /**
     * An agent of host {@code cmp-01} that listens there and does not wait with its connections. No domain is reported as
     * removed, however long a test takes on a slow machine.
     */
    public static AgentFiles of(Path directory, String connectionUri) {
        return new AgentFiles(directory).write("""
                        [DEFAULT]
                        host = cmp-01
                        control_socket = %1$s/control.sock
                        [libvirt]
                        connection_uri = %2$s
                        [outbox]
                        path = %1$s/agent.db
                        [notifications]
                        reconnect_splay = 0
                        removed_grace = 3600
                        """.formatted(directory, connectionUri));
    }

    /** Notifications go to standard output only. */
    public AgentFiles withLogDriver() {
        return add("[oslo_messaging_notifications]\ndriver = log\n");
    }

    /** Notifications go to a broker; nobody else may read its password. */
    public AgentFiles withBroker(String transportUrl) {
        try {
            Files.setPosixFilePermissions(config(), PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return add("[oslo_messaging_notifications]\ntransport_url = " + transportUrl + "\n");
    }

    /** Appends to the configuration; a section may come again. */
    public AgentFiles add(String text) {
        return write(text, StandardOpenOption.APPEND);
    }

    /** The configuration is this. */
    public AgentFiles write(String text) {
        return write(text, StandardOpenOption.TRUNCATE_EXISTING);
    }

    public String text() {
        try {
            return Files.readString(config());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path config() {
        return directory.resolve("agent.conf");
    }

    public Path database() {
        return directory.resolve("agent.db");
    }

    private AgentFiles write(String text, StandardOpenOption how) {
        try {
            Files.writeString(config(), text, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
