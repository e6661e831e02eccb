package org.vmeventagent.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.vmeventagent.config.RawConfiguration.RawValue;
import org.vmeventagent.config.RawConfiguration.ValueOrigin;

/**
 * The few lines of a nova.conf or ceilometer.conf that our own file needs, so that the agent itself never reads a file
 * full of other services' secrets. Only those options are read; the rest of the file may be anything.
 */
public final class NovaConfigImport {
    private NovaConfigImport() {}

    /**
     * Lines to put into our configuration file. They contain the transport_url with its passwords.
     *
     * @param files in the order in which a later one wins
     * @param systemHost the host name to take where the files have none
     * @throws ConfigException when a file can't be read, or one of the options has a bad value
     */
    public static String lines(List<Path> files, Supplier<String> systemHost) {
        return read(ConfigFiles.read(files, List.of()), systemHost);
    }

    /**
     * What Nova calls this host by these files.
     *
     * @param files in the order in which a later one wins
     * @param systemHost the host name to take where the files have none
     * @throws ConfigException when a file can't be read, or the name refers to what none of them sets
     */
    public static String host(List<Path> files, Supplier<String> systemHost) {
        return Configuration.foreign(ConfigFiles.read(files, List.of()))
                .find(DefaultOptions.HOST)
                .orElseGet(systemHost);
    }

    static String read(List<List<OsloConfigParser.Entry>> files, Supplier<String> systemHost) {
        List<List<OsloConfigParser.Entry>> all = new ArrayList<>();
        all.add(List.of(novasOwn(DefaultOptions.HOST, systemHost.get())));
        all.addAll(files);
        Configuration nova = Configuration.foreign(all);
        StringBuilder lines = new StringBuilder();
        section(lines, DefaultOptions.SECTION);
        line(lines, DefaultOptions.HOST, nova.get(DefaultOptions.HOST));
        section(lines, OsloNotificationOptions.SECTION);
        line(lines, OsloNotificationOptions.DRIVER, "messagingv2");
        line(lines, OsloNotificationOptions.TOPICS, String.join(",", nova.get(OsloNotificationOptions.TOPICS)));
        transportUrl(nova)
                .ifPresentOrElse(
                        url -> line(lines, OsloNotificationOptions.TRANSPORT_URL, url),
                        () -> lines.append("# No transport_url is set there. It is needed.\n"));
        StringBuilder rabbit = new StringBuilder();
        RabbitOptions.all().stream()
                .filter(Option::effective)
                .filter(option -> differs(nova, option))
                .forEach(option -> line(rabbit, option, text(nova.get(option))));
        if (!rabbit.isEmpty()) {
            section(lines, RabbitOptions.SECTION);
            lines.append(rabbit);
        }
        return lines.toString();
    }

    /** What the service takes where its files set nothing. */
    private static OsloConfigParser.Entry novasOwn(Option<String> option, String value) {
        return new OsloConfigParser.Entry(
                option.name(), new RawValue(OsloConfigText.escapeDollars(value), new ValueOrigin("this system", 0)));
    }

    private static Optional<String> transportUrl(Configuration nova) {
        return nova.find(OsloNotificationOptions.TRANSPORT_URL)
                .filter(url -> !url.isEmpty())
                .or(() -> nova.find(DefaultOptions.TRANSPORT_URL))
                .filter(url -> !url.isEmpty());
    }

    private static boolean differs(Configuration nova, Option<?> option) {
        return nova.isSet(option)
                && !nova.get(option).equals(option.type().read(List.of(String.valueOf(option.defaultText()))));
    }

    private static String text(Object value) {
        return value instanceof Duration seconds ? String.valueOf(seconds.toSeconds()) : String.valueOf(value);
    }

    private static void section(StringBuilder lines, String section) {
        lines.append(lines.isEmpty() ? "" : "\n").append('[').append(section).append("]\n");
    }

    private static void line(StringBuilder lines, Option<?> option, String value) {
        lines.append(OsloConfigText.assignment(option.name().option(), value)).append('\n');
    }
}
