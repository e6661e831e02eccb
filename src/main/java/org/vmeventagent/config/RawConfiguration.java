package org.vmeventagent.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.configuration2.BaseConfiguration;

/**
 * What files and environment set, under each option's present name. Filled once, in the order in which a later source
 * wins; then only read, by any thread.
 */
final class RawConfiguration {
    private final BaseConfiguration kept = new BaseConfiguration();
    /** What is written of filters, each in the order in which it came first. */
    private final Map<Option.Name, ValueOrigin> filters = new LinkedHashMap<>();

    RawConfiguration() {
        kept.setInterpolator(null);
    }

    /**
     * Adds a file over the earlier ones. Within one file the last value counts, and the present name wins over a former
     * one wherever it is; a file with only a former name wins over earlier files. Values of an option that may be
     * repeated accumulate over all files, those under former names first: oslo.config's order.
     */
    void addFile(List<OsloConfigParser.Entry> entries) {
        Map<Option.Name, List<RawValue>> written = new LinkedHashMap<>();
        for (OsloConfigParser.Entry entry : entries) {
            written.computeIfAbsent(entry.name(), name -> new ArrayList<>()).add(entry.value());
        }
        written.forEach((name, values) -> {
            if (OptionRegistry.meantBy(name).isEmpty()) {
                replace(name, values.get(values.size() - 1));
            }
            if (FilterOptions.isFilter(name.section())) {
                filters.putIfAbsent(name, values.get(values.size() - 1).origin());
            }
        });
        for (Option<?> option : OptionRegistry.all()) {
            addOption(option, written);
        }
    }

    private void addOption(Option<?> option, Map<Option.Name, List<RawValue>> written) {
        List<Option.Name> names = new ArrayList<>(List.of(option.name()));
        names.addAll(option.formerNames());
        List<List<RawValue>> found = names.stream()
                .filter(written::containsKey)
                .map(name -> written.getOrDefault(name, List.of()))
                .toList();
        if (option.multi()) {
            for (int i = found.size() - 1; i >= 0; i--) {
                found.get(i).forEach(value -> kept.addProperty(key(option.name()), value));
            }
        } else if (!found.isEmpty()) {
            List<RawValue> values = found.get(0);
            replace(option.name(), values.get(values.size() - 1));
        }
    }

    /** Lets {@code OS_<GROUP>__<OPTION>} win over the files; an option that may be repeated then has this one value. */
    void addEnvironment(Map<String, String> environment) {
        for (Option<?> option : OptionRegistry.all()) {
            String variable = option.name().environmentVariable();
            String text = environment.get(variable);
            if (text != null) {
                replace(option.name(), new RawValue(text, new ValueOrigin("environment variable " + variable, 0)));
            }
        }
    }

    void replace(Option.Name name, RawValue value) {
        kept.setProperty(key(name), value);
    }

    /** The values of an option, oldest first; empty when nobody set it. */
    List<RawValue> values(Option.Name name) {
        Object property = kept.getProperty(key(name));
        if (property instanceof List<?> several) {
            return several.stream().map(RawValue.class::cast).toList();
        }
        return property instanceof RawValue one ? List.of(one) : List.of();
    }

    /** Every option that is written in a filter's section, known or not, and where first. */
    Map<Option.Name, ValueOrigin> filters() {
        return Collections.unmodifiableMap(filters);
    }

    /** Takes over another store's values of an option, or that it has none. */
    void replace(Option.Name name, RawConfiguration by) {
        kept.clearProperty(key(name));
        by.values(name).forEach(value -> kept.addProperty(key(name), value));
    }

    /** Takes over another store's filters in place of these. */
    void replaceFilters(RawConfiguration by) {
        filters.keySet().forEach(name -> kept.clearProperty(key(name)));
        filters.clear();
        filters.putAll(by.filters);
        filters.keySet().forEach(name -> replace(name, by));
    }

    RawConfiguration copy() {
        RawConfiguration copy = new RawConfiguration();
        copy.kept.append(kept);
        copy.filters.putAll(filters);
        return copy;
    }

    private static String key(Option.Name name) {
        return name.section() + '/' + name.option();
    }

    /** One value as it was written, before substitution. Has no text in toString: it may be a secret. */
    record RawValue(String text, ValueOrigin origin) {
        @Override
        public String toString() {
            return "value at " + origin;
        }
    }

    /**
     * Where a value is from.
     *
     * @param source a file's path, or words like "environment variable OS_DEFAULT__HOST"
     * @param line counted from 1; 0 where lines make no sense
     */
    record ValueOrigin(String source, int line) {
        @Override
        public String toString() {
            return line == 0 ? source : source + ":" + line;
        }
    }
}
