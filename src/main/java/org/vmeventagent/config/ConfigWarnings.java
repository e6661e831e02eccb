package org.vmeventagent.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.vmeventagent.config.RawConfiguration.ValueOrigin;

/** What in a configuration has no effect, or should be written otherwise. Each thing is reported once. */
final class ConfigWarnings {
    private final List<String> lines = new ArrayList<>();
    private final Set<Object> warned = new HashSet<>();

    private ConfigWarnings() {}

    static List<String> about(List<List<OsloConfigParser.Entry>> files, Map<String, String> environment) {
        ConfigWarnings configWarnings = new ConfigWarnings();
        files.forEach(file -> file.forEach(
                entry -> configWarnings.take(entry.name(), entry.value().origin())));
        configWarnings.takeEnvironment(environment);
        return configWarnings.lines;
    }

    private void take(Option.Name name, ValueOrigin valueOrigin) {
        if (FilterOptions.isFilter(name.section())) {
            return; // what is wrong with a filter is an error
        }
        if (OptionRegistry.meantBy(name).isPresent()) {
            takeKnown(OptionRegistry.meantBy(name).get(), name, valueOrigin);
        } else if (RabbitOptions.isOfOthers(name)) {
            warn(name, valueOrigin, withoutEffect(name));
        } else if (sections().anyMatch(name.section()::equals)) {
            warn(name, valueOrigin, unknown(name));
        } else {
            warn(name.section(), valueOrigin, unknownSection(name.section()));
        }
    }

    private void takeKnown(Option<?> option, Option.Name name, ValueOrigin valueOrigin) {
        if (!option.effective()) {
            warn(name, valueOrigin, withoutEffect(name));
        } else if (!option.name().equals(name)) {
            warn(name, valueOrigin, name + " is an old name, the present one is " + option.name());
        }
    }

    /** Variables of our sections that are no option; those of known ones need no word. */
    private void takeEnvironment(Map<String, String> environment) {
        Set<String> known = new HashSet<>();
        OptionRegistry.all().forEach(option -> known.add(option.name().environmentVariable()));
        for (String variable : new TreeSet<>(environment.keySet())) {
            boolean ours = sections()
                    .anyMatch(section -> variable.startsWith(new Option.Name(section, "").environmentVariable()));
            if (ours && !known.contains(variable)) {
                String nearest = Suggestion.nearest(variable, known.stream())
                        .map(ConfigWarnings::didYouMean)
                        .orElse("");
                warn(variable, new ValueOrigin("environment", 0), shown(variable) + " is no option" + nearest);
            }
        }
    }

    private void warn(Object about, ValueOrigin valueOrigin, String what) {
        if (warned.add(about)) {
            lines.add(OsloConfigText.oneLine(valueOrigin + ": " + what));
        }
    }

    private static String withoutEffect(Option.Name name) {
        return name + " is accepted but has no effect here";
    }

    static String unknown(Option.Name name) {
        List<Option<?>> options =
                FilterOptions.isFilter(name.section()) ? FilterOptions.all() : ofSection(name.section());
        Stream<String> names = options.stream().map(option -> option.name().option());
        return "[" + name.section() + "] " + shown(name.option()) + " is no option"
                + Suggestion.nearest(name.option(), names)
                        .map(ConfigWarnings::didYouMean)
                        .orElse("");
    }

    private static List<Option<?>> ofSection(String section) {
        return OptionRegistry.all().stream()
                .filter(option -> option.name().section().equals(section))
                .toList();
    }

    private static String unknownSection(String section) {
        return "[" + shown(section) + "] is no section of this agent"
                + (section.strip().startsWith("filter")
                        ? didYouMean(FilterOptions.TEMPLATE)
                        : Suggestion.nearest(section.strip(), sections())
                                .map(ConfigWarnings::didYouMean)
                                .orElse(""));
    }

    private static String didYouMean(String nearest) {
        return ", did you mean " + nearest + "?";
    }

    /** A name as it is, if it looks like one: what slipped to the beginning of a line may be part of a password. */
    private static String shown(String name) {
        return name.matches("[A-Za-z][\\w.-]{0,63}") ? name : "(a name that is not shown)";
    }

    private static Stream<String> sections() {
        return OptionRegistry.all().stream()
                .map(option -> option.name().section())
                .distinct();
    }
}
