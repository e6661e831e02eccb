package org.vmeventagent.logging;

import java.util.stream.Collectors;

/** Text that others chose, made safe for a line of a log or a terminal. */
public final class LogText {
    private LogText() {}

    /**
     * The text with every control, format and line separating character written as an escape, so that it stays one line
     * and cannot move a cursor, change a colour or turn the reading direction.
     */
    public static String of(String text) {
        int i = 0;
        while (i < text.length() && isPlain(text.charAt(i))) {
            i++;
        }
        if (i == text.length()) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length() + 16).append(text, 0, i);
        while (i < text.length()) {
            int point = text.codePointAt(i);
            append(plain, point);
            i += Character.charCount(point);
        }
        return plain.toString();
    }

    /** The same for text of several lines, which stay lines. */
    public static String ofLines(String text) {
        return text.lines().map(LogText::of).collect(Collectors.joining("\n", "", "\n"));
    }

    private static boolean isPlain(char c) {
        return c >= ' ' && c < 0x7f;
    }

    private static void append(StringBuilder plain, int point) {
        switch (point) {
            case '\n' -> plain.append("\\n");
            case '\r' -> plain.append("\\r");
            case '\t' -> plain.append("\\t");
            default -> {
                switch (Character.getType(point)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.SURROGATE,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR,
                            Character.UNASSIGNED -> plain.append(String.format("\\u{%x}", point));
                    default -> plain.appendCodePoint(point);
                }
            }
        }
    }
}
