package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OsloReaderTest {
    private static final String MARKER = "Secr3tMarker";

    private static List<String> read(String text) {
        return OsloReader.read("f.conf", text).stream()
                .map(entry -> entry.value().origin().line() + " " + entry.name() + "="
                        + entry.value().text())
                .toList();
    }

    @Test
    void keepsTheLineOfEachOption() {
        assertEquals(
                List.of("3 [DEFAULT] a=1", "6 [libvirt] b=2 # no comment", "7 [libvirt] b=3:4"),
                read("# c\n[DEFAULT]\na = 1\n\n[LibVirt]\nb: 2 # no comment\r\nb = 3:4"));
    }

    @Test
    void continuesAValueOnIndentedLinesUntilAnEmptyOne() {
        assertEquals(List.of("2 [s] a=1\n2\n# 3", "6 [s] b=\nx"), read("[s]\na = 1\n  2\n\t# 3\n   \nb =\n x\n"));
    }

    @Test
    void removesOnePairOfQuotes() {
        assertEquals(
                List.of("2 [s] a= x ", "3 [s] b='y'", "4 [s] c=\"z", "5 [s] d="),
                read("[s]\na = \" x \"\nb = \"'y'\"\nc = \"z\nd = \"\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[s]\nSecr3tMarker",
                "[s]\n = Secr3tMarker",
                "a = Secr3tMarker",
                " Secr3tMarker",
                "[s]\n\n Secr3tMarker",
                "[]",
                "[Secr3tMarker"
            })
    void refusesALineThatIsNothingWithoutShowingIt(String text) {
        String message = String.valueOf(assertThrows(ConfigException.class, () -> OsloReader.read("f.conf", text))
                .getMessage());

        assertTrue(message.matches("f\\.conf:[123]: .*"), message);
        assertFalse(message.contains(MARKER), message);
    }

    @Test
    void whatIsWrittenAsAnAssignmentReadsBack() {
        Random random = new Random(7);
        for (int i = 0; i < 5_000; i++) {
            String value = randomText(random, "$\\\"' ax{}#=:");
            String text = "[DEFAULT]\n" + OsloText.assignment("region", value) + "\n";

            assertEquals(value, Options.ofText(text).get(DefaultOptions.REGION), text);
        }
    }

    @Test
    void neverFailsButClearlyAndNeverShowsTheTransportUrl() {
        Random random = new Random(20_261_122);
        for (int i = 0; i < 5_000; i++) {
            String text = randomFile(random);
            StringBuilder shown = new StringBuilder();
            try {
                Options options = Options.of(List.of(OsloReader.read("f.conf", text)), Map.of());
                shown.append(options).append(options.warnings());
                options.find(DefaultOptions.TRANSPORT_URL);
                options.get(LibvirtOptions.POLL_INTERVAL);
                shown.append(options.bad(DefaultOptions.TRANSPORT_URL, "must be good")
                        .getMessage());
            } catch (ConfigException e) {
                shown.append(e.getMessage());
                assertFalse(String.valueOf(e.getMessage()).isBlank(), text);
            }
            assertFalse(shown.indexOf(MARKER) >= 0, () -> text + " -> " + shown);
            assertFalse(shown.indexOf("\n") >= 0, () -> text + " -> " + shown);
        }
    }

    private static String randomFile(Random random) {
        StringBuilder text = new StringBuilder(random.nextInt(10) == 0 ? "" : "[DEFAULT]\n");
        int lines = random.nextInt(8);
        for (int i = 0; i < lines; i++) {
            text.append(
                    switch (random.nextInt(7)) {
                        case 0 -> "transport_url = rabbit://u:" + randomText(random, "$\\{}%a.") + MARKER + "@h\n";
                        case 1 -> "transport_url = rabbit://u:\n  " + randomText(random, "${}") + MARKER + "@h\n";
                        case 2 -> "[" + randomText(random, "libvrt ]") + "]\n";
                        case 3 -> "poll_interval = " + randomText(random, "0159_+-$ax ") + "\n";
                        case 4 -> randomText(random, " \t#;=:$[]\u0000\u0085a'\"") + "\n";
                        case 5 -> " " + MARKER + "\r\n";
                        default -> randomText(random, "\u2028\ufeff\u00e9$") + " = " + MARKER + "\n";
                    });
        }
        return text.toString();
    }

    private static String randomText(Random random, String alphabet) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(8);
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
