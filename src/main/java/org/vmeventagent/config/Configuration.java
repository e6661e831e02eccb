package org.vmeventagent.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.vmeventagent.config.RawConfiguration.RawValue;
import org.vmeventagent.config.RawConfiguration.ValueOrigin;

/**
 * The configuration as read: every known option's value, typed. Immutable; used by any thread. Every value was checked
 * when it was loaded, so a part only meets a value of the declared type and within its bounds.
 */
public final class Configuration {
    private final RawConfiguration store;
    private final Interpolation interpolation;
    private final List<String> warnings;
    private final Map<String, String> environment;
    private final boolean foreign;

    private Configuration(
            RawConfiguration store, List<String> warnings, Map<String, String> environment, boolean foreign) {
        this.store = store;
        this.interpolation = new Interpolation(store, environment, foreign);
        this.warnings = List.copyOf(warnings);
        this.environment = Map.copyOf(environment);
        this.foreign = foreign;
    }

    /**
     * Reads, checks and types everything.
     *
     * @param files in the order in which a later one wins
     * @param directories whose {@code *.conf} follow the files, in the order of their names
     * @param environment for {@code OS_<GROUP>__<OPTION>}, which wins over all files, and CREDENTIALS_DIRECTORY
     * @throws ConfigException for the first thing that is wrong
     */
    public static Configuration load(List<Path> files, List<Path> directories, Map<String, String> environment) {
        List<List<OsloConfigParser.Entry>> entries = ConfigFiles.read(files, directories);
        List<String> warnings = new ArrayList<>(ConfigWarnings.about(entries, environment));
        warnings.addAll(FilePermissions.of(entries));
        return of(entries, environment, warnings).checked();
    }

    /** The options of one text, as {@link #load} of a file with it; messages call it "text". */
    public static Configuration ofText(String text) {
        return of(List.of(OsloConfigParser.read("text", text)), Map.of()).checked();
    }

    /** Without checking the values: a bad one is found by {@link #get}. */
    static Configuration of(List<List<OsloConfigParser.Entry>> files, Map<String, String> environment) {
        return of(files, environment, ConfigWarnings.about(files, environment));
    }

    private static Configuration of(
            List<List<OsloConfigParser.Entry>> files, Map<String, String> environment, List<String> warnings) {
        RawConfiguration store = new RawConfiguration();
        files.forEach(store::addFile);
        store.addEnvironment(environment);
        return new Configuration(store, warnings, environment, false);
    }

    /** A file of another service: unknown options are no warning and may be referred to; nothing is checked. */
    static Configuration foreign(List<List<OsloConfigParser.Entry>> files) {
        RawConfiguration store = new RawConfiguration();
        files.forEach(store::addFile);
        return new Configuration(store, List.of(), Map.of(), true);
    }

    private Configuration checked() {
        OptionRegistry.all().forEach(this::find);
        store.filters().forEach(this::checkFilter);
        CrossChecks.check(this);
        return this;
    }

    /**
     * The value, or the default.
     *
     * @throws IllegalArgumentException for an option that is not set and has no default; {@link #find} is for those
     */
    public <T> T get(Option<T> option) {
        return find(option).orElseThrow(() -> new IllegalArgumentException(option.name() + " has no default"));
    }

    /** The value or the default; empty when there is neither. */
    public <T> Optional<T> find(Option<T> option) {
        List<RawValue> values = store.values(option.name());
        if (values.isEmpty()) {
            return Optional.ofNullable(option.defaultText())
                    .map(text -> option.type().read(List.of(text)));
        }
        List<String> texts =
                values.stream().map(value -> interpolation.apply(option, value)).toList();
        try {
            return Optional.of(option.type().read(texts));
        } catch (IllegalArgumentException e) {
            throw ConfigException.badValue(option, firstBad(option, values, texts), mustBe(option) + because(e));
        }
    }

    /** Whether a file or the environment sets the option. */
    public boolean isSet(Option<?> option) {
        return !store.values(option.name()).isEmpty();
    }

    /** The sections {@code filter:NAME}, in the order in which each came first in the files. */
    public List<String> filters() {
        return store.filters().keySet().stream()
                .map(Option.Name::section)
                .distinct()
                .toList();
    }

    /** A filter that is not what somebody meant drops what it should not: nothing in it is only a warning. */
    private void checkFilter(Option.Name name, ValueOrigin origin) {
        if (!FilterOptions.hasName(name.section())) {
            throw ConfigException.at(
                    origin,
                    "a filter's section must be [filter:NAME], the name of 1 to 64 letters, digits, dots, dashes and underscores");
        }
        Option<?> option = FilterOptions.all().stream()
                .filter(known -> known.name().option().equals(name.option()))
                .findFirst()
                .orElseThrow(() -> ConfigException.at(origin, ConfigWarnings.unknown(name)));
        find(option.inSection(name.section()));
    }

    /**
     * How another part refuses a value: one line with file, line, section, option, value (not a secret's) and this text.
     *
     * @param whatIsAllowed continues the line; must not contain a secret
     */
    public ConfigException bad(Option<?> option, String whatIsAllowed) {
        List<RawValue> values = store.values(option.name());
        return ConfigException.badValue(option, values.isEmpty() ? null : values.get(values.size() - 1), whatIsAllowed);
    }

    /**
     * These options with some of a section's replaced, for the query of a transport_url.
     *
     * @param values texts by option name, present or former; taken as they are, a dollar sign is one
     * @param source in words, for messages
     * @throws ConfigException for an unknown option or a bad value
     */
    public Configuration overridden(String section, Map<String, String> values, String source) {
        RawConfiguration changed = store.copy();
        ValueOrigin valueOrigin = new ValueOrigin(source, 0);
        values.forEach((name, text) -> {
            Option.Name written = new Option.Name(section, name);
            Optional<Option<?>> option = OptionRegistry.meantBy(written);
            if (option.isPresent()) {
                changed.replace(option.get().name(), new RawValue(OsloConfigText.escapeDollars(text), valueOrigin));
            } else if (!RabbitOptions.isOfOthers(written)) {
                throw ConfigException.at(valueOrigin, ConfigWarnings.unknown(written));
            }
        });
        return new Configuration(changed, warnings, environment, foreign).checked();
    }

    /**
     * These options, but for some that stay as others have them.
     *
     * @param kept which
     * @throws ConfigException where the two don't go together
     */
    public Configuration keeping(Configuration others, Predicate<Option<?>> kept) {
        RawConfiguration mixed = store.copy();
        OptionRegistry.all().stream().filter(kept).forEach(option -> mixed.replace(option.name(), others.store));
        return new Configuration(mixed, warnings, environment, foreign).checked();
    }

    /**
     * These options with the filters of others.
     *
     * @throws ConfigException where the two don't go together
     */
    public Configuration keepingFilters(Configuration others) {
        RawConfiguration mixed = store.copy();
        mixed.replaceFilters(others.store);
        return new Configuration(mixed, warnings, environment, foreign).checked();
    }

    /** What an operator should know but nothing that prevents a start; one line each, without secrets. */
    public List<String> warnings() {
        return warnings;
    }

    /** The first value that is not allowed on its own; the last one when none is. */
    private static RawValue firstBad(Option<?> option, List<RawValue> values, List<String> texts) {
        for (int i = 0; i < values.size() - 1; i++) {
            try {
                option.type().read(List.of(texts.get(i)));
            } catch (IllegalArgumentException e) {
                if (option.multi()) {
                    return values.get(i);
                }
            }
        }
        return values.get(values.size() - 1);
    }

    private static String mustBe(Option<?> option) {
        return "must be " + option.type().allowed();
    }

    /** Of a path, what is wrong can't be seen. */
    private static String because(IllegalArgumentException e) {
        return e.getCause() instanceof InvalidPathException ? ": " + e.getMessage() : "";
    }

    @Override
    public String toString() {
        return "Options[" + OptionRegistry.all().stream().filter(this::isSet).count() + " set]";
    }
}
