package org.vmeventagent.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vmeventagent.config.Configuration;
import org.vmeventagent.config.FilePath;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which files a command reads its configuration from. */
final class ConfigOptions {
    private static final Path DEFAULT = Path.of("/etc/vm-event-agent.conf");

    @Option(
            names = "--config-file",
            paramLabel = "FILE",
            converter = PathConverter.class,
            description =
                    "A configuration file; may be given several times, a later one wins. Default: /etc/vm-event-agent.conf")
    private List<Path> files = new ArrayList<>();

    @Option(
            names = "--config-dir",
            paramLabel = "DIR",
            converter = PathConverter.class,
            description = "A directory whose *.conf files are read after the files; may be given several times.")
    private List<Path> directories = new ArrayList<>();

    /** Takes an option as written; false for one that is not among these, or whose value is no path. */
    boolean add(String name, String value) {
        try {
            return switch (name) {
                case "--config-file" -> files.add(FilePath.of(value));
                case "--config-dir" -> directories.add(FilePath.of(value));
                default -> false;
            };
        } catch (IllegalArgumentException e) {
            return false; // understood by picocli in the same way, which says so
        }
    }

    /** Reads them; without any the default file, which must exist then. */
    Configuration load() {
        boolean none = files.isEmpty() && (directories.isEmpty() || Files.exists(DEFAULT));
        return Configuration.load(none ? List.of(DEFAULT) : files, directories, System.getenv());
    }

    /** The same, but the defaults where none is named and the default file doesn't exist. */
    Configuration loadIfAny() {
        return files.isEmpty() && directories.isEmpty() && !Files.exists(DEFAULT)
                ? Configuration.load(List.of(), List.of(), System.getenv())
                : load();
    }

    /** Takes the path of a file, and says of one that is none what is wrong with it. */
    static final class PathConverter implements ITypeConverter<Path> {
        @Override
        public Path convert(String text) {
            try {
                return FilePath.of(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + text + "' is no path: " + e.getMessage());
            }
        }
    }
}
