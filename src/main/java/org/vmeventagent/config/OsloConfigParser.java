package org.vmeventagent.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmeventagent.config.RawConfiguration.RawValue;
import org.vmeventagent.config.RawConfiguration.ValueOrigin;

/**
 * The grammar of a configuration file, line by line as oslo.config 9.0 (iniparser.py) takes it:
 *
 * <ul>
 *   <li>{@code [section]} begins a section; every option is in one;
 *   <li>{@code name = value} or {@code name : value}, cut at whichever sign comes first; one pair of equal quotes around
 *       the value is removed;
 *   <li>a line that begins with a blank or a tab continues the value, with a line break, also when a {@code #} follows;
 *   <li>an empty line ends a value; {@code #} and {@code ;} at the very beginning of a line make it a comment.
 * </ul>
 *
 * <p>No message ever shows a line: it may be the rest of a password that slipped out of place.
 */
final class OsloConfigParser {
    /** One option as written: the section normalized, the value not yet substituted. */
    record Entry(Option.Name name, RawValue value) {}

    private final String source;
    private final List<Entry> entries = new ArrayList<>();
    private final StringBuilder value = new StringBuilder();
    private @Nullable String section;
    private @Nullable String option;
    private int optionLine;
    private int line;

    private OsloConfigParser(String source) {
        this.source = source;
    }

    /**
     * Every option of a text, in the order of its lines.
     *
     * @throws ConfigException for a line that is none of the above
     */
    static List<Entry> read(String source, String text) {
        OsloConfigParser reader = new OsloConfigParser(source);
        for (String line : text.split("\r\n|\r|\n", -1)) {
            reader.take(OsloConfigText.stripEnd(line));
        }
        reader.endOption();
        return reader.entries;
    }

    private void take(String text) {
        line++;
        if (text.isEmpty()) {
            endOption();
        } else if (text.charAt(0) == ' ' || text.charAt(0) == '\t') {
            if (option == null) {
                throw bad("an indented line continues an option, and there is none before it");
            }
            value.append('\n').append(OsloConfigText.stripStart(text));
        } else {
            endOption();
            takeUnindented(text);
        }
    }

    private void takeUnindented(String text) {
        char first = text.charAt(0);
        if (first == '[') {
            beginSection(text);
        } else if (first != '#' && first != ';') {
            beginOption(text);
        }
    }

    private void beginSection(String text) {
        if (!text.endsWith("]")) {
            throw bad("a section's line must end with ]");
        }
        if (text.length() <= 2) {
            throw bad("a section must have a name");
        }
        section = text.substring(1, text.length() - 1);
    }

    private void beginOption(String text) {
        int cut = firstOf(text.indexOf('='), text.indexOf(':'));
        if (cut < 0) {
            throw bad("a line must be a [section], name = value, or a comment");
        }
        String name = OsloConfigText.strip(text.substring(0, cut));
        if (name.isEmpty()) {
            throw bad("there is no option name before the sign");
        }
        if (section == null) {
            throw bad("an option must be in a section, and none has begun; is [DEFAULT] missing?");
        }
        option = name;
        optionLine = line;
        value.append(unquoted(OsloConfigText.strip(text.substring(cut + 1))));
    }

    private static int firstOf(int equals, int colon) {
        return equals < 0 || (colon >= 0 && colon < equals) ? colon : equals;
    }

    private static String unquoted(String text) {
        if (text.isEmpty()) {
            return text;
        }
        char first = text.charAt(0);
        boolean quoted = (first == '"' || first == '\'') && text.charAt(text.length() - 1) == first;
        // A single quote sign alone is its own pair, as in Python.
        return quoted ? text.substring(1, Math.max(1, text.length() - 1)) : text;
    }

    private void endOption() {
        if (option != null && section != null) {
            entries.add(new Entry(
                    Option.Name.normalized(section, option),
                    new RawValue(value.toString(), new ValueOrigin(source, optionLine))));
        }
        option = null;
        value.setLength(0);
    }

    private ConfigException bad(String what) {
        return ConfigException.at(new ValueOrigin(source, line), what);
    }
}
