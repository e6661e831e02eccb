package org.vmeventagent.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every option there is, in the order of the sample file. */
public final class OptionRegistry {
    private static final List<Option<?>> ALL = collect();
    private static final Map<Option.Name, Option<?>> BY_NAME = index();

    private OptionRegistry() {}

    public static List<Option<?>> all() {
        return ALL;
    }

    /** The option with this present name; a former name finds nothing. */
    static Optional<Option<?>> named(Option.Name name) {
        Option<?> option = BY_NAME.get(name);
        return option != null && option.name().equals(name) ? Optional.of(option) : Optional.empty();
    }

    /** The option with this present or former name. */
    static Optional<Option<?>> meantBy(Option.Name name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    private static List<Option<?>> collect() {
        List<Option<?>> all = new ArrayList<>();
        all.addAll(DefaultOptions.all());
        all.addAll(LibvirtOptions.all());
        all.addAll(NotificationOptions.all());
        all.addAll(OutboxOptions.all());
        all.addAll(HistoryOptions.all());
        all.addAll(TelemetryOptions.all());
        all.addAll(OsloNotificationOptions.all());
        all.addAll(RabbitOptions.all());
        return List.copyOf(all);
    }

    private static Map<Option.Name, Option<?>> index() {
        Map<Option.Name, Option<?>> byName = new HashMap<>();
        for (Option<?> option : ALL) {
            option.formerNames().forEach(former -> byName.put(former, option));
        }
        ALL.forEach(option -> byName.put(option.name(), option));
        return byName;
    }
}
