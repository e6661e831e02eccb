package org.vmeventagent.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One option, declared once: the reader, the sample file, the documentation and the warnings all come from here.
 *
 * @param <T> what {@link Configuration#get} gives
 * @param meaning one or two sentences
 * @param defaultText what is read when the option is not set; null for none
 * @param whenAbsent in words, what happens without the option when it has no default
 * @param example what the sample file shows when there is no default
 * @param unit empty for none
 * @param consequence what goes wrong with a wrong value
 * @param secret its value is never shown
 * @param effective false for an option that is accepted only because other services' files have it
 * @param formerNames older names and other spellings, the first preferred
 */
public record Option<T>(
        Name name,
        OptionType<T> type,
        String meaning,
        @Nullable String defaultText,
        String whenAbsent,
        String example,
        String unit,
        String consequence,
        boolean secret,
        boolean effective,
        List<Name> formerNames) {

    public Option {
        formerNames = List.copyOf(formerNames);
    }

    static <T> Option<T> of(String section, String name, OptionType<T> type, String meaning) {
        return new Option<>(new Name(section, name), type, meaning, null, "", "", "", "", false, true, List.of());
    }

    Option<T> byDefault(String text) {
        return new Option<>(name, type, meaning, text, "", "", unit, consequence, secret, effective, formerNames);
    }

    Option<T> whenAbsent(String words, String anExample) {
        return new Option<>(
                name, type, meaning, null, words, anExample, unit, consequence, secret, effective, formerNames);
    }

    Option<T> in(String aUnit) {
        return new Option<>(
                name,
                type,
                meaning,
                defaultText,
                whenAbsent,
                example,
                aUnit,
                consequence,
                secret,
                effective,
                formerNames);
    }

    Option<T> ifWrong(String words) {
        return new Option<>(
                name, type, meaning, defaultText, whenAbsent, example, unit, words, secret, effective, formerNames);
    }

    Option<T> keptSecret() {
        return new Option<>(
                name, type, meaning, defaultText, whenAbsent, example, unit, consequence, true, effective, formerNames);
    }

    Option<T> withoutEffect() {
        return new Option<>(
                name, type, meaning, defaultText, whenAbsent, example, unit, consequence, secret, false, formerNames);
    }

    Option<T> formerly(String section, String option) {
        List<Name> names = new ArrayList<>(formerNames);
        names.add(new Name(section, option));
        return new Option<>(
                name, type, meaning, defaultText, whenAbsent, example, unit, consequence, secret, effective, names);
    }

    /** The same option of another section, for sections of which there may be several. */
    public Option<T> inSection(String section) {
        return new Option<>(
                new Name(section, name.option),
                type,
                meaning,
                defaultText,
                whenAbsent,
                example,
                unit,
                consequence,
                secret,
                effective,
                List.of());
    }

    /** Whether several values accumulate instead of the last one counting. */
    public boolean multi() {
        return type.kind() == OptionType.Kind.REPEATED;
    }

    /** An option's place: section and name, as a file writes them. */
    public record Name(String section, String option) {
        static final String DEFAULT_SECTION = "DEFAULT";

        /** The name with its section as oslo.config compares it: in lower case, but DEFAULT only when written like that. */
        static Name normalized(String section, String option) {
            return new Name(section.equals(DEFAULT_SECTION) ? section : section.toLowerCase(Locale.ROOT), option);
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
}
