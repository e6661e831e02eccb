package org.vmeventagent.libvirt;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.ConnectionUri;

/** Text across the border to C: always UTF-8, and never with a URI's credentials in what we show. */
final class Strings {
    private Strings() {}

    /** A C string, null for NULL. */
    static @Nullable String of(@Nullable Pointer text) {
        return text == null ? null : text.getString(0, StandardCharsets.UTF_8.name());
    }

    /** For a parameter {@code const char *}. */
    static byte[] toC(String text) {
        return (text + '\0').getBytes(StandardCharsets.UTF_8);
    }

    /** Cuts {@code user:password@} out of every URI in the text. */
    static String withoutCredentials(String text) {
        return ConnectionUri.withoutCredentials(text);
    }
}
