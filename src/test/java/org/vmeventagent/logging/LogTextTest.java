package org.vmeventagent.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class LogTextTest {
    @Test
    void leavesPlainTextAsItIs() {
        String name = "billing db & cache";
        assertSame(name, LogText.of(name));
        assertEquals("数据库 ünï 🦊", LogText.of("数据库 ünï 🦊"));
    }

    @Test
    void escapesWhatMovesACursorOrEndsALine() {
        assertEquals("a\\u{1b}[31mb\\nc\\rd\\te", LogText.of("a\u001b[31mb\nc\rd\te"));
        assertEquals("\\u{0}\\u{7f}\\u{85}\\u{2028}", LogText.of("\u0000\u007f\u0085\u2028"));
    }

    @Test
    void escapesWhatTurnsTheReadingDirection() {
        assertEquals("\\u{202e}cod\\u{200b}", LogText.of("\u202ecod\u200b"));
    }

    @Test
    void escapesLoneSurrogates() {
        assertEquals("x\\u{d83e}y", LogText.of("x\ud83ey"));
    }
}
