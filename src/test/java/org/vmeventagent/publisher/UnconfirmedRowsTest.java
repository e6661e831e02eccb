package org.vmeventagent.publisher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class UnconfirmedRowsTest {
    private final UnconfirmedRows unconfirmed = new UnconfirmedRows(4, 10);

    /** Rows 11, 12, ... with the tags 1, 2, ... */
    private void send(int count) {
        for (int i = 1; i <= count; i++) {
            unconfirmed.sent(10 + i, i, "id" + i, 100);
        }
    }

    @Test
    void ackPositionRisesOnlyOverAConfirmedPrefix() {
        send(3);
        unconfirmed.confirm(2, false, true);
        assertEquals(10, unconfirmed.ackPosition());
        unconfirmed.confirm(1, false, true);
        assertEquals(12, unconfirmed.ackPosition());
        assertEquals(2, unconfirmed.confirmed());
        assertEquals(1, unconfirmed.outstanding());
        assertEquals(100, unconfirmed.outstandingBytes());
    }

    @Test
    void oneConfirmMayStandForAllBefore() {
        send(4);
        assertEquals(0, unconfirmed.room());
        unconfirmed.confirm(3, true, true);
        assertEquals(13, unconfirmed.ackPosition());
        assertEquals(3, unconfirmed.room());
    }

    @Test
    void sendsNothingAfterARefusalUntilAllIsSettled() {
        send(3);
        assertEquals(1, unconfirmed.confirm(1, false, false));
        assertEquals(0, unconfirmed.room());
        assertFalse(unconfirmed.stalled());
        unconfirmed.confirm(3, true, true);
        assertTrue(unconfirmed.stalled());
        assertEquals(10, unconfirmed.ackPosition());
    }

    @Test
    void returnedMessageFailsThoughItIsConfirmed() {
        send(2);
        unconfirmed.returned("id1");
        assertEquals(1, unconfirmed.confirm(2, true, true));
        assertTrue(unconfirmed.stalled());
        assertEquals(10, unconfirmed.ackPosition());
    }

    @Test
    void rewindSendsTheFailedRowAloneAndNotTheConfirmedOnesAgain() {
        send(3);
        unconfirmed.confirm(1, false, false);
        unconfirmed.confirm(3, true, true);
        unconfirmed.rewind();
        assertEquals(10, unconfirmed.cursor());
        assertEquals(1, unconfirmed.room());
        assertFalse(unconfirmed.confirmedBefore(11));
        unconfirmed.sent(11, 4, "id1", 100);
        assertEquals(0, unconfirmed.room());
        unconfirmed.confirm(4, false, true);
        assertEquals(11, unconfirmed.ackPosition());
        assertTrue(unconfirmed.confirmedBefore(12));
        assertTrue(unconfirmed.confirmedBefore(13));
        assertEquals(13, unconfirmed.ackPosition());
        assertEquals(3, unconfirmed.confirmed());
    }

    @Test
    void windowGrowsAgainWithConfirms() {
        unconfirmed.rewind();
        unconfirmed.sent(11, 1, "a", 100);
        unconfirmed.confirm(1, false, true);
        assertEquals(2, unconfirmed.room());
        unconfirmed.sent(12, 2, "b", 100);
        unconfirmed.sent(13, 3, "c", 100);
        unconfirmed.confirm(3, true, true);
        assertEquals(4, unconfirmed.room());
    }

    @Test
    void newConnectionSendsEverythingUnconfirmedAgain() {
        send(3);
        unconfirmed.confirm(2, false, true);
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
        unconfirmed.confirm(1, false, true);
        unconfirmed.confirm(1, true, true);
        assertEquals(1, unconfirmed.outstanding());
        assertEquals(1, unconfirmed.confirmed());
    }
}
