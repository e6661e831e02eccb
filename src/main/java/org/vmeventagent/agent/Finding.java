package org.vmeventagent.agent;

/**
 * One thing that the command {@code check} looked at. No part of it has a secret.
 *
 * @param name what it is about, in one word: {@code configuration}, {@code host}, {@code java}, {@code database},
 *     {@code libvirt}, {@code broker} or {@code filter}
 * @param message one line
 * @param remedy what to do, in one line; empty where there is nothing to do
 */
public record Finding(String name, Level level, String message, String remedy) {
    /** What it means for an agent with that configuration on this host. */
    public enum Level {
        OK,
        /** It works, or will once somebody else does something. */
        WARNING,
        /** It doesn't work like that. */
        ERROR
    }

    static Finding ok(String name, String message) {
        return new Finding(name, Level.OK, message, "");
    }

    /** Of a line as the log has them: what is wrong, a semicolon, and what helps. */
    static Finding of(String name, Level level, String line) {
        int end = line.indexOf("; ");
        return end < 0
                ? new Finding(name, level, line, "")
                : new Finding(name, level, line.substring(0, end), line.substring(end + 2));
    }
}
