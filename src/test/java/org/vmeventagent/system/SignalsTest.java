package org.vmeventagent.system;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SignalsTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    /** URG is ignored by default: what fails here ends no build. */
    @Test
    void signalThatCameBeforeItsActionIsNotLost() throws Exception {
        AtomicInteger came = new AtomicInteger();
        UnixSignals.keep(List.of("URG"));
        send();
        send();
        await().atMost(SOON).until(() -> UnixSignals.isPending("URG"));

        UnixSignals.on("URG", came::incrementAndGet);
        assertEquals(1, came.get());
        send();
        await().atMost(SOON).until(() -> came.get() == 2);
    }

    private static void send() throws IOException, InterruptedException {
        long self = ProcessHandle.current().pid();
        assertEquals(
                0,
                new ProcessBuilder("kill", "-URG", Long.toString(self)).start().waitFor());
    }
}
