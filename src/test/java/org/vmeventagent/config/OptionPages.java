package org.vmeventagent.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The sample configuration file, the tables of docs/configuration.md and the manual page, as options are declared. */
final class OptionPages {
    private static final int WIDTH = 100;

    private static final Map<String, String> ABOUT = Map.of(
            "filter:name",
                    "Which notifications are not published, or with another severity or topic. Any number of sections, each with a"
                            + " name of its own after the colon; they are tried in the order of the files, and the first"
                            + " one that meets a notification decides. Each option that chooses is a list of which one"
                            + " value must fit, and all that are set must. An environment variable can't set them. SIGHUP"
                            + " reads them again.",
            "DEFAULT", "What the whole agent shares.",
            "libvirt", "The libvirt daemons to subscribe to, and their time limits.",
            "notifications", "What is published, under which names, how fast.",
            "telemetry",
                    "How a monitoring system reads the agent's metrics: docs/metrics.md. Nothing is counted as shipped.",
            "outbox", "Where notifications wait for the broker, and how many.",
            "history", "What was published and stays on this host, for the commands history and why.",
            "oslo_messaging_notifications", "Where notifications go, as every OpenStack service has it.",
            "oslo_messaging_rabbit",
                    "The connection to RabbitMQ, under oslo.messaging's names. Each option may also come as a query"
                            + " parameter of the transport_url, which then wins.");

    private static final String HEAD = """
            # Configuration of vm-event-agent, in the dialect of oslo.config.
            #
            # Every option is here with its default, or with an example where it has none. A line
            # without a blank after its # is an option: remove the # to set it. Indented lines continue
            # the option before them, also when they begin with #. A dollar sign is written $$.
            # vm-event-agent import-config /etc/nova/nova.conf, run as root, prints the lines that
            # connect the agent to the same RabbitMQ as Nova.
            """;

    private static final String SHIPPED = """
            # As shipped, notifications are only written to stdout, because no transport_url is set.
            # Remove this line when there is one.
            driver = log
            """;

    private OptionPages() {}

    static String sampleFile() {
        StringBuilder page = new StringBuilder(HEAD);
        sections().forEach((section, options) -> {
            page.append("\n[").append(section).append("]\n");
            page.append(wrapped(ABOUT.getOrDefault(section, "")));
            for (Option<?> option : options) {
                page.append('\n');
                sampleText(option).forEach(line -> page.append(wrapped(line)));
                if (option.name().equals(OsloNotificationOptions.DRIVER.name())) {
                    page.append(SHIPPED);
                }
                page.append('#').append(sampleLine(option)).append('\n');
            }
        });
        return page.toString();
    }

    static String manualPage() {
        return OptionManPage.of(sections(), ABOUT);
    }

    /** All there is to say about an option, a paragraph a line. */
    static List<String> sampleText(Option<?> option) {
        List<String> lines = new ArrayList<>();
        lines.add(option.meaning());
        lines.add("Allowed: " + option.type().allowed() + unit(option) + ".");
        lines.add("Default: " + byDefault(option) + ".");
        lines.add("If wrong: " + option.consequence());
        if (!option.effective()) {
            lines.add("Has no effect.");
        }
        return lines;
    }

    private static String sampleLine(Option<?> option) {
        String text = option.defaultText() == null ? option.example() : option.defaultText();
        return (option.name().option() + " = " + text).strip();
    }

    static String tables() {
        StringBuilder page = new StringBuilder();
        sections().forEach((section, options) -> {
            page.append("\n## [").append(section).append("]\n\n");
            page.append(ABOUT.getOrDefault(section, "")).append("\n\n");
            page.append("| option | allowed | default | meaning | if wrong |\n|---|---|---|---|---|\n");
            options.forEach(option -> page.append(row(option)));
        });
        return page.toString();
    }

    private static String row(Option<?> option) {
        String formerly = option.formerNames().isEmpty()
                ? ""
                : " Also read as "
                        + option.formerNames().stream()
                                .map(name -> "`" + name + "`")
                                .collect(Collectors.joining(", "))
                        + ".";
        String effect = option.effective() ? "" : " **No effect.**";
        return "| `" + option.name().option() + "` | " + option.type().allowed() + unit(option) + " | "
                + byDefault(option) + " | " + option.meaning() + formerly + effect + " | "
                + option.consequence() + " |\n";
    }

    private static String byDefault(Option<?> option) {
        if (option.defaultText() == null) {
            return "none (" + option.whenAbsent() + ")";
        }
        return option.defaultText().isEmpty() ? "empty" : option.defaultText();
    }

    /** The options there are, and those that a section filter:NAME may have after those of what is published. */
    static List<Option<?>> all() {
        List<Option<?>> all = new ArrayList<>(OptionRegistry.all());
        all.addAll(all.indexOf(NotificationOptions.DRAIN_RATE) + 1, FilterOptions.all());
        return all;
    }

    private static Map<String, List<Option<?>>> sections() {
        return all().stream()
                .collect(Collectors.groupingBy(
                        option -> option.name().section(), LinkedHashMap::new, Collectors.toList()));
    }

    private static String unit(Option<?> option) {
        boolean said = option.unit().isEmpty() || option.type().allowed().contains(option.unit());
        return said ? "" : "; unit: " + option.unit();
    }

    private static String wrapped(String text) {
        StringBuilder lines = new StringBuilder();
        StringBuilder line = new StringBuilder("#");
        for (String word : text.split(" ", -1)) {
            if (line.length() + 1 + word.length() > WIDTH) {
                lines.append(line).append('\n');
                line = new StringBuilder("#");
            }
            line.append(' ').append(word);
        }
        return lines.append(line).append('\n').toString();
    }
}
