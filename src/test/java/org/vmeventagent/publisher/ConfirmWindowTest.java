package org.vmeventagent.publisher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ConfirmWindowTest {
    private final ConfirmWindow window = new ConfirmWindow(4, 10);

    /** Rows 11, 12, ... with the tags 1, 2, ... */
    private void send(int count) {
        for (int i = 1; i <= count; i++) {
            window.sent(10 + i, i, "id" + i, 100);
        }
    }

    @Test
    void ackPositionRisesOnlyOverAConfirmedPrefix() {
        send(3);
        window.confirm(2, false, true);
        assertEquals(10, window.ackPosition());
        window.confirm(1, false, true);
        assertEquals(12, window.ackPosition());
        assertEquals(2, window.confirmed());
        assertEquals(1, window.outstanding());
        assertEquals(100, window.outstandingBytes());
    }

    @Test
    void oneConfirmMayStandForAllBefore() {
        send(4);
        assertEquals(0, window.room());
        window.confirm(3, true, true);
        assertEquals(13, window.ackPosition());
        assertEquals(3, window.room());
    }

    @Test
    void sendsNothingAfterARefusalUntilAllIsSettled() {
        send(3);
        assertEquals(1, window.confirm(1, false, false));
        assertEquals(0, window.room());
        assertFalse(window.stalled());
        window.confirm(3, true, true);
        assertTrue(window.stalled());
        assertEquals(10, window.ackPosition());
    }

    @Test
    void returnedMessageFailsThoughItIsConfirmed() {
        send(2);
        window.returned("id1");
        assertEquals(1, window.confirm(2, true, true));
        assertTrue(window.stalled());
        assertEquals(10, window.ackPosition());
    }

    @Test
    void rewindSendsTheFailedRowAloneAndNotTheConfirmedOnesAgain() {
        send(3);
        window.confirm(1, false, false);
        window.confirm(3, true, true);
        window.rewind();
        assertEquals(10, window.cursor());
        assertEquals(1, window.room());
        assertFalse(window.confirmedBefore(11));
        window.sent(11, 4, "id1", 100);
        assertEquals(0, window.room());
        window.confirm(4, false, true);
        assertEquals(11, window.ackPosition());
        assertTrue(window.confirmedBefore(12));
        assertTrue(window.confirmedBefore(13));
        assertEquals(13, window.ackPosition());
        assertEquals(3, window.confirmed());
    }

    @Test
    void windowGrowsAgainWithConfirms() {
        window.rewind();
        window.sent(11, 1, "a", 100);
        window.confirm(1, false, true);
        assertEquals(2, window.room());
        window.sent(12, 2, "b", 100);
        window.sent(13, 3, "c", 100);
        window.confirm(3, true, true);
        assertEquals(4, window.room());
    }

    @Test
    void newConnectionSendsEverythingUnconfirmedAgain() {
        send(3);
        window.confirm(2, false, true);
        window.forget();
        assertEquals(10, window.cursor());
        assertEquals(0, window.outstanding());
        assertFalse(window.confirmedBefore(12));
        assertEquals(1, window.room(), "until the broker takes it: it may be under an alarm");
        assertEquals(0, window.outstandingBytes());
    }

    @Test
    void confirmOfTheSameTagTwiceCountsOnce() {
        send(2);
        window.confirm(1, false, true);
        window.confirm(1, true, true);
        assertEquals(1, window.outstanding());
        assertEquals(1, window.confirmed());
    }
}
