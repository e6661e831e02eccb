package org.vmeventagent.system;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final Progress progress = new Progress();

    @Test
    void isMissingFromTheLastStepOn() {
        await().atMost(Duration.ofSeconds(10)).until(() -> progress.since().toMillis() >= 20);
    }

    @Test
    void isNotMissingDuringAWaitByDesign() {
        progress.waits(Duration.ofHours(1));
        assertEquals(Duration.ZERO, progress.since());
    }

    @Test
    void isMissingAfterAWaitThatIsOver() {
        progress.waits(Duration.ofMillis(1));
        await().atMost(Duration.ofSeconds(10)).until(() -> progress.since().toMillis() >= 20);
    }
}
