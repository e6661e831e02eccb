package org.vmeventagent.config;

/** Text as oslo.config reads and writes it: Python's idea of white space, and one assignment written so that it reads back. */
final class OsloConfigText {
    private OsloConfigText() {}

    static String strip(String text) {
        return stripStart(stripEnd(text));
    }

    static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    static String stripStart(String text) {
        int start = 0;
        while (start < text.length() && isSpace(text.charAt(start))) {
            start++;
        }
        return text.substring(start);
    }

    /** Python's str.isspace: Java's white space, the no-break spaces, and NEL. */
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }

    /** The text with every control character and line separator replaced, so that it stays one line of a log. */
    static String oneLine(String text) {
        return text.replaceAll("[\\p{Cntrl}\u0085\u2028\u2029]+", " ");
    }

    /**
     * A line (with continuation lines where the value has several) that {@link OsloConfigParser} and then
     * {@link Interpolation} read back as the same value.
     */
    static String assignment(String name, String value) {
        String escaped = escapeDollars(value);
        int end = escaped.indexOf('\n');
        String first = end < 0 ? escaped : escaped.substring(0, end);
        String rest = end < 0 ? "" : escaped.substring(end).replace("\n", "\n    ");
        return name + " = " + quoted(first) + rest;
    }

    private static String quoted(String line) {
        if (line.isEmpty()) {
            return line;
        }
        char first = line.charAt(0);
        boolean losesQuotes = (first == '"' || first == '\'') && first == line.charAt(line.length() - 1);
        return losesQuotes || !strip(line).equals(line) ? '"' + line + '"' : line;
    }

    /** A dollar sign is written twice; after a backslash it is written with one more backslash. */
    static String escapeDollars(String value) {
        StringBuilder escaped = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '$') {
                escaped.append(i > 0 && value.charAt(i - 1) == '\\' ? '\\' : '$');
            }
            escaped.append(c);
        }
        return escaped.toString();
    }
}
