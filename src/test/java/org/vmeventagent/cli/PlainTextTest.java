package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class PlainTextTest {
    @Test
    void leavesPlainTextAsItIs() {
        String name = "billing db & cache";
        assertSame(name, PlainText.of(name));
        assertEquals("数据库 ünï 🦊", PlainText.of("数据库 ünï 🦊"));
    }

    @Test
    void escapesWhatMovesACursorOrEndsALine() {
        assertEquals("a\\u{1b}[31mb\\nc\\rd\\te", PlainText.of("a\u001b[31mb\nc\rd\te"));
        assertEquals("\\u{0}\\u{7f}\\u{85}\\u{2028}", PlainText.of("\u0000\u007f\u0085\u2028"));
    }

    @Test
    void escapesWhatTurnsTheReadingDirection() {
        assertEquals("\\u{202e}cod\\u{200b}", PlainText.of("\u202ecod\u200b"));
    }

    @Test
    void escapesLoneSurrogates() {
        assertEquals("x\\u{d83e}y", PlainText.of("x\ud83ey"));
    }
}
