package org.vmeventagent.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads the files of a configuration in the order in which a later one wins: the files as given, then the directories. */
final class ConfigFiles {
    private ConfigFiles() {}

    static List<List<OsloConfigParser.Entry>> read(List<Path> files, List<Path> directories) {
        List<Path> all = new ArrayList<>(files);
        directories.forEach(directory -> all.addAll(confFiles(directory)));
        return all.stream()
                .map(file -> OsloConfigParser.read(file.toString(), text(file)))
                .toList();
    }

    /** {@code *.conf} in the order of their names, hidden ones not, as a shell's pattern has it. */
    private static List<Path> confFiles(Path directory) {
        try (Stream<Path> found = Files.list(directory)) {
            return found.filter(file -> isConfName(String.valueOf(file.getFileName())))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ConfigException(directory + ": the configuration directory " + reason(e));
        }
    }

    private static boolean isConfName(String name) {
        return name.endsWith(".conf") && !name.startsWith(".");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new ConfigException(file + ": the configuration file "
                    + (Files.isDirectory(file) ? "is a directory; --config-dir reads one" : reason(e)));
        }
    }

    static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return "may not be read by this user";
        }
        if (e instanceof CharacterCodingException) {
            return "is not UTF-8";
        }
        return "can't be read: " + e.getClass().getSimpleName();
    }
}
