package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;

/**
 * What a broker has to bear from the agents of many hosts. Measures, for docs/scaling.md, and leaves its lines in {@code
 * target/fleet.md}: {@code mvn verify -Dtags=fleet}.
 */
@Tag("fleet")
@Tag("long")
@Timeout(600)
class FleetIT {
    private static final int AGENTS = Integer.getInteger("fleet.agents", 200);
    private static final int BACKLOG = 250;

    /** Makes a message about as long as a notification with Nova's metadata. */
    private static final String BALLAST = "x".repeat(1500);

    private static final QueueArguments QUORUM = new QueueArguments(false, false, true, 0, 0, 0, false);
    private static final List<String> LINES = new ArrayList<>();

    private final PublisherRig rig = new PublisherRig();

    @AfterEach
    void close() {
        rig.close();
    }

    @AfterAll
    static void write() throws IOException {
        Files.write(Path.of("target/fleet.md"), LINES);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 30})
    void everyAgentIsBackAfterTheBrokerWasRestarted(int splay) throws Exception {
        long before = memory();
        try (PublisherFleet publisherFleet = new PublisherFleet(
                AGENTS,
                rig.config(DeclareMode.FULL, PublisherRig.DURABLE),
                PublisherFleet.with(Duration.ofSeconds(splay)))) {
            publisherFleet.record(1, BALLAST);
            double first = publisherFleet.untilConnected(true);
            publisherFleet.untilConfirmed();
            long mostAtStart = publisherFleet.mostAttemptsInASecond();
            report(
                    "splay %d s: %d agents start together: all connected after %.1f s, at most %d attempts a second; the"
                            + " broker's memory grows by %.0f KB a connection",
                    splay, AGENTS, first, mostAtStart, (memory() - before) / 1024.0 / AGENTS);
            rig.broker.kill9();
            publisherFleet.untilConnected(false);
            publisherFleet.record(1, BALLAST);
            rig.broker.start();
            double back = publisherFleet.untilConnected(true);
            double confirmed = back + publisherFleet.untilConfirmed();
            report(
                    "splay %d s: broker killed and started: all connected %.1f s after it serves, all confirmed after"
                            + " %.1f s, at most %d attempts a second",
                    splay, back, confirmed, publisherFleet.mostAttemptsInASecond());
            assertTrue(back < 90, "back-off is at most 60 s, splay 30 s");
        }
        assertEquals(2 * AGENTS, messages());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void backlogOfAllAgentsIsDrained(boolean quorum) throws Exception {
        QueueArguments queueArguments = quorum ? QUORUM : PublisherRig.DURABLE;
        try (PublisherFleet publisherFleet = new PublisherFleet(
                AGENTS, rig.config(DeclareMode.BIND, queueArguments), PublisherFleet.with(Duration.ZERO))) {
            publisherFleet.untilConnected(true);
            publisherFleet.record(BACKLOG, BALLAST);
            long memory = memory();
            long disk = disk();
            try (Channel channel = rig.channel()) {
                channel.queueDeclare(PublisherRig.KEY, true, false, false, queueArguments.arguments());
            }
            double seconds = publisherFleet.untilConfirmed();
            int all = AGENTS * BACKLOG;
            assertEquals(all, messages());
            report(
                    "%s queue: %d waiting messages of %d bytes confirmed in %.1f s (with up to 30 s until the queue is"
                            + " looked for); in the broker each takes %.0f bytes of memory, %.0f bytes of disk",
                    quorum ? "quorum" : "durable",
                    all,
                    length(),
                    seconds,
                    (memory() - memory) / (double) all,
                    (disk() - disk) / (double) all);
        }
    }

    private int messages() throws Exception {
        try (Channel channel = rig.channel()) {
            return channel.queueDeclarePassive(PublisherRig.KEY).getMessageCount();
        }
    }

    private long length() throws Exception {
        try (Channel channel = rig.channel()) {
            return channel.basicGet(PublisherRig.KEY, false).getBody().length;
        }
    }

    private long memory() {
        return number("[garbage_collect(P) || P <- processes()], erlang:memory(total).");
    }

    private long disk() {
        return 1024
                * number("list_to_integer(hd(string:tokens(os:cmd(\"du -sk \" ++ rabbit_mnesia:dir()), \"\\t\"))).");
    }

    private long number(String erlang) {
        return Long.parseLong(rig.broker.eval(erlang));
    }

    private static void report(String line, Object... values) {
        LINES.add("- " + String.format(Locale.ROOT, line, values));
    }
}
