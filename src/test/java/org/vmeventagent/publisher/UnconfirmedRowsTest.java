package org.vmeventagent.publisher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmeventagent.store.OutboxRow;

class UnconfirmedRowsTest {
    private final UnconfirmedRows unconfirmed = new UnconfirmedRows(4, 10);

    /** Of each row that was taken: when it was sent and observed. */
    private final List<List<Long>> delivered = new ArrayList<>();

    /** Rows 11, 12, ... with the tags 1, 2, ... */
    private void send(int count) {
        for (int i = 1; i <= count; i++) {
            sent(10 + i, i, "id" + i, 100);
        }
    }

    private void sent(long sequence, long tag, String id, int bytes) {
        unconfirmed.sent(new OutboxRow(sequence, "info", null, id, 100 * sequence, new byte[0]), tag, id, bytes, tag);
    }

    private int confirm(long tag, boolean multiple, boolean taken) {
        return unconfirmed.confirm(
                tag, multiple, taken, (sentAt, observedAt) -> delivered.add(List.of(sentAt, observedAt)));
    }

    @Test
    void ackPositionRisesOnlyOverAConfirmedPrefix() {
        send(3);
        confirm(2, false, true);
        assertEquals(10, unconfirmed.ackPosition());
        confirm(1, false, true);
        assertEquals(12, unconfirmed.ackPosition());
        assertEquals(2, unconfirmed.confirmed());
        assertEquals(1, unconfirmed.outstanding());
        assertEquals(100, unconfirmed.outstandingBytes());
    }

    @Test
    void oneConfirmMayStandForAllBefore() {
        send(4);
        assertEquals(0, unconfirmed.room());
        confirm(3, true, true);
        assertEquals(13, unconfirmed.ackPosition());
        assertEquals(3, unconfirmed.room());
        assertEquals(List.of(List.of(1L, 1_100L), List.of(2L, 1_200L), List.of(3L, 1_300L)), delivered);
    }

    @Test
    void sendsNothingAfterARefusalUntilAllIsSettled() {
        send(3);
        assertEquals(1, confirm(1, false, false));
        assertEquals(0, unconfirmed.room());
        assertFalse(unconfirmed.stalled());
        confirm(3, true, true);
        assertTrue(unconfirmed.stalled());
        assertEquals(10, unconfirmed.ackPosition());
    }

    @Test
    void returnedMessageFailsThoughItIsConfirmed() {
        send(2);
        unconfirmed.returned("id1");
        assertEquals(1, confirm(2, true, true));
        assertTrue(unconfirmed.stalled());
        assertEquals(10, unconfirmed.ackPosition());
    }

    @Test
    void rewindSendsTheFailedRowAloneAndNotTheConfirmedOnesAgain() {
        send(3);
        confirm(1, false, false);
        confirm(3, true, true);
        unconfirmed.rewind();
        assertEquals(10, unconfirmed.cursor());
        assertEquals(1, unconfirmed.room());
        assertFalse(unconfirmed.confirmedBefore(11));
        sent(11, 4, "id1", 100);
        assertEquals(0, unconfirmed.room());
        confirm(4, false, true);
        assertEquals(11, unconfirmed.ackPosition());
        assertTrue(unconfirmed.confirmedBefore(12));
        assertTrue(unconfirmed.confirmedBefore(13));
        assertEquals(13, unconfirmed.ackPosition());
        assertEquals(3, unconfirmed.confirmed());
    }

    @Test
    void passedRowsTakeNoRoomAndTheAckPositionGoesOverThemInOrder() {
        unconfirmed.pass(11);
        assertEquals(11, unconfirmed.ackPosition());
        sent(12, 1, "a", 100);
        unconfirmed.pass(13);
        unconfirmed.pass(14);
        assertEquals(11, unconfirmed.ackPosition());
        assertEquals(14, unconfirmed.cursor());
        assertEquals(0, unconfirmed.room(), "one was sent, as far as nothing is confirmed");
        confirm(1, false, true);
        assertEquals(14, unconfirmed.ackPosition());
        assertEquals(1, unconfirmed.confirmed());
        assertEquals(2, unconfirmed.room());
    }

    @Test
    void whatWasPassedBehindAFailedRowIsPassedAgain() {
        sent(11, 1, "a", 100);
        unconfirmed.pass(12);
        confirm(1, false, false);
        unconfirmed.rewind();
        assertEquals(10, unconfirmed.cursor());
        assertFalse(unconfirmed.confirmedBefore(12));
        assertEquals(10, unconfirmed.ackPosition());
    }

    @Test
    void windowGrowsAgainWithConfirms() {
        unconfirmed.rewind();
        sent(11, 1, "a", 100);
        confirm(1, false, true);
        assertEquals(2, unconfirmed.room());
        sent(12, 2, "b", 100);
        sent(13, 3, "c", 100);
        confirm(3, true, true);
        assertEquals(4, unconfirmed.room());
    }

    @Test
    void newConnectionSendsEverythingUnconfirmedAgain() {
        send(3);
        confirm(2, false, true);
        unconfirmed.forget();
        assertEquals(10, unconfirmed.cursor());
        assertEquals(0, unconfirmed.outstanding());
        assertFalse(unconfirmed.confirmedBefore(12));
        assertEquals(1, unconfirmed.room(), "until the broker takes it: it may be under an alarm");
        assertEquals(0, unconfirmed.outstandingBytes());
    }

    @Test
    void confirmOfTheSameTagTwiceCountsOnce() {
        send(2);
        confirm(1, false, true);
        confirm(1, true, true);
        assertEquals(1, unconfirmed.outstanding());
        assertEquals(1, unconfirmed.confirmed());
    }
}
