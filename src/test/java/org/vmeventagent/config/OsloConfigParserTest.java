package org.vmeventagent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OsloConfigParserTest {
    private static final String MARKER = "Secr3tMarker";

    private static List<String> read(String text) {
        return OsloConfigParser.read("f.conf", text).stream()
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
        String message = String.valueOf(assertThrows(ConfigException.class, () -> OsloConfigParser.read("f.conf", text))
                .getMessage());

        assertTrue(message.matches("f\\.conf:[123]: .*"), message);
        assertFalse(message.contains(MARKER), message);
    }
}
