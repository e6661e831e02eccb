package org.vmeventagent.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What an option's text means and which text is allowed. Follows oslo.config's types, with one difference: an empty
 * number is refused (there it is None).
 */
public final class OptionType<T> {
    /** The shape, for documents and for comparing with oslo.config. */
    public enum Kind {
        TEXT,
        BOOLEAN,
        INTEGER,
        SECONDS,
        MILLISECONDS,
        DECIMAL,
        WORD,
        LIST,
        REPEATED
    }

    /** Single underscores between digits. Without a group in a loop, which would take a stack as deep as the text is long. */
    private static final Pattern INTEGER = Pattern.compile("(?!.*__)[+-]?\\d([\\d_]*\\d)?");

    private static final Pattern DECIMAL = Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");

    private final Kind kind;
    private final String allowed;
    private final Function<List<String>, T> read;

    private OptionType(Kind kind, String allowed, Function<List<String>, T> read) {
        this.kind = kind;
        this.allowed = allowed;
        this.read = read;
    }

    /** A type of which the last value counts. */
    private static <T> OptionType<T> single(Kind kind, String allowed, Function<String, T> read) {
        return new OptionType<>(kind, allowed, values -> read.apply(values.get(values.size() - 1)));
    }

    /** Any text, the empty one too. */
    static OptionType<String> text() {
        return single(Kind.TEXT, "any text", Function.identity());
    }

    static OptionType<String> text(String allowed, Predicate<String> test) {
        return single(Kind.TEXT, allowed, text -> accept(text, test.test(text)));
    }

    /** The path of a file, or nothing. */
    static OptionType<String> path() {
        return single(Kind.TEXT, "a path, or empty", FilePath::checked);
    }

    /** The path of a file, from the root. */
    static OptionType<String> absolutePath() {
        return single(Kind.TEXT, "an absolute path", text -> FilePath.checked(accept(text, text.startsWith("/"))));
    }

    /** One of a few words, exactly as given. */
    static OptionType<String> word(String... words) {
        List<String> all = List.of(words);
        return single(Kind.WORD, "one of " + String.join(", ", all), text -> accept(text, all.contains(text)));
    }

    static OptionType<Boolean> bool() {
        return single(Kind.BOOLEAN, "true or false (also 1, yes, on; 0, no, off)", OptionType::readBoolean);
    }

    static OptionType<Integer> integer(int least, int most) {
        return single(Kind.INTEGER, range("an integer", least, most), text -> (int) readLong(text, least, most));
    }

    static OptionType<Long> bytes(long least, long most) {
        return single(Kind.INTEGER, range("bytes, an integer", least, most), text -> readLong(text, least, most));
    }

    static OptionType<Duration> seconds(long least, long most) {
        return single(
                Kind.SECONDS,
                range("whole seconds", least, most),
                text -> Duration.ofSeconds(readLong(text, least, most)));
    }

    static OptionType<Duration> milliseconds(long least, long most) {
        return single(
                Kind.MILLISECONDS,
                range("whole milliseconds", least, most),
                text -> Duration.ofMillis(readLong(text, least, most)));
    }

    static OptionType<Double> decimal(double least, double most) {
        return single(Kind.DECIMAL, "a number from " + least + " to " + most, text -> readDecimal(text, least, most));
    }

    /** Items separated by commas, trimmed; commas at the end are dropped. Quotes inside have no meaning. */
    static OptionType<List<String>> list(String itemName) {
        return single(Kind.LIST, itemName + ", separated by commas", OptionType::items);
    }

    /** An option that may be given several times: all its values, those of earlier files first. */
    static <E> OptionType<List<E>> repeated(OptionType<E> element) {
        return new OptionType<>(
                Kind.REPEATED,
                element.allowed + "; may be given several times",
                values -> values.stream()
                        .map(value -> element.read(List.of(value)))
                        .toList());
    }

    /**
     * The value that these texts mean.
     *
     * @param values at least one, in the order in which a later one wins
     * @throws IllegalArgumentException for a text that is not allowed
     */
    T read(List<String> values) {
        return read.apply(values);
    }

    public Kind kind() {
        return kind;
    }

    /** What is allowed, in words that continue "must be". */
    public String allowed() {
        return allowed;
    }

    private static String accept(String text, boolean allowed) {
        if (!allowed) {
            throw new IllegalArgumentException("not allowed");
        }
        return text;
    }

    private static boolean readBoolean(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "1", "on", "yes" -> true;
            case "false", "0", "off", "no" -> false;
            default -> throw new IllegalArgumentException("not a boolean");
        };
    }

    private static long readLong(String text, long least, long most) {
        String number = OsloConfigText.strip(text);
        accept(number, INTEGER.matcher(number).matches());
        long value = Long.parseLong(number.replace("_", ""));
        accept(number, value >= least && value <= most);
        return value;
    }

    private static double readDecimal(String text, double least, double most) {
        String number = OsloConfigText.strip(text);
        accept(number, DECIMAL.matcher(number).matches());
        double value = Double.parseDouble(number);
        accept(number, value >= least && value <= most);
        return value;
    }

    private static List<String> items(String text) {
        String trimmed = OsloConfigText.strip(text);
        int end = trimmed.length();
        while (end > 0 && trimmed.charAt(end - 1) == ',') {
            end--;
        }
        List<String> items = new ArrayList<>();
        if (end > 0) {
            for (String item : trimmed.substring(0, end).split(",", -1)) {
                items.add(OsloConfigText.strip(item));
            }
        }
        return List.copyOf(items);
    }

    private static String range(String what, long least, long most) {
        return most == Integer.MAX_VALUE ? what + ", at least " + least : what + " from " + least + " to " + most;
    }
}
