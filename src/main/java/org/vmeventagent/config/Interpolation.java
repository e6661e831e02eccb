package org.vmeventagent.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmeventagent.config.RawConfiguration.RawValue;

/**
 * Replaces {@code $name}, {@code ${name}} and {@code ${section.name}} in a value by that option's value, as oslo.config
 * does. A name without section is looked up in the value's own section, then in [DEFAULT]; {@code $$} and {@code \$}
 * are a dollar sign; a dollar sign before anything else stays. A name that is no option is an error; in a file of another
 * service, whose options and defaults are not known here, one that no file sets.
 *
 * <p>{@code $CREDENTIALS_DIRECTORY} is systemd's, from the environment; no option has capital letters.
 */
final class Interpolation {
    private static final Pattern REFERENCE = Pattern.compile(
            "\\$(?:(?<escaped>\\$)|(?<named>[_a-z][._a-z0-9]*)|\\{(?<braced>[_a-z][._a-z0-9]*)})",
            Pattern.CASE_INSENSITIVE);
    private static final String CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY";
    private static final String CYCLE = "leads back to itself";
    private static final String BAD = "has a bad value";
    private static final String NOT_SET = "no file given here sets";
    private static final int DEEPEST = 16;

    private final RawConfiguration store;
    private final Map<String, String> environment;
    private final boolean foreign;

    /** @param foreign whether names of options that we don't know may be referred to, as far as the files set them */
    Interpolation(RawConfiguration store, Map<String, String> environment, boolean foreign) {
        this.store = store;
        this.environment = environment;
        this.foreign = foreign;
    }

    /** @throws ConfigException for a reference that leads nowhere; without the name if the option is secret */
    String apply(Option<?> option, RawValue value) {
        try {
            return expand(option.name().section(), value.text(), 0);
        } catch (UnknownReferenceException e) {
            String name = option.secret() ? "an option" : e.reference;
            throw ConfigException.badValue(option, value, "refers to " + name + ", which " + e.reason + remedy());
        }
    }

    private String remedy() {
        return foreign
                ? "; the service has a default for it or finds it out when it starts: give one more file, with the"
                        + " value that it has there"
                : "; a dollar sign is written $$";
    }

    private String expand(String section, String text, int depth) {
        Matcher matcher = REFERENCE.matcher(text.replace("\\$", "$$"));
        return matcher.replaceAll(match -> Matcher.quoteReplacement(replacement(section, matcher, depth)));
    }

    private String replacement(String section, Matcher matcher, int depth) {
        if (matcher.group("escaped") != null) {
            return "$";
        }
        String name = Optional.ofNullable(matcher.group("named")).orElseGet(() -> matcher.group("braced"));
        if (depth > DEEPEST) {
            throw new UnknownReferenceException(name, CYCLE);
        }
        if (name.equals(CREDENTIALS_DIRECTORY)) {
            return Optional.ofNullable(environment.get(CREDENTIALS_DIRECTORY))
                    .orElseThrow(() ->
                            new UnknownReferenceException(name, "only exists in a systemd unit with LoadCredential="));
        }
        return candidates(section, name).stream()
                .flatMap(candidate -> value(candidate, depth).stream())
                .findFirst()
                .orElseThrow(() -> new UnknownReferenceException(name, foreign ? NOT_SET : "is no option"));
    }

    private static List<Option.Name> candidates(String section, String name) {
        int dot = name.indexOf('.');
        return dot < 0
                ? List.of(new Option.Name(section, name), new Option.Name(Option.Name.DEFAULT_SECTION, name))
                : List.of(new Option.Name(name.substring(0, dot), name.substring(dot + 1)));
    }

    private Optional<String> value(Option.Name name, int depth) {
        List<RawValue> values = store.values(name);
        Optional<Option<?>> known = OptionRegistry.named(name);
        if (values.isEmpty()) {
            return foreign ? Optional.empty() : known.map(Interpolation::writtenDefault);
        }
        String text = values.get(values.size() - 1).text();
        if (foreign) {
            return Optional.of(expandReferred(name, text, depth));
        }
        return known.map(option -> written(option, expandReferred(name, text, depth)));
    }

    /** What is wrong inside a value that is referred to is not shown here: that value may be a secret. */
    private String expandReferred(Option.Name name, String text, int depth) {
        try {
            return expand(name.section(), text, depth + 1);
        } catch (UnknownReferenceException e) {
            throw new UnknownReferenceException(
                    name.option(),
                    switch (e.reason) {
                        case CYCLE -> CYCLE;
                        case NOT_SET -> "refers to what " + NOT_SET;
                        default -> BAD;
                    });
        }
    }

    private static String writtenDefault(Option<?> option) {
        return option.defaultText() == null ? "" : written(option, option.defaultText());
    }

    /** As Python writes the value: {@code True} for yes, 5 for +05. */
    private static String written(Option<?> option, String text) {
        try {
            return switch (option.type().kind()) {
                case BOOLEAN -> capitalized(String.valueOf(option.type().read(List.of(text))));
                case INTEGER, SECONDS, MILLISECONDS ->
                    String.valueOf(Long.parseLong(OsloConfigText.strip(text).replace("_", "")));
                case LIST, REPEATED ->
                    throw new UnknownReferenceException(option.name().option(), "is a list and has no text");
                case TEXT, WORD, DECIMAL -> text;
            };
        } catch (IllegalArgumentException e) {
            throw new UnknownReferenceException(option.name().option(), BAD);
        }
    }

    private static String capitalized(String word) {
        return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }

    private static final class UnknownReferenceException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String reference;
        private final String reason;

        UnknownReferenceException(String name, String reason) {
            super(null, null, false, false);
            this.reference = "$" + name;
            this.reason = reason;
        }
    }
}
