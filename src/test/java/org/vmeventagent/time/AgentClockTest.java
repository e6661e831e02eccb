package org.vmeventagent.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vmeventagent.rig.CapturedLog;

class AgentClockTest {
    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");

    private final CapturedLog log = CapturedLog.open();
    private Instant wall = NOON;
    private long nanos = Long.MAX_VALUE - 10;

    @AfterEach
    void close() {
        log.close();
    }

    private AgentClock clock(long ranBefore) {
        Clock host = new Clock() {
            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Instant instant() {
                return wall;
            }
        };
        return new AgentClock(host, () -> nanos, ranBefore);
    }

    private void pass(long seconds) {
        nanos += Duration.ofSeconds(seconds).toNanos();
        wall = wall.plusSeconds(seconds);
    }

    @Test
    void countsTheTimeOfAllRunsWhateverTheHostsClockShows() {
        AgentClock first = clock(0);
        pass(5);
        wall = wall.plusSeconds(691_200);
        assertEquals(5_000, first.ran());
        Moment moment = first.now();
        pass(2);
        AgentClock second = clock(first.ran());
        pass(1);

        assertEquals(8_000, second.ran());
        assertEquals(5_000, first.ranAt(moment));
        Moment kept = second.earlier(moment.wall(), 5_000);
        assertEquals(5_000, second.ranAt(kept));
        assertEquals(Duration.ofSeconds(3), second.now().since(kept));
        assertTrue(kept.isBefore(second.now()));
    }

    @Test
    void aMomentOfWhichOnlyTheLabelWasKeptCountsFromTheBeginningOfTheRun() {
        AgentClock clock = clock(60_000);
        pass(2);

        assertEquals(Duration.ofSeconds(2), clock.now().since(clock.earlier(NOON.minusSeconds(86_400))));
    }

    @Test
    void saysOnceThatTheClockWasSet() {
        AgentClock clock = clock(0);
        Moment watched = clock.watch(clock.now());
        pass(1);
        watched = clock.watch(watched);
        assertEquals(List.of(), log.at(Level.WARN));
        wall = wall.minusSeconds(300);
        watched = clock.watch(watched);
        pass(1);
        watched = clock.watch(watched);
        assertEquals(1, log.at(Level.WARN).size());
        assertTrue(log.at(Level.WARN).get(0).startsWith("The host's clock was set back by 300 s"), log.all());
        wall = wall.plusSeconds(45);
        clock.watch(watched);
        assertEquals(2, log.at(Level.WARN).size());
        assertTrue(log.at(Level.WARN).get(1).startsWith("The host's clock was set forward by 45 s"), log.all());
    }

    @Test
    void saysThatItIsBehindWhatAnEarlierRunSaw() {
        AgentClock clock = clock(60_000);
        clock.watch(clock.earlier(NOON.plusSeconds(3_600)));

        assertTrue(log.at(Level.WARN).get(0).startsWith("The host's clock was set back by 3600 s"), log.all());
    }
}
