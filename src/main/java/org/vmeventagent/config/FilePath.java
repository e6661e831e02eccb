package org.vmeventagent.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The path of a file as somebody wrote it, in a configuration file or on the command line. */
public final class FilePath {
    private FilePath() {}

    /** The text again, where {@link #of} takes it. */
    static String checked(String text) {
        of(text);
        return text;
    }

    /**
     * The path.
     *
     * @throws IllegalArgumentException for a text that is none; the message says why
     */
    public static Path of(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    text.indexOf(0) >= 0
                            ? "it holds a zero byte"
                            : "it has characters that file names have not in this locale ("
                                    + System.getProperty("sun.jnu.encoding") + "); set LC_ALL=C.UTF-8",
                    e);
        }
    }
}
