package org.vmeventagent.config;

import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.RawConfiguration.RawValue;
import org.vmeventagent.config.RawConfiguration.ValueOrigin;

/** The configuration can't be used. The message is one line: where, what, what is allowed; never a secret's value. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int LONGEST_VALUE = 120;

    ConfigException(String message) {
        super(OsloConfigText.oneLine(message));
    }

    static ConfigException at(ValueOrigin valueOrigin, String what) {
        return new ConfigException(valueOrigin + ": " + what);
    }

    static ConfigException badValue(Option<?> option, @Nullable RawValue value, String allowed) {
        if (value == null) {
            return new ConfigException(option.name() + " is not set: " + allowed);
        }
        String shown = option.secret() ? "***" : shortened(ConnectionUri.withoutCredentials(value.text()));
        return at(value.origin(), option.name() + " = " + shown + ": " + allowed);
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "...";
    }
}
