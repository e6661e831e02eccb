package org.vmeventagent.publisher.rabbitmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmeventagent.publisher.Publisher;
import org.vmeventagent.publisher.rabbitmq.RabbitConfig.DeclareMode;

/**
 * Every fault of {@link BrokerFault}, against a real broker and under load. Leaves the table of docs/reliability.md in
 * {@code target/faults.md}.
 */
@Timeout(120)
class FaultIT {
    /** The publisher's window of unconfirmed messages: the bound of what comes twice. */
    private static final int WINDOW = 256;

    private static final int CONFIRMED = 1000;

    private static final List<String> ROWS = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(BrokerFault.class)
    void losesNothingReportsTheFaultOnceAndRecoversByItself(BrokerFault fault) throws Exception {
        try (BrokerFaultRun run = new BrokerFaultRun()) {
            BrokerFaultRun.Outcome outcome = run.of(fault);
            ROWS.add(outcome.row());
            assertEquals(0, outcome.lost());
            assertTrue(outcome.duplicates() <= WINDOW, outcome.toString());
        }
    }

    /** So it is at every broker: a confirm for a queue that isn't durable says nothing about a restart. */
    @Test
    void restartLosesWhatTheBrokerConfirmedForATransientQueue() throws Exception {
        try (PublisherRig rig = new PublisherRig()) {
            Publisher publisher = rig.publish(rig.config(DeclareMode.FULL, QueueArguments.TRANSIENT));
            rig.outbox.add("info", CONFIRMED);
            assertTrue(publisher.flush(PublisherRig.SOON), rig.log.all());
            rig.broker.stop();
            rig.outbox.add("info", 10);
            rig.broker.start();
            assertTrue(publisher.flush(PublisherRig.SOON), rig.log.all());
            assertEquals(10, rig.drain(PublisherRig.KEY).size(), "what was not confirmed is all there");
            ROWS.add("| broker restarted, queue not durable | makes the queue again (`declare = full`) | " + CONFIRMED
                    + " of " + CONFIRMED + " confirmed | 0 | |");
        }
    }

    @AfterAll
    static void table() throws IOException {
        Files.write(Path.of("target/faults.md"), ROWS);
    }
}
