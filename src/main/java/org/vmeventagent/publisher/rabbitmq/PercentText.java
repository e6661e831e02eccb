package org.vmeventagent.publisher.rabbitmq;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Percent-encoded text as Python's urllib.parse.unquote takes it. */
final class PercentText {
    private PercentText() {}

    /** Decodes as UTF-8, with U+FFFD for what isn't; a percent sign without two hexadecimal digits stays as it is. */
    static String decode(String text) {
        StringBuilder decoded = new StringBuilder(text.length());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int i = 0;
        while (i < text.length()) {
            int octet = octetAt(text, i);
            if (octet >= 0) {
                bytes.write(octet);
                i += 3;
            } else {
                flush(bytes, decoded);
                decoded.append(text.charAt(i));
                i++;
            }
        }
        flush(bytes, decoded);
        return decoded.toString();
    }

    private static int octetAt(String text, int index) {
        if (text.charAt(index) != '%' || index + 2 >= text.length()) {
            return -1;
        }
        int high = hexadecimal(text.charAt(index + 1));
        int low = hexadecimal(text.charAt(index + 2));
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }

    /** Of an ASCII digit only; Character.digit would also take others. */
    private static int hexadecimal(char c) {
        return c < 128 ? Character.digit(c, 16) : -1;
    }

    private static void flush(ByteArrayOutputStream bytes, StringBuilder decoded) {
        decoded.append(bytes.toString(StandardCharsets.UTF_8));
        bytes.reset();
    }
}
