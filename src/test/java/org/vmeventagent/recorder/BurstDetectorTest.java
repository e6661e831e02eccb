package org.vmeventagent.recorder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BurstDetectorTest {
    private static final long MS = 1_000_000;

    private long now = Long.MAX_VALUE - 5 * MS; // nanoTime may be anything
    private final Recorder.BurstDetector burst = new Recorder.BurstDetector(now);

    @Test
    void aThousandASecondIsNone() {
        assertEquals(List.of(false), received(1000, MS));
    }

    @Test
    void threeThousandASecondAreOneAfterTheFirstWindowUntilTheyEnd() {
        assertEquals(List.of(false, true), received(1000, MS / 3));
        assertEquals(List.of(true, false), received(100, 5 * MS));
    }

    @Test
    void oneBatchAfterALongRestIsNone() {
        now += 1000 * MS;
        assertEquals(false, burst.isBurst(256, now));
    }

    /** What it says in turn, to so many events at this distance. */
    private List<Boolean> received(int events, long distance) {
        List<Boolean> said = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            now += distance;
            boolean rages = burst.isBurst(1, now);
            if (said.isEmpty() || said.get(said.size() - 1) != rages) {
                said.add(rages);
            }
        }
        return said;
    }
}
