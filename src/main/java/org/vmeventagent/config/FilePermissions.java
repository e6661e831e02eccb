package org.vmeventagent.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds secrets that everybody on the host may read. Never more than a warning. */
public final class FilePermissions {
    /** A password in a transport_url, as far as that shows without parsing it. */
    private static final Pattern PASSWORD = Pattern.compile(":[^/]+@");

    private FilePermissions() {}

    /**
     * A line about a file that everybody may read; empty for any other, and where that is unknown.
     *
     * @param what the secret in it, as the object of "holds"
     */
    public static Optional<String> of(Path file, String what) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (!permissions.contains(PosixFilePermission.OTHERS_READ)) {
                return Optional.empty();
            }
            return Optional.of(OsloConfigText.oneLine(file + " holds " + what + " and has mode " + octal(permissions)
                    + ": every user of this host can read it; chmod o-r"));
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    /** The same for configuration files, each with its entries. */
    static List<String> of(List<List<OsloConfigParser.Entry>> files) {
        List<String> lines = new ArrayList<>();
        for (List<OsloConfigParser.Entry> entries : files) {
            entries.stream()
                    .filter(FilePermissions::holdsPassword)
                    .map(entry -> Path.of(entry.value().origin().source()))
                    .findFirst()
                    .flatMap(file -> of(file, "a password"))
                    .ifPresent(lines::add);
        }
        return lines;
    }

    private static boolean holdsPassword(OsloConfigParser.Entry entry) {
        return OptionRegistry.meantBy(entry.name()).filter(Option::secret).isPresent()
                && PASSWORD.matcher(entry.value().text()).find();
    }

    private static String octal(Set<PosixFilePermission> permissions) {
        int mode = 0;
        for (PosixFilePermission permission : PosixFilePermission.values()) { // in the order rwxrwxrwx
            mode = (mode << 1) | (permissions.contains(permission) ? 1 : 0);
        }
        return String.format("0%03o", mode);
    }
}
