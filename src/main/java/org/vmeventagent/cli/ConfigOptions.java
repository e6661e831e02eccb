package org.vmeventagent.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vmeventagent.config.Options;
import picocli.CommandLine.Option;

/** Which files a command reads its configuration from. */
final class ConfigOptions {
    private static final Path DEFAULT = Path.of("/etc/vm-event-agent.conf");

    @Option(
            names = "--config-file",
            paramLabel = "FILE",
            description =
                    "A configuration file; may be given several times, a later one wins. Default: /etc/vm-event-agent.conf")
    private List<Path> files = new ArrayList<>();

    @Option(
            names = "--config-dir",
            paramLabel = "DIR",
            description = "A directory whose *.conf files are read after the files; may be given several times.")
    private List<Path> directories = new ArrayList<>();

    /** Takes an option as written; false for one that is not among these. */
    boolean add(String name, String value) {
        return switch (name) {
            case "--config-file" -> files.add(Path.of(value));
            case "--config-dir" -> directories.add(Path.of(value));
            default -> false;
        };
    }

    /** Reads them; without any the default file, which must exist then. */
    Options load() {
        boolean none = files.isEmpty() && (directories.isEmpty() || Files.exists(DEFAULT));
        return Options.load(none ? List.of(DEFAULT) : files, directories, System.getenv());
    }
}
