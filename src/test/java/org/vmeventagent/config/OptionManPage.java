package org.vmeventagent.config;

import java.util.List;
import java.util.Map;

/** The manual page vm-event-agent.conf(5), in roff's man macros. */
final class OptionManPage {
    private static final String HEAD = """
            .\\" Written by OptionPagesTest from the declared options.
            .TH VM-EVENT-AGENT.CONF 5 "" "vm-event-agent" "File Formats"
            .SH NAME
            vm-event-agent.conf - configuration of vm-event-agent
            .SH DESCRIPTION
            .BR vm-event-agent (8)
            reads
            .IR /etc/vm-event-agent.conf ,
            in the dialect of oslo.config.
            .PP
            .I name = value
            stands in a
            .IR [section] .
            # and ; at the very beginning of a line make a comment; elsewhere they are part of the value.
            Lines that begin with a blank continue the value above.
            A dollar sign is written $$; $name and ${section.name} stand for another option's value.
            An environment variable OS_GROUP__OPTION wins over the files.
            .PP
            A value that is not allowed stops the start with one line: file, line, section, option, value and
            what is allowed.
            An unknown option is a warning with the nearest name.
            SIGHUP, or
            .BR "systemctl reload" ,
            reads everything again.
            .SH OPTIONS
            """;

    private static final String TAIL = """
            .SH FILES
            .I /etc/vm-event-agent.conf
            .SH SEE ALSO
            .BR vm-event-agent (8)
            """;

    private final StringBuilder page = new StringBuilder(dashes(HEAD));

    private OptionManPage() {}

    /** @param sections the options of each section, with the words that {@link OptionPages} has for each */
    static String of(Map<String, List<Option<?>>> sections, Map<String, String> about) {
        OptionManPage manual = new OptionManPage();
        sections.forEach((section, options) -> {
            manual.line(".SS [" + escaped(section) + "]");
            manual.text(about.getOrDefault(section, ""));
            options.forEach(manual::option);
        });
        return manual.page + dashes(TAIL);
    }

    private void option(Option<?> option) {
        line(".TP");
        line(".B " + escaped(option.name().option()));
        List<String> lines = OptionPages.sampleText(option);
        for (int i = 0; i < lines.size(); i++) {
            if (i > 0) {
                line(".br");
            }
            text(lines.get(i));
        }
    }

    private void line(String line) {
        page.append(line).append('\n');
    }

    private void text(String words) {
        String roff = escaped(words);
        line(roff.startsWith(".") || roff.startsWith("'") ? "\\&" + roff : roff);
    }

    private static String escaped(String words) {
        return dashes(words.replace("\\", "\\e"));
    }

    /** So that they are copied as what they are, not as hyphens. */
    private static String dashes(String words) {
        return words.replace("-", "\\-");
    }
}
