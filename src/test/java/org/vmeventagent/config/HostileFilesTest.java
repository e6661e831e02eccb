package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.vmeventagent.rig.TextMutator.pick;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmeventagent.rig.GeneratedCases;
import org.vmeventagent.rig.TextMutator;

/** A slip of the hand in a file: one clear line, and never a password in it. */
@Tag("fuzz")
class HostileFilesTest {
    private static final String MARKER = "Secr3tMarker";

    /** A line about an option that is no secret shows its value. */
    private static final Pattern OTHER_VALUE = Pattern.compile("\\] (?!transport_url)\\S+ = ");

    private static final String SECRET = "\ntransport_url = rabbit://u:" + MARKER + "@h/\n";
    private static final List<String> VALUES =
            List.of("yes", "-1", "0", "12", "99999999999999999999", "1_0", "a,b,", "");

    @Test
    void aFileIsReadOrRefusedAndThePasswordIsNeverShown() {
        GeneratedCases.each("configuration file", 5_000, random -> assertReadOrRefused(file(random)));
    }

    @Test
    void theShippedFileMayBeDamagedAnywhere() {
        String shipped = shipped();
        GeneratedCases.each(
                "damaged configuration file", 1_000, random -> assertReadOrRefused(TextMutator.of(shipped, random)));
    }

    @Test
    void whatIsWrittenAsAnAssignmentReadsBack() {
        GeneratedCases.each("written assignment", 5_000, random -> {
            String value = pieces(random, "$\\\"' ax{}#=:");
            String text = "[DEFAULT]\n" + OsloConfigText.assignment("region", value) + "\n";

            assertEquals(value, Configuration.ofText(text).get(DefaultOptions.REGION), text);
        });
    }

    @Test
    void entriesReadBackInTheirOrderWithTheirLines() {
        GeneratedCases.each("written file", 5_000, random -> {
            StringBuilder text = new StringBuilder();
            List<String> expected = new ArrayList<>();
            int line = 0;
            for (int i = random.nextInt(8); i > 0; i--) {
                String section = pick(random, "a", "B c", "[d", "e]f");
                String value = pick(random, "1", "a b", "x=y", "c:d", "# no comment");
                text.append(pick(random, "", "# c = d\n", "\n", "; e\n"))
                        .append('[')
                        .append(section)
                        .append("]\n");
                text.append("o")
                        .append(i)
                        .append(pick(random, "=", " = ", ": ", ":"))
                        .append(value)
                        .append('\n');
                line = (int) text.chars().filter(c -> c == '\n').count();
                expected.add(line + " " + Option.Name.normalized(section, "o" + i) + " " + value);
            }
            assertEquals(
                    expected,
                    OsloConfigParser.read("f", text.toString()).stream()
                            .map(entry -> entry.value().origin().line() + " " + entry.name() + " "
                                    + entry.value().text())
                            .toList(),
                    text.toString());
        });
    }

    @Test
    void numbersFlagsAndListsReadBack() {
        GeneratedCases.each("written value", 20_000, random -> {
            int number = random.nextInt();
            assertEquals(number, read(OptionType.integer(Integer.MIN_VALUE, Integer.MAX_VALUE), " " + number + " "));
            long bytes = random.nextLong();
            assertEquals(bytes, read(OptionType.bytes(Long.MIN_VALUE, Long.MAX_VALUE), Long.toString(bytes)));
            int seconds = random.nextInt(Integer.MAX_VALUE);
            assertEquals(Duration.ofSeconds(seconds), read(OptionType.seconds(0, Integer.MAX_VALUE), "+" + seconds));
            assertEquals(
                    Duration.ofMillis(seconds), read(OptionType.milliseconds(0, Integer.MAX_VALUE), "0" + seconds));
            boolean flag = random.nextBoolean();
            assertEquals(flag, read(OptionType.bool(), flag ? pick(random, "True", "1", "oN", "yes") : "NO"));
            double decimal = random.nextDouble() * 1e6;
            assertEquals(decimal, read(OptionType.decimal(0, 1e6), Double.toString(decimal)));
            List<String> items = Stream.generate(() -> "i" + random.nextInt(100))
                    .limit(1 + random.nextInt(5))
                    .toList();
            assertEquals(items, read(OptionType.list("i"), String.join(pick(random, ",", " , ", ", "), items) + ",,"));
        });
    }

    @Test
    void anyValueIsOfItsTypeOrRefused() {
        List<OptionType<?>> optionTypes = List.of(
                OptionType.integer(0, 10),
                OptionType.bytes(0, 10),
                OptionType.seconds(0, 10),
                OptionType.milliseconds(0, 10),
                OptionType.decimal(0, 10),
                OptionType.bool(),
                OptionType.list("i"),
                OptionType.word("a"),
                OptionType.absolutePath());
        GeneratedCases.each("any value", 20_000, random -> {
            OptionType<?> type = optionTypes.get(random.nextInt(optionTypes.size()));
            String text = random.nextBoolean()
                    ? TextMutator.text(random, 12)
                    : TextMutator.of(VALUES.get(random.nextInt(VALUES.size())), random);
            Object value;
            try {
                value = type.read(List.of(text));
            } catch (IllegalArgumentException e) {
                return;
            }
            if (value instanceof Number number) {
                assertFalse(number.doubleValue() < 0 || number.doubleValue() > 10, text);
            }
        });
    }

    /** The depth is bounded, so that a circle ends; each name is looked at once on each way. */
    @Test
    void anythingThatRefersToItselfIsRefused() {
        String circle = "[DEFAULT]\nhost = $region\nregion = a${host}\n";
        String message = String.valueOf(assertThrows(ConfigException.class, () -> Configuration.ofText(circle))
                .getMessage());

        assertEquals(
                "text:2: [DEFAULT] host = $region: refers to $region, which leads back to itself; a dollar sign is"
                        + " written $$",
                message);
    }

    @Tag("long")
    @MethodSource("files")
    @FuzzTest(maxDuration = "2m")
    void fuzzFiles(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        if (text.contains(MARKER)) {
            return; // Jazzer looks into the assertion, too
        }
        assertReadOrRefused(text);
        assertReadOrRefused("[DEFAULT]" + SECRET + text);
        assertReadOrRefused("[DEFAULT]\nhost = " + text + SECRET);
    }

    static Stream<byte[]> files() {
        return Stream.of(shipped(), "[DEFAULT]\nhost = ${region}\n", "[libvirt]\npoll_interval: 5\n  6\n", "$$\\$host")
                .map(file -> file.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertReadOrRefused(String text) {
        StringBuilder shown = new StringBuilder();
        try {
            Configuration configuration = Configuration.of(List.of(OsloConfigParser.read("f.conf", text)), Map.of());
            shown.append(configuration).append(configuration.warnings());
            shown.append(configuration
                    .bad(DefaultOptions.TRANSPORT_URL, "must be good")
                    .getMessage());
            OptionRegistry.all().forEach(configuration::find);
        } catch (ConfigException e) {
            shown.append(e.getMessage());
            assertFalse(String.valueOf(e.getMessage()).isBlank(), text);
        }
        boolean isOfAnother = OTHER_VALUE.matcher(shown).find();
        assertFalse(!isOfAnother && shown.indexOf(MARKER) >= 0, () -> text + " -> " + shown);
        assertFalse(shown.chars().anyMatch(c -> c < ' ' || c == 0x85 || c == 0x2028), () -> text + " -> " + shown);
    }

    private static String file(Random random) {
        StringBuilder text = new StringBuilder(random.nextInt(10) == 0 ? "" : "[DEFAULT]\n");
        int lines = random.nextInt(8);
        for (int i = 0; i < lines; i++) {
            text.append(
                    switch (random.nextInt(7)) {
                        case 0 -> "transport_url = rabbit://u:" + pieces(random, "$\\{}%a.") + MARKER + "@h\n";
                        case 1 -> "transport_url = rabbit://u:\n  " + pieces(random, "${}") + MARKER + "@h\n";
                        case 2 -> "[" + pieces(random, "libvrt ]") + "]\n";
                        case 3 -> "poll_interval = " + pieces(random, "0159_+-$ax ") + "\n";
                        case 4 -> pieces(random, " \t#;=:$[]\u0000\u0085a'\"") + "\n";
                        case 5 -> " " + MARKER + "\r\n";
                        default -> pieces(random, "\u2028\ufeff\u00e9$") + " = " + MARKER + "\n";
                    });
        }
        return text.toString();
    }

    private static <T> T read(OptionType<T> type, String text) {
        return type.read(List.of(text));
    }

    private static String shipped() {
        try {
            return Files.readString(Path.of("etc", "vm-event-agent.conf"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String pieces(Random random, String alphabet) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(8);
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
