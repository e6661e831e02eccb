package org.vmeventagent.publisher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NewestSequenceTest {
    @Test
    void findsTheLastNumberFromAnywhere() throws InterruptedException {
        MemoryOutbox outbox = new MemoryOutbox();
        assertEquals(0, NewestSequence.after(outbox, 0));
        for (int last = 1; last <= 70; last++) {
            outbox.add("info", 1);
            for (int known = 0; known <= last; known++) {
                assertEquals(last, NewestSequence.after(outbox, known));
            }
        }
    }
}
