package org.vmeventagent.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NewestTest {
    @Test
    void findsTheLastNumberFromAnywhere() throws InterruptedException {
        MemoryOutbox outbox = new MemoryOutbox();
        assertEquals(0, Newest.after(outbox, 0));
        for (int last = 1; last <= 70; last++) {
            outbox.add("info", 1);
            for (int known = 0; known <= last; known++) {
                assertEquals(last, Newest.after(outbox, known));
            }
        }
    }
}
