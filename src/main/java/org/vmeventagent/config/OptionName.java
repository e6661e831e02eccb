package org.vmeventagent.config;

import java.util.Locale;

/** An option's place: section and name, as a file writes them. */
public record OptionName(String section, String option) {
    static final String DEFAULT_SECTION = "DEFAULT";

    /** The name with its section as oslo.config compares it: in lower case, but DEFAULT only when written like that. */
    static OptionName normalized(String section, String option) {
        return new OptionName(section.equals(DEFAULT_SECTION) ? section : section.toLowerCase(Locale.ROOT), option);
    }

    /** The environment variable that overrides the option in every file: {@code OS_<GROUP>__<OPTION>}. */
    public String environmentVariable() {
        return "OS_" + section.toUpperCase(Locale.ROOT) + "__" + option.toUpperCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return "[" + section + "] " + option;
    }
}
