package org.vmeventagent.notification;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Text and times as they go out, whatever a tenant wrote. */
final class WireText {
    /** Code points of one text. */
    static final int MAX_TEXT = 255;
    /** Where the body has no room for longer ones: with every text of a payload as long, its body still has room. */
    static final int SHORT_TEXT = 127;

    private static final char REPLACEMENT = '\uFFFD';
    private static final int NANOS_PER_MICRO = 1_000;

    private WireText() {}

    static boolean isTooLong(String text, int most) {
        return text.length() > most && text.codePointCount(0, text.length()) > most;
    }

    static String clean(String text) {
        return clean(text, MAX_TEXT);
    }

    /**
     * Cut, and with U+FFFD for what some consumer's database or parser would choke on: U+0000 and half surrogates.
     *
     * @param most code points
     */
    static String clean(String text, int most) {
        String cut = isTooLong(text, most) ? text.substring(0, text.offsetByCodePoints(0, most)) : text;
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
        return text(instant, 'T').append('Z').toString();
    }

    /** As oslo.messaging writes a notification's timestamp, but with six digits always. */
    static String timestamp(Instant instant) {
        return text(instant, ' ').toString();
    }

    private static String repaired(String text) {
        StringBuilder repaired = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) ? REPLACEMENT : c)
                .forEach(repaired::appendCodePoint);
        return repaired.toString();
    }

    /** Digit by digit: a formatter takes some microseconds, and every notification has several times. */
    private static StringBuilder text(Instant instant, char between) {
        LocalDateTime time = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
        StringBuilder text = new StringBuilder("0000-00-00T00:00:00.000000Z".length());
        digits(text, time.getYear(), 1_000);
        digits(text.append('-'), time.getMonthValue(), 10);
        digits(text.append('-'), time.getDayOfMonth(), 10);
        digits(text.append(between), time.getHour(), 10);
        digits(text.append(':'), time.getMinute(), 10);
        digits(text.append(':'), time.getSecond(), 10);
        digits(text.append('.'), time.getNano() / NANOS_PER_MICRO, 100_000);
        return text;
    }

    private static void digits(StringBuilder text, int number, int highest) {
        for (int place = highest; place > 0; place /= 10) {
            text.append((char) ('0' + number / place % 10));
        }
    }
}
