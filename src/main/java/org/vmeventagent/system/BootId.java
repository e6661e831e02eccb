package org.vmeventagent.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Which boot of this host it is: another id means that every local domain was stopped in between. */
public final class BootId {
    /** How the unit passes it, since the sandbox hides the kernel's file. */
    public static final String VARIABLE = "VM_EVENT_AGENT_BOOT_ID";

    private static final Path KERNEL = Path.of("/proc/sys/kernel/random/boot_id");

    private BootId() {}

    /** Without dashes, from the environment, else from the kernel; empty text where neither has it. */
    public static String of(Map<String, String> environment) {
        String given = environment.get(VARIABLE);
        if (given != null && !given.isBlank()) {
            return plain(given);
        }
        try {
            return plain(Files.readString(KERNEL));
        } catch (IOException e) {
            return "";
        }
    }

    /** systemd writes none, the kernel does: it must not count as a boot when the one has it, then the other. */
    private static String plain(String id) {
        return id.strip().replace("-", "");
    }
}
