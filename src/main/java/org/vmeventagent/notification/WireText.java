package org.vmeventagent.notification;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Text and times as they go out, whatever a tenant wrote. */
final class WireText {
    /** Code points of one text. */
    static final int MOST_TEXT = 255;

    private static final char REPLACEMENT = '\uFFFD';
    private static final DateTimeFormatter ISO = formatter("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'");
    private static final DateTimeFormatter OSLO = formatter("uuuu-MM-dd HH:mm:ss.SSSSSS");

    private WireText() {}

    static boolean isTooLong(String text) {
        return text.length() > MOST_TEXT && text.codePointCount(0, text.length()) > MOST_TEXT;
    }

    /** Cut, and with U+FFFD for what some consumer's database or parser would choke on: U+0000 and half surrogates. */
    static String clean(String text) {
        String cut = isTooLong(text) ? text.substring(0, text.offsetByCodePoints(0, MOST_TEXT)) : text;
        for (int i = 0; i < cut.length(); i++) {
            char c = cut.charAt(i);
            if (c == 0 || Character.isSurrogate(c)) {
                return repaired(cut);
            }
        }
        return cut;
    }

    /** As every time in a payload: ISO 8601 in UTC with microseconds. */
    static String time(Instant instant) {
        return ISO.format(instant);
    }

    /** As oslo.messaging writes a notification's timestamp, but with six digits always. */
    static String timestamp(Instant instant) {
        return OSLO.format(instant);
    }

    private static String repaired(String text) {
        StringBuilder repaired = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) ? REPLACEMENT : c)
                .forEach(repaired::appendCodePoint);
        return repaired.toString();
    }

    private static DateTimeFormatter formatter(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
    }
}
