package org.vmeventagent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationTextTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0 ms",
        "37, 37 ms",
        "999, 999 ms",
        "1000, 1 s",
        "3349, 3.3 s",
        "9999, 9.9 s",
        "10000, 10 s",
        "59999, 59 s",
        "60000, 1 min",
        "185000, 3 min 5 s",
        "3600000, 1 h",
        "11100000, 3 h 5 min",
        "86400000, 1 d",
        "1047600000, 12 d 3 h"
    })
    void hasTwoUnitsAtMost(long millis, String text) {
        assertEquals(text, DurationText.of(Duration.ofMillis(millis)));
    }
}
