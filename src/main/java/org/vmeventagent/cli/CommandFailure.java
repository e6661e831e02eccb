package org.vmeventagent.cli;

import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.ConfigException;
import org.vmeventagent.libvirt.LibvirtFailure;
import org.vmeventagent.logging.LogText;
import org.vmeventagent.store.StoreException;

/** How a command that failed ends: one clear line and an exit code. */
final class CommandFailure {
    private CommandFailure() {}

    static String line(Exception e) {
        String message = e.getMessage();
        return "vm-event-agent: " + LogText.of(isExplained(e) && message != null ? message : e.toString());
    }

    static int exitCode(Exception e) {
        return e instanceof ConfigException ? ExitCode.CONFIGURATION : ExitCode.FAILED;
    }

    /** Whether the message by itself names what failed and where. */
    private static boolean isExplained(@Nullable Exception e) {
        return e instanceof ConfigException || e instanceof StoreException || e instanceof LibvirtFailure;
    }
}
